"""Results as the JSON objects that existing pipelines decode: one file per family of shapes.

Templates given with `--format` see the same objects. Nothing is worked out here that an operation knows.
"""

from __future__ import annotations

from backstay.report.documents.apply import SchemaApply, schema_apply
from backstay.report.documents.diff import SchemaDiff, schema_diff
from backstay.report.documents.inspect import SchemaInspect, schema_inspect
from backstay.report.documents.plan import PlanDocument, PlanName, SchemaPlan, plan_file, schema_plan
from backstay.report.documents.push import PlanApproval, SchemaPush, plan_approval, schema_push
from backstay.report.documents.realm import RealmDocument, realm_document

__all__ = [
    "PlanApproval",
    "PlanDocument",
    "PlanName",
    "RealmDocument",
    "SchemaApply",
    "SchemaDiff",
    "SchemaInspect",
    "SchemaPlan",
    "SchemaPush",
    "plan_approval",
    "plan_file",
    "realm_document",
    "schema_apply",
    "schema_diff",
    "schema_inspect",
    "schema_plan",
    "schema_push",
]
