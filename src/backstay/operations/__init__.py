"""What Backstay does, one function each; the command line, the action and the server call these."""

from backstay.operations.apply import apply
from backstay.operations.inspection import compare_states, creation, difference, document, inspect
from backstay.operations.login import login
from backstay.operations.plan import plan
from backstay.operations.plans import (
    approve_plan,
    lint_plan,
    list_plans,
    pull_plan,
    push_plan,
    read_plan,
    remove_plan,
)
from backstay.operations.push import push

__all__ = [
    "apply",
    "approve_plan",
    "compare_states",
    "creation",
    "difference",
    "document",
    "inspect",
    "lint_plan",
    "list_plans",
    "login",
    "plan",
    "pull_plan",
    "push",
    "push_plan",
    "read_plan",
    "remove_plan",
]
