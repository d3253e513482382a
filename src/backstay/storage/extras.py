"""Libraries that come with an extra of the package."""

from __future__ import annotations

import importlib.util

from backstay.errors import ConfigError


def require(module: str, extra: str, url: str) -> None:
    """Raise a `ConfigError` that names the extra, unless its library is there. Imports next to nothing."""
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise ConfigError(
            f'{url} needs the extra "{extra}", which is not installed',
            hint=f"pip install 'backstay[{extra}]'",
        )
