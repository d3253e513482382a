"""A schema with variables, read again for a target that needs another normal form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backstay import operations
from backstay.operations import resolve
from backstay.operations.observer import Observer
from backstay.operations.options import ApplyOptions, PushOptions
from tests.servers.postgres import fresh_database

SCHEMA = """
variable "nullable" { type = bool }
variable "words" { type = list(string) }
variable "length" { type = number }
variable "table" { type = string }
schema "public" {}
table "t" {
  schema = schema.public
  column "c" {
    type    = varchar(var.length)
    null    = var.nullable
    default = join(var.table, var.words)
  }
}
"""
REPO = 'repo {{\n name = "app"\n url = "file://{path}/registry"\n }}'
PROJECT = """
env "ci" {{
  dev      = "{dev}&search_path=public"
  nullable = true
  words    = ["a", "b"]
  length   = 12
  table    = "-"
  schema {{
    src = "file://schema.hcl"
    {repo}
  }}
}}
env "prod" {{
  url = "{url}"
  dev = "{dev}"
  schema {{
    src = "atlas://app"
    {repo}
  }}
}}
"""


def test_the_values_of_a_push_are_those_of_the_apply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_servers: Callable[[str], str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKSTAY_CACHE_DIR", str(tmp_path / "cache"))
    server = postgres_servers("16")
    with fresh_database(server) as url, fresh_database(server) as dev:
        repo = REPO.format(path=tmp_path)
        (tmp_path / "atlas.hcl").write_text(PROJECT.format(url=url, dev=dev, repo=repo))
        (tmp_path / "schema.hcl").write_text(SCHEMA)
        resolve.forget_projects()
        operations.push(PushOptions(env="ci"), Observer())
        (applied,) = operations.apply(ApplyOptions(env="prod", auto_approve=True), Observer())
    assert not applied.error
    assert applied.plan is not None
    assert "\"c\" character varying(12) NULL DEFAULT 'a-b'" in applied.plan.file.migration
