"""Backstay: database schemas as code, deployable while any one service is down."""

__version__ = "0.1.0"
