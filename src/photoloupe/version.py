"""The version: pyproject.toml, the command, the service and the catalog read it here."""

__version__ = "0.1.0"
