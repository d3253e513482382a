"""The command line: one file per command group, loaded when it is asked for."""

from backstay.cli.main import main

__all__ = ["main"]
