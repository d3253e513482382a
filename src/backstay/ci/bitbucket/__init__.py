"""Bitbucket Pipelines: predefined variables, outputs for a shell to source, comments on pull requests."""

from backstay.ci.bitbucket.platform import Bitbucket

__all__ = ["Bitbucket"]
