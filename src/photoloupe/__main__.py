"""`python -m photoloupe` is the command `photoloupe`."""

from photoloupe.cli import app

app()
