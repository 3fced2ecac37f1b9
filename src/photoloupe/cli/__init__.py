"""The command line: one file a group of verbs, each a thin call into the library."""

from photoloupe.cli.main import app

__all__ = ["app"]
