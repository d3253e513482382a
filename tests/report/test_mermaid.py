"""Entity-relationship diagrams that Mermaid can parse."""

from __future__ import annotations

from textwrap import dedent

from backstay.report.mermaid import mermaid
from backstay.schema.model import Column, ForeignKey, Index, IndexPart, PrimaryKey, Realm, Schema, Table


def table(name: str, *columns: Column, **parts: object) -> Table:
    return Table(name=name, columns=columns, **parts)  # type: ignore[arg-type]


def foreign_key(name: str, column: str, table: str, schema: str = "") -> ForeignKey:
    return ForeignKey(name=name, columns=(column,), ref_table=table, ref_columns=("id",), ref_schema=schema)


ID = Column(name="id", type="int")
USERS = table("users", ID, primary_key=PrimaryKey(columns=("id",)))


def test_columns_keys_and_the_ends_of_relations() -> None:
    profile = table(
        "profiles",
        Column(name="user_id", type="character varying(255)"),
        Column(name="full name", type="text"),
        primary_key=PrimaryKey(columns=("user_id",)),
        foreign_keys=(foreign_key("profile_user", "user_id", "users"),),
    )
    pets = table(
        "pets", Column(name="owner", type="int"), foreign_keys=(foreign_key("owner", "owner", "users"),)
    )
    cards = table(
        "cards",
        Column(name="user_id", type="int"),
        indexes=(Index(name="u", unique=True, parts=(IndexPart(column="user_id"),)),),
        foreign_keys=(foreign_key("card user", "user_id", "users"),),
    )
    assert mermaid(Realm(schemas=(Schema(name="main", tables=(cards, pets, profile, USERS)),))) == dedent(
        """\
        erDiagram
            cards {
              int user_id FK
            }
            pets {
              int owner FK
            }
            profiles {
              character_varying(255) user_id PK,FK
              text full_name
            }
            users {
              int id PK
            }
            cards |o--o| users : card_user
            pets }o--o| users : owner
            profiles |o--o| users : profile_user
        """
    )


def test_with_several_schemas_names_are_qualified() -> None:
    pets = table("pets", ID, foreign_keys=(foreign_key("owner", "id", "users", "auth"),))
    schemas = (Schema(name="auth", tables=(USERS,)), Schema(name="app", tables=(pets,)))
    assert mermaid(Realm(schemas=schemas)).splitlines() == [
        "erDiagram",
        '    auth_users["auth.users"] {',
        "      int id PK",
        "    }",
        '    app_pets["app.pets"] {',
        "      int id FK",
        "    }",
        "    app_pets }o--o| auth_users : owner",
    ]


def test_a_table_that_is_only_referred_to_is_a_box() -> None:
    pets = table("pets", ID, foreign_keys=(foreign_key("owner", "id", "elsewhere"),))
    diagram = mermaid(Realm(schemas=(Schema(name="main", tables=(pets,)),)))
    assert diagram.splitlines()[-1] == "    pets }o--o{ elsewhere : owner"


def test_names_and_types_that_mermaid_cannot_read_are_rewritten() -> None:
    odd = table('we"ird <b>', Column(name="1st", type="numeric(10,2)"), Column(name="a.b", type="text[]"))
    twin = table("we_ird__b_", ID)
    assert mermaid(Realm(schemas=(Schema(name="main", tables=(odd, twin)),))).splitlines() == [
        "erDiagram",
        '    we_ird__b_["we#quot;ird_<b>"] {',
        "      numeric(10_2) _1st",
        "      text[] a_b",
        "    }",
        '    we_ird__b__2["we_ird__b_"] {',
        "      int id",
        "    }",
    ]
