"""The project file: which env is selected, what its settings come to, and what is refused where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from backstay.errors import ConfigError, HCLError
from backstay.hcl.values import List
from backstay.project import Check, Cloud, Diff, Env, Project, Repo, Rule, load, parse_vars
from backstay.schema.managed import Managed

Load = Callable[..., Project]

GUIDE = (Path(__file__).parents[1] / "e2e" / "guide" / "atlas.hcl").read_text()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Writes an `atlas.hcl` into a directory of its own and loads it from there."""
    monkeypatch.chdir(tmp_path)

    def write_and_load(text: str, env: str = "dev", *variables: str, **environ: str) -> Project:
        Path("atlas.hcl").write_text(dedent(text))
        return load("file://atlas.hcl", env, parse_vars(variables), environ=environ)

    return write_and_load


def only(project: Project) -> Env:
    """The one env of the project."""
    (env,) = project.envs
    return env


def refusal(project: Load, text: str, env: str = "dev", *variables: str, **environ: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        project(text, env, *variables, **environ)
    return caught.value


class TestSelection:
    def test_without_env_and_config_no_file_is_opened(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("atlas.hcl").write_text("this is no HCL {")
        assert load(variables=[("a", "1")]) == Project(path="", directory=str(tmp_path), inputs={"a": "1"})

    def test_with_config_alone_the_global_policies_count(self, project: Load) -> None:
        loaded = project('env "x" { url = nope }\ndiff {\n skip {\n drop_table = true\n}\n}', "")
        assert loaded.envs == ()
        assert loaded.diff == Diff(skip=frozenset({"drop_table"}))

    def test_several_files_are_one_project(self, tmp_path: Path) -> None:
        (tmp_path / "b,2").mkdir()
        Path(tmp_path / "a.hcl").write_text('env "dev" {\n  url = local.url\n  src = file("name.txt")\n}\n')
        Path(tmp_path / "b,2" / "b.hcl").write_text('locals {\n  url = "sqlite://app.db"\n}\n')
        Path(tmp_path / "name.txt").write_text("file://schema.sql")
        loaded = load(f"file://{tmp_path}/a.hcl,file://{tmp_path}/b,2/b.hcl", "dev")
        assert (only(loaded).url, only(loaded).src) == ("sqlite://app.db", ("file://schema.sql",))
        assert loaded.directory == str(tmp_path)

    def test_each_of_several_files_must_be_there(self, tmp_path: Path) -> None:
        Path(tmp_path / "a.hcl").write_text('env "dev" {\n}\n')
        with pytest.raises(ConfigError, match=r'config file ".*/b\.hcl" does not exist'):
            load(f"file://{tmp_path}/a.hcl,file://{tmp_path}/b.hcl", "dev")

    def test_the_seed_file_loads_as_it_stands(self, project: Load) -> None:
        repo = Repo(name="app", backup=("s3://my-atlas-backups/example/schemas?region=us-east-1",))
        ci = only(project(GUIDE, "ci", DEV_DATABASE_URL="postgres://dev"))
        assert (ci.url, ci.dev, ci.src, ci.repo) == ("", "postgres://dev", ("file://schema.hcl",), repo)
        prod = only(project(GUIDE, "prod", DATABASE_URL="postgres://prod"))
        assert (prod.url, prod.dev, prod.src, prod.repo) == ("postgres://prod", "", ("atlas://app",), repo)

    def test_a_broken_env_does_not_disturb_another(self, project: Load) -> None:
        text = """
            env "prod" {
              for_each = toset(data.sql.tenants.values)
              url      = nonsense()
              nonsense { }
            }
            env "dev" { url = "sqlite://dev.db" }
        """
        assert only(project(text)).url == "sqlite://dev.db"

    def test_blocks_that_nothing_refers_to_do_not_disturb(self, project: Load) -> None:
        text = """
            data "sql" "tenants" { query = nope() }
            docker "postgres" "dev" { image = "postgres:16" }
            locals { unused = data.sql.tenants.values }
            env "dev" { url = "sqlite://dev.db" }
        """
        assert only(project(text)).url == "sqlite://dev.db"

    def test_the_label_decides(self, project: Load) -> None:
        text = 'env "dev" { url = "a://" }\nenv { \n name = atlas.env \n url = "b://" }'
        assert [env.url for env in project(text).envs] == ["a://"]

    def test_an_env_without_label_follows_the_selection(self, project: Load) -> None:
        text = 'env {\n name = atlas.env\n url = "sqlite://${atlas.env}.db"\n}'
        assert only(project(text, "blue")) == Env(
            name="blue", url="sqlite://blue.db", attributes={"url": "sqlite://blue.db"}
        )

    def test_an_env_without_label_may_name_what_it_takes(self, project: Load) -> None:
        text = 'env {\n name = contains(["a", "b"], atlas.env) ? atlas.env : "none"\n}'
        assert only(project(text, "a")).name == "a"
        assert 'env "c" not defined in config file' in str(refusal(project, text, "c"))

    def test_several_envs_of_one_name_are_several_targets(self, project: Load) -> None:
        loaded = project('env "dev" { url = "a://" }\nenv "dev" { url = "b://" }')
        assert [env.url for env in loaded.envs] == ["a://", "b://"]

    def test_for_each_makes_an_env_of_each_element(self, project: Load) -> None:
        text = """
            variable "tenants" { type = list(string) }
            env "dev" {
              for_each = toset(var.tenants)
              url      = urlsetpath("postgres://host", each.value)
              tenant   = each.value
              schema {
                src = "${each.key}.sql"
              }
            }
        """
        envs = project(text, "dev", "tenants=b", "tenants=a").envs
        assert [(env.name, env.url, env.src, env.inputs["tenant"]) for env in envs] == [
            ("dev", "postgres://host/a", ("file://a.sql",), "a"),
            ("dev", "postgres://host/b", ("file://b.sql",), "b"),
        ]

    def test_no_element_is_no_target(self, project: Load) -> None:
        assert "stand for no target" in refusal(project, 'env "dev" { for_each = toset([]) }').hint

    def test_a_plain_list_is_refused(self, project: Load) -> None:
        text = 'variable "t" {\n type = list(string)\n default = ["a"]\n}\nenv "dev" { for_each = var.t }'
        assert "for_each does not support list of string type" in str(refusal(project, text))


class TestSettings:
    def test_everything_an_env_can_say(self, project: Load) -> None:
        text = """
            env "dev" {
              url     = "postgres://h/d"
              dev     = "docker://postgres/16/dev"
              schemas = ["public", "crm"]
              exclude = ["*.tmp"]
              include = "public.*"
              schema {
                src = ["file://a.hcl", "b.hcl"]
                repo {
                  name = "app"
                  url  = getenv("REGISTRY")
                }
                mode {
                  permissions = true
                }
              }
              migration {
                dir          = "file://migrations"
                exec_order   = LINEAR
                lock_name    = "ours"
                lock_timeout = "1m30s"
              }
              format {
                schema {
                  apply = "{{ json . }}"
                }
              }
            }
        """
        env = only(project(text, REGISTRY="s3://bucket/registry"))
        assert env == Env(
            name="dev",
            url="postgres://h/d",
            dev="docker://postgres/16/dev",
            src=("file://a.hcl", "file://b.hcl"),
            schemas=("public", "crm"),
            exclude=("*.tmp",),
            include=("public.*",),
            repo=Repo(name="app", url="s3://bucket/registry"),
            managed=Managed(permissions=True),
            attributes={
                "url": "postgres://h/d",
                "dev": "docker://postgres/16/dev",
                "schemas": ("public", "crm"),
                "exclude": ("*.tmp",),
                "include": ("public.*",),
                "src": ("file://a.hcl", "file://b.hcl"),
                "schema.src": ("file://a.hcl", "file://b.hcl"),
                "migration.dir": "file://migrations",
            },
            formats={"apply": "{{ json . }}"},
            lock_name="ours",
            lock_timeout=90.0,
        )

    def test_src_of_the_env_comes_before_that_of_the_schema(self, project: Load) -> None:
        env = only(project('env "dev" {\n src = "a.hcl"\n schema {\n src = "b.hcl"\n}\n}'))
        assert env.src == ("file://a.hcl",)
        assert env.attributes == {"src": ("file://a.hcl",), "schema.src": ("file://b.hcl",)}

    def test_log_is_the_older_name_of_format(self, project: Load) -> None:
        text = 'env "dev" {\n log {\n schema {\n diff = "{{ sql . }}"\n}\n}\n}'
        assert only(project(text)).formats == {"diff": "{{ sql . }}"}

    def test_custom_attributes_are_inputs_and_shadow_variables(self, project: Load) -> None:
        text = 'env "dev" {\n tenant = "mine"\n size = 3\n nothing = null\n}'
        env = only(project(text, "dev", "tenant=yours", "extra=1,extra=2"))
        assert env.inputs == {"tenant": "mine", "size": 3, "extra": ("1", "2")}
        assert env.attributes == {"tenant": "mine", "size": 3}

    def test_variables_are_converted_to_their_types(self, project: Load) -> None:
        text = """
            variable "port" { type = int }
            variable "hosts" { type = list(string) }
            variable "tls" {
              type    = bool
              default = false
            }
            env "dev" {
              port  = var.port + 1
              hosts = var.hosts
              tls   = var.tls
            }
        """
        env = only(project(text, "dev", "port=5431", "hosts=a", "tls=true"))
        assert env.attributes == {"port": 5432, "hosts": List(("a",)), "tls": True}

    def test_files_are_found_beside_the_project_file(self, project: Load, tmp_path: Path) -> None:
        (tmp_path / "sql").mkdir()
        for name in ("a.sql", "b.sql"):
            (tmp_path / "sql" / name).write_text(f"-- {name}")
        env = only(project('env "dev" {\n src = fileset("sql/*.sql")\n first = file("sql/a.sql")\n}'))
        assert env.src == tuple(f"file://{tmp_path}/sql/{name}" for name in ("a.sql", "b.sql"))
        assert env.inputs == {"first": "-- a.sql"}

    def test_cloud(self, project: Load) -> None:
        text = 'atlas {\n cloud {\n token = getenv("T")\n url = "https://r"\n}\n}\nenv "dev" {}'
        assert project(text, T="t").cloud == Cloud(url="https://r", token="t", org="", project="default")

    def test_a_dev_block_gives_its_url(self, project: Load) -> None:
        text = 'dev "postgres" "mine" {\n url = getenv("D")\n}\nenv "dev" { dev = dev.postgres.mine.url }'
        assert only(project(text, D="postgres://d")).dev == "postgres://d"

    def test_a_dev_block_may_decide_about_targets(self, project: Load) -> None:
        text = """
            dev "a" "b" {
              url = "x://"
            }
            env "dev" {
              for_each = toset([dev.a.b.url])
              url      = each.key
            }
        """
        assert only(project(text)).url == "x://"

    def test_checks_before_an_apply(self, project: Load) -> None:
        text = """
            env "dev" {
              check "schema_apply" {
                deny "frozen" {
                  condition = getenv("FREEZE") != ""
                  message   = "we are frozen"
                }
                allow "hotfix" {
                  condition = false
                }
              }
              check "migrate_apply" {
                deny "x" {
                  condition = self.unknown
                }
              }
            }
        """
        deny = Rule(effect="deny", name="frozen", holds=True, message="we are frozen")
        allow = Rule(effect="allow", name="hotfix", holds=False)
        assert only(project(text, FREEZE="1")).checks == (Check(command="schema_apply", rules=(deny, allow)),)

    def test_what_has_no_effect_is_named(self, project: Load) -> None:
        env = 'env "dev" {\n  nonsense {\n }\n  schema {\n    mode {\n      triggers = true\n    }\n  }\n}'
        text = f'{env}\nwhatever "x" {{}}'
        assert project(text).warnings == (
            'atlas.hcl:2:3: "nonsense" is not a block of an env and has no effect',
            'atlas.hcl:5:5: "schema.mode.triggers" is not available yet and has no effect',
        )


REFUSALS: list[tuple[str, str]] = [
    ('env "other" {}', 'env "dev" not defined in config file'),
    ('env { url = "x://" }', "atlas.hcl:1:1: this env has no name"),
    ("env {", "atlas.hcl:1:"),
    ('variable "v" {}\nenv "dev" {}', 'atlas.hcl:1:1: missing value for required variable "v"'),
    ('env "dev" {\n  url = var.nope\n}', 'atlas.hcl:2:9: "var.nope" is not declared'),
    ('env "dev" {\n  url = nope("x")\n}', 'atlas.hcl:2:9: unknown function "nope"'),
    ('env "dev" {\n  url = 5\n}', 'atlas.hcl:2:3: "url" must be a string, not a number'),
    ('env "dev" {\n  url = "host/db"\n}', 'atlas.hcl:2:3: "url" is not a URL: its scheme is missing'),
    ('env "dev" {\n schema {\n repo {\n name = "a"\n backup = ["s3://a", "b"]\n}\n}\n}',
     'atlas.hcl:5:2: element 2 of "backup" is not a URL'),
    ('env "dev" {\n  src = {}\n}', '"src" must be a string or a list of strings, not an object'),
    ('env "dev" {\n  exclude = ["a", 1]\n}', 'element 2 of "exclude" must be a string, not a number'),
    ('env "dev" {\n  exclude = [getenv("X")]\n}', 'element 1 of "exclude" is empty'),
    ('env "dev" {\n  schema {\n    repo {\n    }\n  }\n}', 'atlas.hcl:3:5: a "repo" block needs a name'),
    ('env "dev" {\n  schema {}\n  schema {}\n}', 'atlas.hcl:3:3: there is another "schema" block'),
    ('env "dev" {\n  migration {\n    lock_timeout = "soon"\n  }\n}', 'atlas.hcl:3:5: "lock_timeout": '),
    ('env "dev" {\n  rollout {}\n}', 'atlas.hcl:2:3: "rollout" blocks are not available yet'),
    ('env "dev" {\n  url = data.sql.t.value\n}', "2:9: data.sql.t: data sources are not available yet"),
    ('env "dev" {\n  url = data.sqll.t.value\n}', 'there is no data source "sqll"; known are aws_rds_token'),
    ('docker "postgres" "d" {}\nenv "dev" { dev = docker.postgres.d.url }', "docker.postgres.d: "),
    ('dev "a" "b" {\n url = "x://"\n baseline = "y"\n}\nenv "dev" { dev = dev.a.b.url }',
     '"baseline" of "dev"'),
    ('env "dev" { dev = dev.a.b.url }', 'there is no block dev "a" "b"'),
    ('env "dev" {\n  lint {\n    review = ALLWAYS\n  }\n}', 'atlas.hcl:3:5: "review" must be one of ALWAYS,'),
    ('env "dev" {\n  lint {\n    review = var.x\n  }\n}', 'atlas.hcl:3:14: "var.x" is not declared'),
    ('env "dev" {\n  lint {\n    review = "x"\n  }\n}', '"review" must be one of ALWAYS, WARNING, ERROR'),
    ('env "dev" {\n  diff {\n    skip {\n      drop_tabel = true\n    }\n  }\n}', '4:7: "drop_tabel" is not'),
    ('env "dev" {\n  check "schema_apply" {\n    deny "x" {}\n  }\n}', 'a "deny" block needs a condition'),
    ('env "dev" {\n  check "schema_apply" {\n    never "x" {}\n  }\n}', 'not "never"'),
    ('locals {\n a = local.b\n b = local.a\n}\nenv "dev" { url = local.a }', 'cyclic reference to "local.a"'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSALS)
def test_refusal(project: Load, text: str, message: str) -> None:
    assert message in str(refusal(project, text))


@pytest.mark.parametrize(
    ("config", "message", "hint"),
    [
        ("atlas.hcl", 'missing scheme in config "atlas.hcl"', "file://atlas.hcl"),
        ("s3://b/atlas.hcl", 'unsupported config file driver "s3"', "file://"),
        ("file://none.hcl", 'config file "none.hcl" does not exist', 'env "name"'),
        ("file:///dev/zero", 'config file "/dev/zero" cannot be read: this is not a regular file', ""),
        ("file://.", "cannot be read: is a directory", ""),
    ],
)
def test_config_that_is_no_project_file(
    config: str, message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        load(config, "dev")
    assert message in str(caught.value)
    assert hint in caught.value.hint


SECRET = "hunter2"


@pytest.mark.parametrize(
    "expression",
    [
        'tonumber(getenv("S"))',
        'regex("x", getenv("S"))',
        'jsondecode(getenv("S"))',
        'urlsetpath("x://${getenv("S")}:port", "p")',
        'file(getenv("S"))',
        'timeadd(getenv("S"), "1h")',
        'getenv("S") + 1',
        'getenv("S").x',
        '[getenv("S")][getenv("S")]',
        "var.secret + 1",
        "var.number",
        'getenv("S")',
    ],
)
def test_a_secret_stays_out_of_messages(project: Load, expression: str) -> None:
    text = f"""
        variable "secret" {{}}
        variable "number" {{ type = number }}
        env "dev" {{ url = {expression} }}
    """
    error = refusal(project, text, "dev", f"secret={SECRET}", f"number={SECRET}", S=SECRET)
    assert isinstance(error, HCLError)
    assert SECRET not in f"{error} {error.hint} {error.source_line}"
