"""Refuse words that nobody would search for: python scripts/words.py [FILE...]

Reads what people read: string literals and docstrings of src (help texts, errors, OpenAPI), the
texts of pages and scripts of the web, README, CHANGELOG and docs. Not docs/lab, a notebook, nor
docs/models.md, which repeats the model cards. Exceptions with reasons: scripts/words_allowed.txt.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
ALLOWED = Path(__file__).parent / "words_allowed.txt"
FOLDERS = {"src": (".py", ".html", ".js"), "docs": (".md",)}
FILES = ("README.md", "CHANGELOG.md", "examples/photos/SOURCES.md")
SKIPPED = ("docs/lab/", "docs/models.md")

#: What is refused -> what an engineer would write.
REFUSED = {
    r"told": "reported, shown, known",
    r"said": "reported, printed",
    r"mishaps?": "error, failure",
    r"of no format that is read": "unsupported format",
    r"beside": "next to, besides, with",
    r"whole(?! (?:numbers?|pixels))": "complete, full, all of",
    r"at work(?: on)?": "running, in use, in progress",
    r"word (?:of|on)|(?:own|without a|at (?:its|their)) word": "rating, decision, message, value",
    r"for good": "permanently",
    r"holds? for": "matches",
    r"catalogues?": "catalog, as the verb and the option have it",
    r"seen": "observed, visible, used, found",
    r"sought": "searched for, detected",
    r"anew": "again",
    r"(?:says?|saying) so": "states it, reports it",
    r"looked at": "inspected, examined, read",
    r"not as things are": "conflicts with the current state",
    r"goes on": "continues",
}
PATTERNS = {re.compile(rf"\b{words}\b", re.IGNORECASE): better for words, better in REFUSED.items()}
JS_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`(?:[^`\\]|\\.)*`')


@dataclass(frozen=True)
class Finding:
    """One refused phrase. line: from 1."""

    path: str
    line: int
    phrase: str
    better: str
    context: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.phrase!r} in {self.context!r}; {self.better}?"


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line that it begins at, text) of everything in a file that people read."""
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _python_texts(content)
    elif path.suffix == ".js":
        for match in JS_TEXT.finditer(content):
            yield content.count("\n", 0, match.start()) + 1, match.group()
    else:
        yield 1, content


def _python_texts(content: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


def findings(path: Path) -> Iterator[Finding]:
    """Every refused phrase of a file, exceptions included."""
    name = _name(path)
    for first, text in texts_of(path):
        for pattern, better in PATTERNS.items():
            for match in pattern.finditer(text):
                line = first + text.count("\n", 0, match.start())
                context = text[max(0, match.start() - 30) : match.end() + 30].replace("\n", " ")
                yield Finding(name, line, match.group(), better, context.strip())


def _name(path: Path) -> str:
    """The path within the repository, if it is in there."""
    inside = path.is_relative_to(REPOSITORY)
    return path.relative_to(REPOSITORY).as_posix() if inside else path.as_posix()


def read_allowed(file: Path = ALLOWED) -> dict[tuple[str, str], str]:
    """(path, phrase) -> reason, of lines `path | phrase | reason`. Raises ValueError for others."""
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            path, phrase, reason = (part.strip() for part in line.split("|"))
            found[path, phrase.lower()] = reason
    return found


def files_to_read() -> list[Path]:
    """Everything that people read, in a fixed order."""
    found = [REPOSITORY / name for name in FILES]
    for folder, endings in FOLDERS.items():
        paths = sorted((REPOSITORY / folder).rglob("*"))
        found += [path for path in paths if path.suffix in endings]
    return [path for path in found if not _name(path).startswith(SKIPPED)]


def main(names: list[str]) -> int:
    """Print what is refused; 1 if there is any, or if an exception is not needed any more."""
    allowed, used, refused = read_allowed(), set(), []
    for path in [Path(name).resolve() for name in names] or files_to_read():
        for finding in findings(path):
            key = finding.path, finding.phrase.lower()
            if key in allowed:
                used.add(key)
            else:
                refused.append(str(finding))
    if not names:
        refused += [f"{ALLOWED.name}: not needed: {key}" for key in allowed.keys() - used]
    print(*refused, sep="\n", end="\n" if refused else "")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
