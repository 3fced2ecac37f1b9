"""Every verb with each extra absent in turn: it works, or names the extra in one line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from photoloupe.cli.main import app
from tests.conftest import EXAMPLES

#: Extra -> its libraries, and the calls below that cannot be done without them.
EXTRAS = {
    "search": (["faiss"], {"crops", "source", "scan crops"}),
    "catalog": (
        ["lancedb", "pyarrow"],
        {
            "scan",
            "scan crops",
            "query",
            "similar",
            "decide",
            "write",
            "organize",
            "undo",
            "report",
            "inspect parquet",
        },
    ),
    "server": (["fastapi", "uvicorn", "prometheus_client", "multipart"], {"serve"}),
    "cluster": (["ray", "lance"], {"scan ray", "crops ray"}),
    "train": (["torch", "lightning"], {"train"}),
}  # fmt: skip  (pydantic is no extra: Typer itself needs it)
#: With their libraries, these would start a cluster, or load PyTorch to be refused.
ONLY_WITHOUT = {"scan ray", "crops ray", "train"}

RECIPE = Path(__file__).parents[2] / "recipes" / "lite0_trio.toml"
CALLS = {
    "inspect": "inspect photos",
    "inspect parquet": "inspect photos --format parquet --out inspected.parquet",
    "rank": "rank photos",
    "fix": "fix photos --out fixed --dry-run",
    "crop": "crop photos/alps.jpg photos/alps-crop.jpg",
    "crops": "crops photos --no-cache",
    "source": "source photos/alps-crop.jpg --in photos --no-cache",
    "dismiss": "dismiss photos/alps.jpg photos/alps-crop.jpg --cache cache.sqlite",
    "scan": "scan photos",
    "scan crops": "scan photos --crops",
    "scan ray": "scan photos --on ray",
    "crops ray": "crops --on ray --catalog photos --no-cache",
    "query": "query true --catalog photos",
    "similar": "similar photos/alps.jpg",
    "decide": "decide photos/alps.jpg --rating 4",
    "write": "write --dry-run --catalog photos",
    "organize": "organize --plan plan.jsonl --rejects rejects --catalog photos",
    "undo": "undo --catalog photos",
    "report": "report -o report.html --catalog photos --no-crops",
    "models": "models",
    "evaluate": "evaluate aesthetics --data photos --labels labels.csv",
    "serve": "serve nowhere",
    "train": f"train {RECIPE} --data photos --out run",
    "export": "export selfie --run nowhere",
}
#: Calls that are refused even with everything installed, once it is loaded: what they then print.
REFUSED = {
    "undo": "nothing to undo",
    "serve": "nowhere: not a folder",
    "export": "nowhere: not the run of a recipe",
}

PROGRAM = """
import json, sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in libraries:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

libraries, calls = json.loads(sys.argv[1])
sys.meta_path.insert(0, Absent())
from typer.testing import CliRunner
from photoloupe.cli import app

results = {}
for name, line in calls.items():
    result = CliRunner().invoke(app, line.split())
    foreign = result.exception if not isinstance(result.exception, SystemExit) else None
    results[name] = result.exit_code, result.stderr, repr(foreign or "")
print(json.dumps(results))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two photos that were scanned, and a table of ratings."""
    top = tmp_path_factory.mktemp("extras")
    (top / "photos").mkdir()
    for name in ("alps.jpg", "alps-crop.jpg"):
        shutil.copy(EXAMPLES / name, top / "photos")
    (top / "labels.csv").write_text("path,score\nalps.jpg,7\nalps-crop.jpg,6\n")
    assert CliRunner().invoke(app, ["scan", str(top / "photos"), "--crops"]).exit_code == 0
    return top


@pytest.mark.parametrize("extra", EXTRAS)
def test_every_verb_works_or_names_the_extra(extra: str, folder: Path, tmp_path: Path) -> None:
    libraries, needing = EXTRAS[extra]
    here = tmp_path / "here"
    shutil.copytree(folder, here)  # with the paths of the other folder in its catalog
    calls = {name: call for name, call in CALLS.items() if name not in ONLY_WITHOUT - needing}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps([libraries, calls])],
        cwd=here, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name, (code, stderr, foreign) in json.loads(done.stdout.splitlines()[-1]).items():
        assert foreign == "''", (name, foreign)
        if name in needing:
            assert code == 2, (name, code, stderr)
            assert len(stderr.splitlines()) == 1, (name, stderr)
            assert f"pip install 'photoloupe[{extra}]'" in stderr, (name, stderr)
        elif name in REFUSED:
            assert (code, REFUSED[name] in stderr) == (2, True), (name, stderr)
        else:
            assert code == 0, (name, code, stderr)


def test_every_verb_is_tried() -> None:
    names = {path.stem for path in (Path(__file__).parent / "help").glob("*.txt")}
    verbs = {name.partition("_")[0] for name in names} - {"photoloupe"}
    assert {line.split()[0] for line in CALLS.values()} == verbs
