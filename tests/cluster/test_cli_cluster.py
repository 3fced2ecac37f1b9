from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from photoloupe.cli.main import app
from tests.cluster.conftest import upload
from tests.conftest import EXAMPLES

CLI = CliRunner()


def test_scan_and_crops_on_ray(s3: Any, engine: Any, tmp_path: Path) -> None:
    for name in ("alps.jpg", "alps-crop.jpg"):
        (tmp_path / name).write_bytes((EXAMPLES / name).read_bytes())
    upload(s3, tmp_path, "verbs")
    place = ["--on", "ray", "--actors", "1", "--catalog", str(tmp_path / "catalog")]
    scanned = CLI.invoke(app, ["scan", "s3://bucket/verbs", "--crops", *place])
    assert scanned.exit_code == 0, scanned.output
    assert scanned.stderr.startswith("2 new; ")
    found = CLI.invoke(app, ["crops", "--no-cache", "--format", "jsonl", *place])
    (relation,) = map(json.loads, found.stdout.splitlines())
    assert (relation["crop"], relation["source"], relation["verdict"]) == (
        "s3://bucket/verbs/alps-crop.jpg", "s3://bucket/verbs/alps.jpg", "crop",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (["scan", "s3://bucket/photos"], "object storage needs --on ray"),
        (["scan", "s3://bucket/photos", "--on", "ray"], "name the catalog with --catalog"),
        (["scan", "photos", "--on", "spark"], "--on spark: only ray is known"),
        (["scan", "photos", "--actors", "2"], "need --on ray"),
        (["crops", "photos", "--on", "ray"], "searches a catalog"),
    ],
)
def test_calls_that_cannot_be_done(call: list[str], says: str, tmp_path: Path) -> None:
    run = CLI.invoke(app, [*call, *(["--no-cache"] if call[0] == "crops" else [])])
    assert (run.exit_code, run.stdout) == (2, "")
    assert says in run.stderr
    assert run.stderr.count("\n") == 1


def test_gpus_that_are_not_there(engine: Any, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes((EXAMPLES / "alps.jpg").read_bytes())
    run = CLI.invoke(app, ["scan", str(tmp_path), "--on", "ray", "--gpus", "1"])
    assert run.exit_code == 2
    assert "--gpus 1: this Ray has 0 GPUs" in run.stderr
