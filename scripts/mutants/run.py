"""Change tuned numbers by hand, one at a time, and see that a test turns red each time.

    python scripts/mutants/run.py [ROOM ...]

Each *.toml beside this file holds changes of one room: the file, the old text, the new one, and
the tests that must fail. A change is made in a copy of the repository, its tests are run there,
and what survives (every test passes) is printed; the exit code is then 1. It is also 1 where the
old text does not stand exactly once, or where the tests fail without the change.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
COPIED = ("src", "tests", "recipes", "examples", "benchmarks", "scripts", "docs", "deploy")
PATIENCE_S = 120  # a mutant that hangs has been noticed


def load_mutants(rooms: list[str]) -> list[dict[str, Any]]:
    """The changes of these rooms, or of all; each a table with name, file, old, new, tests."""
    paths = [HERE / f"{room}.toml" for room in rooms] or sorted(HERE.glob("*.toml"))
    return [m for path in paths for m in tomllib.loads(path.read_text("utf-8"))["mutant"]]


def passes(folder: Path, tests: list[str]) -> bool:
    """Do these tests pass in this copy?"""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(
            command,
            check=False,
            cwd=folder,
            env=environment,
            capture_output=True,
            timeout=PATIENCE_S,
        )
    except subprocess.TimeoutExpired:
        return False
    if run.returncode > 1:  # no test was found, or pytest itself broke
        raise SystemExit(f"{' '.join(tests)}: {run.stdout.decode()[-2000:]}")
    return run.returncode == 0


def survives(folder: Path, mutant: dict[str, Any]) -> bool:
    """Make the change, run its tests, take it back."""
    path = folder / mutant["file"]
    text = path.read_text(encoding="utf-8")
    if text.count(mutant["old"]) != 1:
        raise SystemExit(f"{mutant['name']}: {mutant['old']!r} is not once in {mutant['file']}")
    path.write_text(text.replace(mutant["old"], mutant["new"]), encoding="utf-8")
    try:
        return passes(folder, mutant["tests"])
    finally:
        path.write_text(text, encoding="utf-8")


def main() -> int:
    mutants = load_mutants(sys.argv[1:])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in COPIED:
            shutil.copytree(REPOSITORY / part, folder / part)
        for part in ("pyproject.toml", "README.md"):
            shutil.copy(REPOSITORY / part, folder / part)
        tests = sorted({test for mutant in mutants for test in mutant["tests"]})
        if not passes(folder, tests):
            raise SystemExit("the tests fail without any change")
        survivors = []
        for number, mutant in enumerate(mutants, start=1):
            alive = survives(folder, mutant)
            survivors += [mutant["name"]] * alive
            word = "SURVIVES" if alive else "killed"
            print(f"{number:>3} of {len(mutants)}  {word:<8}  {mutant['name']}", flush=True)
    print(f"{len(mutants)} changes, {len(survivors)} survive: {', '.join(survivors) or 'none'}")
    return bool(survivors)


if __name__ == "__main__":
    sys.exit(main())
