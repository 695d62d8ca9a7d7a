"""The command `ml-connector`."""

from connector.cli.group import main

__all__ = ["main"]
