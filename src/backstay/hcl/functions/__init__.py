"""The functions of HCL expressions: pure, over the values of `backstay.hcl.values`, bounded in size.

`FUNCTIONS` has every function that schema and project files share. `can` and `try` look at how their
arguments fail, so they belong to the evaluator; `file`, `fileset`, `glob` and `getenv` look outside,
so they belong to the project file. A function answers wrong arguments with `FunctionError`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from backstay.hcl.functions import (
    collections,
    effects,
    encoding,
    format,
    numbers,
    regex,
    strings,
    time,
    urls,
    yaml,
)
from backstay.hcl.functions.convert import FunctionError
from backstay.hcl.values import Value

FUNCTIONS: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        **collections.TABLE,
        **effects.TABLE,
        **encoding.TABLE,
        **format.TABLE,
        **numbers.TABLE,
        **regex.TABLE,
        **strings.TABLE,
        **time.TABLE,
        **urls.TABLE,
        **yaml.TABLE,
    }
)

__all__ = ["FUNCTIONS", "FunctionError"]
