"""What a walk leaves out because somebody asked: `.nomedia` and `.photoloupeignore`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NO_MEDIA, IGNORE = ".nomedia", ".photoloupeignore"
MOST_BYTES = 2**20  # of a list of patterns


@dataclass(frozen=True)
class IgnoreRule:
    """One line of `.photoloupeignore`, in the syntax of `.gitignore`.

    pattern: of a path relative to the list's folder, with `/`; keeps: the line begins with `!`;
    folders: the line ends with `/`.
    """

    pattern: re.Pattern[str]
    keeps: bool = False
    folders: bool = False


@dataclass(frozen=True)
class IgnoreList:
    """The rules of one folder. folder: as the walk names it, without a slash at its end."""

    folder: str
    rules: tuple[IgnoreRule, ...]


def read_ignore_list(folder: str) -> IgnoreList:
    """The rules of a folder's `.photoloupeignore`; none if the file cannot be read."""
    try:
        with (Path(folder) / IGNORE).open("rb") as file:
            lines = file.read(MOST_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    rules = (_rule(line.rstrip()) for line in lines)
    return IgnoreList(folder.rstrip("/\\"), tuple(rule for rule in rules if rule is not None))


def is_ignored(path: str, lists: Sequence[IgnoreList], *, is_folder: bool) -> bool:
    """Does the last rule that matches leave this path out? lists: of the folders above it."""
    found = False
    for rules in lists:
        inside = path[len(rules.folder) + 1 :].replace("\\", "/")
        for rule in rules.rules:
            if (is_folder or not rule.folders) and rule.pattern.fullmatch(inside):
                found = not rule.keeps
    return found


def _rule(line: str) -> IgnoreRule | None:
    keeps, line = line.startswith("!"), line.removeprefix("!")
    if not line or (line.startswith("#") and not keeps):
        return None
    folders, text = line.endswith("/"), line.rstrip("/")
    anywhere = "" if "/" in text else r"(?:.*/)?"
    body = re.sub(r"\*\*/|\*\*|\*|\?|[^*?]+", _piece, text.removeprefix("/").removeprefix("\\"))
    return IgnoreRule(re.compile(anywhere + body), keeps, folders)


def _piece(found: re.Match[str]) -> str:
    marks = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return marks.get(found[0]) or re.escape(found[0])
