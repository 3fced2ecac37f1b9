from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image

import photoloupe
from photoloupe import Inspector, Reports
from photoloupe.crop_search.search import find_crops
from photoloupe.report import report_columns
from tests.conftest import EXAMPLES, encode, scene


@pytest.fixture(scope="module")
def inspector() -> Inspector:
    return Inspector()


@pytest.fixture(scope="module")
def reports(inspector: Inspector) -> Reports:
    return inspector.inspect([EXAMPLES / "chelsea.jpg", None, scene(200, 150)])


def test_one_path_is_one_report(inspector: Inspector) -> None:
    for name in (EXAMPLES / "chelsea.jpg", str(EXAMPLES / "chelsea.jpg")):
        (report,) = inspector.inspect(name)
        assert report.aesthetics
    assert len(inspector.inspect(EXAMPLES)) == len(list(EXAMPLES.glob("*.jpg")))
    assert len(photoloupe.inspect(str(EXAMPLES / "chelsea.jpg"))) == 1


def test_an_array_is_answered_as_its_file(inspector: Inspector) -> None:
    pixels = scene(300, 200)
    row = {"picture": Image.fromarray(pixels)}
    found = inspector.inspect([encode(pixels), pixels, Image.fromarray(pixels), row])
    scores = [report.aesthetics.score for report in found if report.aesthetics]
    assert len(scores) == 4
    assert np.ptp(scores) < 1e-5
    assert [(report.width, report.height) for report in found] == [(300, 200)] * 4
    assert inspector.inspect({"scan": pixels}, image_key="scan")[0].squish


def test_what_is_no_photo_is_a_row_of_the_stream(inspector: Inspector) -> None:
    rows = list(inspector.stream([scene(), None, 3, encode(scene()), np.zeros((5, 5))]))
    assert [row.error and row.error.code for row in rows] == [
        None, "wrong_type", "wrong_type", None, "wrong_type",
    ]  # fmt: skip


def test_reports_are_a_list(reports: Reports) -> None:
    assert isinstance(reports, list)
    assert isinstance(reports[:2], Reports)
    assert len(reports[:2]) == 2
    assert reports[1].error


def test_the_same_table_in_every_library(reports: Reports) -> None:
    tables = [reports.to_pandas(), reports.to_polars(), reports.to_arrow()]
    assert [type(table) for table in tables] == [pd.DataFrame, pl.DataFrame, pa.Table]
    for table in tables:
        names = getattr(table, "column_names", None) or list(table.columns)
        assert list(names) == list(report_columns())
        assert len(table) == 3
    frame, polars, arrow = tables
    assert reports[0].aesthetics
    score = reports[0].aesthetics.score
    for column in (frame, polars, arrow.to_pydict()):
        assert column["aesthetics.score"][0] == pytest.approx(score, abs=1e-6)
        assert column["error.code"][1] == "wrong_type"
        assert len(column["aesthetics.distribution"][0]) == 10
    assert frame["width"].tolist() == [451, pd.NA, 200]
    assert frame["aesthetics.score"].isna().tolist() == [False, True, False]
    assert str(frame["squish.squished"].dtype) == "boolean"
    assert polars["squish.squished"].dtype == pl.Boolean
    assert polars["width"].null_count() == 1


def test_types_do_not_depend_on_the_rows(reports: Reports) -> None:
    assert Reports().to_arrow().schema == reports.to_arrow().schema
    assert Reports().to_polars().schema == reports.to_polars().schema
    assert reports[1:2].to_arrow().schema == reports.to_arrow().schema
    assert Reports().to_pandas().dtypes.tolist() == reports.to_pandas().dtypes.tolist()


@pytest.mark.parametrize("name", ["pandas", "pyarrow", "polars"])
def test_a_library_that_is_absent_is_named(
    name: str, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules: Any = sys.modules
    monkeypatch.setitem(modules, name, None)
    method = {"pandas": "to_pandas", "pyarrow": "to_arrow", "polars": "to_polars"}[name]
    with pytest.raises(ImportError, match=f"{method} needs {name}: pip install {name}"):
        getattr(reports, method)()


def test_a_notebook_shows_a_table_with_thumbnails(
    inspector: Inspector, save: Callable[..., Path]
) -> None:
    path = save("<b>&.png", scene())
    found = inspector.inspect([path, scene(), encode(scene()), "absent.jpg"])
    page = found._repr_html_()
    assert page.count("data:image/jpeg;base64,") == 3
    assert "&lt;b&gt;&amp;.png" in page
    assert "<b>&" not in page
    assert "no such file [not_found]" in page
    assert "<th>Score</th>" in page
    path.unlink()
    assert found._repr_html_().count("data:image/jpeg") == 2
    assert len(page) < 20_000


def test_a_long_table_is_cut(inspector: Inspector) -> None:
    found = Reports([*inspector.inspect([scene()])] * 2500)
    assert "<p>and 2,480 more</p>" in found._repr_html_()
    assert found._repr_html_().count("<tr>") == 21


def test_compare_and_find_crops_take_the_same_inputs() -> None:
    source = scene(600, 400, seed=4)
    crop = source[60:330, 90:480]
    relation = photoloupe.compare(Image.fromarray(crop), {"image": source})
    assert relation
    assert (relation.crop, relation.source) == ("<first>", "<second>")
    with pytest.raises(photoloupe.PhotoError, match="<second>: None is no path"):
        photoloupe.compare(crop, None)  # type: ignore[arg-type]
    bad, found = find_crops([source, None, {"image": Image.fromarray(crop)}])
    assert isinstance(bad, photoloupe.PhotoError)
    assert isinstance(found, photoloupe.Crop)
    assert (found.crop, found.source) == ("<image 3>", "<array 1>")
    assert list(find_crops(encode(crop))) == []
