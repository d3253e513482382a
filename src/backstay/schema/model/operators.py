"""Operators, their classes and families, and casts."""

from __future__ import annotations

from typing import Literal

from backstay.schema.model.base import Model


class Operator(Model, frozen=True):
    """An operator; `left` is empty for a prefix operator. Functions and operators are named as SQL does."""

    name: str
    right: str
    function: str
    left: str = ""
    commutator: str = ""
    negator: str = ""
    restrict: str = ""
    join: str = ""
    hashes: bool = False
    merges: bool = False
    comment: str = ""

    @property
    def identifier(self) -> str:
        """The symbol with the types of both sides."""
        return f"{self.name}({self.left or 'NONE'}, {self.right})"


class OperatorFamily(Model, frozen=True):
    """A family of operator classes; `items` are its loose members as ALTER OPERATOR FAMILY … ADD has them."""

    name: str
    method: str
    items: tuple[str, ...] = ()
    comment: str = ""

    @property
    def identifier(self) -> str:
        """The name and the access method."""
        return f"{self.name} USING {self.method}"


class OperatorClass(Model, frozen=True):
    """An operator class; `items` are its operators and functions as CREATE OPERATOR CLASS has them.

    A `family` of the same name, which comes with the class, is an object of its own as well.
    """

    name: str
    method: str
    type: str
    default: bool = False
    family: str = ""
    storage: str = ""
    items: tuple[str, ...] = ()
    comment: str = ""

    @property
    def identifier(self) -> str:
        """The name and the access method."""
        return f"{self.name} USING {self.method}"


class Cast(Model, frozen=True):
    """A cast between two types; without a function it is by the types' texts (INOUT) or by bytes."""

    source: str
    target: str
    function: str = ""
    method: Literal["FUNCTION", "INOUT", "BINARY"] = "FUNCTION"
    context: Literal["EXPLICIT", "ASSIGNMENT", "IMPLICIT"] = "EXPLICIT"
    comment: str = ""

    @property
    def identifier(self) -> str:
        """Both types."""
        return f"{self.source} AS {self.target}"


class Transform(Model, frozen=True):
    """How a language takes values of a type and gives them back: functions as SQL names them, with arguments.

    Either may be empty: the type's text is used then.
    """

    type: str
    language: str
    from_sql: str = ""
    to_sql: str = ""
    comment: str = ""

    @property
    def identifier(self) -> str:
        """The type and the language."""
        return f"{self.type} LANGUAGE {self.language}"


class AccessMethod(Model, frozen=True):
    """A way of keeping the rows of tables, or the entries of indexes; the handler is named as SQL does."""

    name: str
    type: Literal["TABLE", "INDEX"]
    handler: str
    comment: str = ""
