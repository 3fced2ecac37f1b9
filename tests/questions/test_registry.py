"""A fourth question is one registry entry and a model: every interface has it without a change."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from photoloupe.questions.registry import QUESTIONS
from tests.conftest import EXAMPLES
from tests.questions.toy import make_model
from tests.web.browser import Open, browser, open_page  # noqa: F401 (fixtures)

if TYPE_CHECKING:
    from playwright.sync_api import Page

REPOSITORY = Path(__file__).parent.parent.parent
DARK, BRIGHT = "rocket.jpg", "coffee.jpg"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toy") / "photos"
    folder.mkdir()
    for name in (DARK, BRIGHT):
        shutil.copy(EXAMPLES / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    make_model(folder)
    return folder


def command(model: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.questions.toy", str(model), *arguments]


def run(model: Path, *arguments: str) -> str:
    done = subprocess.run(
        command(model, *arguments), capture_output=True, text=True, check=False, cwd=REPOSITORY
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_answer_has_the_values_that_its_question_declares() -> None:
    for question in QUESTIONS.values():
        assert list(question.example) == [value.name for value in question.values]


def test_inspect_answers_it_in_every_format(model: Path, photos: Path) -> None:
    table = run(model, "inspect", str(photos), "--format", "table")
    assert re.search(r"score +selfie +squish +bright +size +photo", table)
    assert len(re.findall(r"\d+  +600 x 400", table)) == 1
    lines = run(model, "inspect", str(photos), "--format", "jsonl").splitlines()
    found = {Path(line["path"]).name: line["brightness"] for line in map(json.loads, lines)}
    assert found[DARK]["mean"] < found[BRIGHT]["mean"]
    assert found[BRIGHT]["evidence"] == ["a file of 600 pixels across"]
    (row, _) = csv.DictReader(io.StringIO(run(model, "inspect", str(photos), "--format", "csv")))
    assert float(row["brightness.mean"]) == found[Path(row["path"]).name]["mean"]
    assert row["model.brightness"].startswith("toy@")


def test_inspect_can_ask_for_it_alone_and_by_its_condition(model: Path, photos: Path) -> None:
    paths = run(model, "inspect", str(photos), "--if", "bright", "--only", "brightness")
    assert [Path(line).name for line in paths.splitlines()] == [BRIGHT]


def test_a_catalog_holds_it_and_query_asks_for_it(model: Path, photos: Path) -> None:
    catalog = str(photos.parent / "catalog")
    run(model, "scan", str(photos), "--catalog", catalog)
    query = ["query", "brightness.is_bright and brightness.mean > 50", "--catalog", catalog]
    (row,) = csv.DictReader(io.StringIO(run(model, *query, "--format", "csv")))
    assert Path(row["path"]).name == BRIGHT
    assert float(row["brightness.mean"]) > 50


@pytest.fixture(scope="module")
def url(model: Path, photos: Path) -> Iterator[str]:
    arguments = command(model, "serve", str(photos), "--port", "0")
    with subprocess.Popen(
        arguments, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY, env={**os.environ}
    ) as server:
        assert server.stderr
        found = next(m for line in server.stderr if (m := re.search(r"http://[\d.:]+", line)))
        yield found[0]
        server.terminate()


@pytest.fixture(scope="module")
def document(url: str) -> Any:
    return httpx.get(f"{url}/v1/openapi.json", timeout=60).json()


def test_the_service_answers_it(url: str) -> None:
    files = {"files": (BRIGHT, (EXAMPLES / BRIGHT).read_bytes())}
    (report,) = httpx.post(f"{url}/v1/inspect", files=files, timeout=60).json()["photos"]
    assert report["brightness"]["is_bright"] is True


def test_the_openapi_document_describes_it(document: Any) -> None:
    shapes = document["components"]["schemas"]
    assert shapes["BrightnessBody"]["properties"]["mean"]["maximum"] == 255
    assert "brightness" in shapes["ReportBody"]["required"]


def test_the_page_draws_it(url: str, open_page: Open) -> None:  # noqa: F811
    page: Page = open_page(f"{url}/#inspect")
    page.set_input_files("input[type=file]", str(EXAMPLES / BRIGHT))
    section = page.locator(".answer", has_text="Brightness")
    assert "Yes" in section.inner_text()
    assert "a file of 600 pixels across" in section.inner_text()
