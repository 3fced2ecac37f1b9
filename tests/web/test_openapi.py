"""The OpenAPI document is true: what a fuzzer makes of it, the service answers as it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from photoloupe.crops.crop import NO_RELATION
from photoloupe.web.app import make_app
from photoloupe.web.routes import schemas
from photoloupe.web.settings import Settings
from tests.web.conftest import Served

# A file of any bytes is as the document wants it, but only photos are accepted.
UNTRUE = "positive_data_acceptance"


PARTS = {  # paths, and how many requests they are worth
    "uploads": ("^/v1/(inspect|crop|fix|preview)$", 40),
    "lists": ("^/(v1/(index|photos|counts|crops|about)|healthz|readyz|metrics)$", 60),
    "photos": ("^/v1/(photos/|undo|similar|source)", 60),
}


@pytest.mark.parametrize("part", PARTS)
def test_schemathesis_finds_nothing(served: Served, tmp_path: Path, part: str) -> None:
    paths, least = PARTS[part]
    call = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{served.url}/v1/openapi.json",
        "--include-path-regex", paths,
        "--checks", "all", "--exclude-checks", UNTRUE, "--max-examples", "2", "--seed", "1",
        "--suppress-health-check", "all", "--no-color",
        "--workers", "1",  # with two threads, ast.parse of Python 3.11 fails now and then
    ]  # fmt: skip
    run = subprocess.run(call, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stdout[-5000:] + run.stderr[-2000:]
    generated = re.search(r"(\d+) generated, \1 passed", run.stdout)
    assert generated, run.stdout[-2000:]
    assert int(generated[1]) > least


def test_every_shape_has_an_example_that_fits() -> None:
    shapes = [shape for shape in vars(schemas).values() if isinstance(shape, type)]
    seen = 0
    for shape in shapes:
        if not issubclass(shape, BaseModel):
            continue
        extra: Any = shape.model_config.get("json_schema_extra") or {}
        for example in extra.get("examples", []):
            shape.model_validate(example)
            seen += 1
    assert seen >= 9


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/about", schemas.AboutBody),
        ("/v1/counts", schemas.CountsBody),
        ("/v1/index", schemas.PhotoIdsBody),
        ("/v1/photos", schemas.PhotoPageBody),
        ("/v1/crops", schemas.CropFamiliesBody),
        ("/v1/nope", schemas.ErrorBody),
    ],
)
def test_answers_have_the_shapes_that_are_promised(served: Served, path: str, shape: Any) -> None:
    answer = served.client.get(path).json()
    assert json.loads(shape.model_validate(answer, strict=True).model_dump_json()) == answer


def test_no_relation_has_its_shape() -> None:
    schemas.CropBody.model_validate(NO_RELATION, strict=True)


def test_methods_of_all_routes_of_a_path_are_told(served: Served) -> None:
    response = served.client.delete("/v1/similar")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, POST"
    assert response.json()["error"]["code"] == "not_allowed"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return make_app(Settings()).openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    paths = document["paths"].items()
    return [(f"{method} {path}", row) for path, rows in paths for method, row in rows.items()]


def test_every_route_has_a_summary_and_a_description(document: dict[str, Any]) -> None:
    found = operations(document)
    assert len(found) == 20
    summaries = [row["summary"] for _, row in found]
    assert len(set(summaries)) == len(summaries)
    for name, row in found:
        assert " " in row["summary"], f"{name}: the summary is the function's name"
        assert len(row["description"]) > 10, name


def test_every_parameter_and_shape_is_described(document: dict[str, Any]) -> None:
    for name, row in operations(document):
        for parameter in row.get("parameters", []):
            assert parameter.get("description"), f"{name}: {parameter['name']}"
        for status, response in row["responses"].items():
            assert response["description"], f"{name}: {status}"
    for name, shape in document["components"]["schemas"].items():
        assert shape.get("description") or "ValidationError" in name, name
