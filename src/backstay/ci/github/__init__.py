"""GitHub Actions: the event, the commands of the log, the files of the runner."""

from backstay.ci.github.platform import GitHub

__all__ = ["GitHub"]
