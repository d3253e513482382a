"""Procedural languages (CREATE LANGUAGE)."""

from __future__ import annotations

from backstay.dialects.postgres.names import quote_name
from backstay.dialects.postgres.objects.planner import Act, Place, Planner
from backstay.schema.model import Language


def create(language: Language, place: Place) -> tuple[str, ...]:
    """CREATE LANGUAGE with its functions."""
    return (f"CREATE {_definition(language)}",)


def alter(before: Language, after: Language, place: Place) -> tuple[Act, ...]:
    """CREATE OR REPLACE changes everything about a language."""
    back = f"CREATE OR REPLACE {_definition(before)}"
    return (Act(sql=f"CREATE OR REPLACE {_definition(after)}", reverse=(back,)),)


def _definition(language: Language) -> str:
    trusted = "TRUSTED " if language.trusted else ""
    inline = f" INLINE {language.inline}" if language.inline else ""
    validator = f" VALIDATOR {language.validator}" if language.validator else ""
    name = quote_name(language.name)
    return f"{trusted}LANGUAGE {name} HANDLER {language.handler}{inline}{validator}"


LANGUAGE = Planner(
    kind="language", keyword="LANGUAGE", noun="language", create=create, alter=alter, early=True
)
