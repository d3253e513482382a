"""The project file (`atlas.hcl`): variables, locals and env selection, down to typed settings."""

from __future__ import annotations

from backstay.project.loading import load
from backstay.project.model import Check, Cloud, Diff, Env, Lint, Project, Repo, Rule
from backstay.project.registry_choice import RegistryChoice, choose_registry
from backstay.project.variables import parse_vars

__all__ = [
    "Check",
    "Cloud",
    "Diff",
    "Env",
    "Lint",
    "Project",
    "RegistryChoice",
    "Repo",
    "Rule",
    "choose_registry",
    "load",
    "parse_vars",
]
