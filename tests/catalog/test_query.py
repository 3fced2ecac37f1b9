from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from photoloupe.catalog.ask.expression_errors import brief_columns
from photoloupe.catalog.ask.query import query
from photoloupe.catalog.ask.similar import find_similar
from photoloupe.catalog.row_layout import catalog_row_layout
from photoloupe.catalog.scan.scan import scan
from photoloupe.catalog.schema import SHOWN, path_to_text, text_to_path
from photoloupe.catalog.store import Catalog
from photoloupe.errors import CatalogError, ExpressionError, PhotoError
from photoloupe.inspector import Inspector
from photoloupe.output.formats import FORMATS
from tests.conftest import EXAMPLES, encode, scene


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    folder = tmp_path_factory.mktemp("examples")
    (folder / "words.jpg").write_text("no photo")
    catalog = Catalog(str(folder / "catalog"), make=True)
    scan(catalog, [str(EXAMPLES), str(folder)])
    return catalog


def names(catalog: Catalog, expression: str) -> set[str]:
    found = [path for batch in query(catalog, expression) for path in batch["path"].to_pylist()]
    assert len(found) == len(set(found))
    return {Path(path).name for path in found}


def test_an_expression_selects_what_inspect_would(examples: Catalog) -> None:
    reports = Inspector().inspect(sorted(EXAMPLES.glob("*.jpg")))
    good = {
        Path(report.path).name
        for report in reports
        if report.aesthetics and report.selfie
        if report.aesthetics.score > 6 and not report.selfie.is_selfie
    }
    assert 0 < len(good) < len(reports)
    assert names(examples, "aesthetics.score > 6 and not selfie.is_selfie") == good


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("squish.squished", {"astronaut-squished.jpg"}),
        ("error.code = 'unsupported'", {"words.jpg"}),
        ("path like '%/alps%' and width > 1000", {"alps.jpg"}),
        ("format = 'JPEG' and rating is null and width = 512", {"astronaut.jpg"}),
        ("lower(path) like '%it''s%' or path = '(' or path = ')'", set()),
        ("aesthetics.distribution[10] > 2", set()),
        ("(width > 1000) and ((height < 500))", {"alps.jpg"}),
    ],
)
def test_expressions(examples: Catalog, expression: str, found: set[str]) -> None:
    assert names(examples, expression) == found


def test_true_is_everything(examples: Catalog) -> None:
    assert len(names(examples, "true")) == examples.count() == 10


@pytest.mark.parametrize(
    "expression",
    [
        "aesthetics.scor > 7", "beauty > 7", "width >", "", "  ", "width", "width > 'wide'",
        "true; drop table photos", "true) or (true", "true -- more", "true /* more */",
        "true order by path", "true limit 1", "true union select 1", "true group by path",
        "select * from photos", "path in (select path from photos)", "exists (select 1)",
        "read_csv('/etc/passwd') is not null", "read_text('/etc/passwd') = ''", "(true", "true)",
        "path = 'open", 'path = "open', "count(*) > 1", "width > 1, height > 1",
        "drop table photos", "true; select 1", "true fetch first 1 rows only", "getenv('A') = ''",
    ],
)  # fmt: skip
def test_a_bad_expression_is_refused_with_the_columns(examples: Catalog, expression: str) -> None:
    with pytest.raises(CatalogError) as caught:
        list(query(examples, expression))
    said = str(caught.value)
    assert repr(expression) in said
    assert said.endswith(f"Columns: {brief_columns()}")
    assert not re.search(
        r"SELECT|lance|Struct|Utf8|planning|gone_at IS", said.replace(expression, "")
    )
    assert len(said.splitlines()) == 1
    assert examples.count() == 10


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("score > 7", "there is no column score; did you mean aesthetics.score?"),
        ("aesthetics.scor > 7", "no column aesthetics.scor; did you mean aesthetics.score?"),
        ("Aesthetics.Score > 7", "did you mean aesthetics.score?"),
        ("widht > 3", "did you mean width?"),
        ("is_selfi", "did you mean selfie.is_selfie?"),
        ("selfie > 0.5", "selfie is a group of columns; use one of selfie.probability, selfie.is"),
        ("squish", "squish is a group of columns; use one of squish.width_ratio"),
        ("format = JPEG", "there is no column JPEG; text needs quotes"),
        ("width > 'wide'", "'wide' is compared with a column that is a number"),
        ("path = 3", "'3' is compared with a column that is text"),
        ("width", "it gives a value, not true or false"),
        ("width >", "the expression is not complete"),
        ("width > 3 adn height > 3", "'adn' is not expected there"),
        ("lenght(path) > 3", "there is no function lenght"),
        ("exists (select 1)", "it is not a condition on the columns of one photo"),
    ],
)
def test_an_error_says_what_to_change(examples: Catalog, expression: str, advice: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        list(query(examples, expression))
    assert advice in str(caught.value)


def test_what_has_gone_is_found_only_if_asked(scanned: Catalog, photos: Path) -> None:
    (photos / "0.png").unlink()
    scan(scanned, [str(photos)])
    assert "0.png" not in names(scanned, "true")
    assert names(scanned, "gone_at is not null") == {"0.png"}


def test_a_broken_disk_is_not_called_a_bad_expression(scanned: Catalog) -> None:
    for path in Path(scanned.uri, "photos.lance", "data").iterdir():
        path.unlink()
    with pytest.raises(CatalogError) as caught:
        list(query(Catalog(scanned.uri), "true"))
    assert "Columns" not in str(caught.value)


# --- formats -------------------------------------------------------------------------------------


def written(catalog: Catalog, form: str, expression: str = "true") -> bytes:
    out = io.BytesIO()
    with FORMATS[form].open(out, catalog_row_layout()) as write:
        for batch in query(catalog, expression):
            for row in batch.to_pylist():
                write(row)
    return out.getvalue()


def test_a_json_line_is_what_inspect_prints_and_more(examples: Catalog) -> None:
    rows = [json.loads(line) for line in written(examples, "jsonl").splitlines()]
    for report in Inspector().inspect([EXAMPLES / "alps.jpg"]):
        (row,) = [row for row in rows if row["path"] == report.path]
        said = report.to_dict()
        assert set(said) < set(row) == set(SHOWN)
        for key in ("sha256", "width", "height", "format", "error"):
            assert row[key] == said[key]
        assert row["aesthetics"]["score"] == pytest.approx(said["aesthetics"]["score"], abs=1e-5)
        assert row["model"] == said["model"] | {"embedding": said["model"]["aesthetics"]}
        assert row["added_at"].endswith("+00:00")


def test_csv_has_one_column_a_value(examples: Catalog) -> None:
    rows = list(csv.DictReader(io.StringIO(written(examples, "csv").decode())))
    assert len(rows) == 10
    alps = next(row for row in rows if row["path"].endswith("alps.jpg"))
    ratings = [float(alps[f"aesthetics.distribution.{k}"]) for k in range(1, 11)]
    assert sum(ratings) == pytest.approx(1, abs=1e-4)
    assert (alps["width"], alps["selfie.is_selfie"], alps["error.code"]) == ("1024", "False", "")
    words = next(row for row in rows if row["error.code"])
    assert words["aesthetics.score"] == ""
    assert None not in words


def test_parquet_keeps_types(examples: Catalog) -> None:
    table = pq.read_table(io.BytesIO(written(examples, "parquet", "width > 1000")))
    assert table.schema.names == list(SHOWN)
    assert table["aesthetics"][0].as_py()["score"] > 1
    empty = pq.read_table(io.BytesIO(written(examples, "parquet", "false")))
    assert (empty.num_rows, empty.schema) == (0, table.schema)


def test_paths_are_the_bytes_of_file_names(catalog: Catalog, tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.png"
    Path(os.fsdecode(name)).write_bytes(encode(scene()))
    scan(catalog, [str(tmp_path)])
    assert written(catalog, "paths") == name + b"\n"
    assert b"caf\\udce9.png" in written(catalog, "jsonl")


def test_any_name_survives_a_row() -> None:
    for name in (bytes(range(1, 256)), "\u00e9\U0001f600".encode(), b"\xff\xfe\xc3"):
        text = path_to_text(os.fsdecode(name))
        text.encode("utf-8")
        assert os.fsencode(text_to_path(text)) == name


# --- similar -------------------------------------------------------------------------------------


def test_a_worse_copy_finds_its_original_first(examples: Catalog, tmp_path: Path) -> None:
    from PIL import Image

    for photo in sorted(EXAMPLES.glob("*.jpg")):
        worse = tmp_path / "worse.jpg"
        image = Image.open(photo)
        image.resize((image.width // 2, image.height // 2)).save(worse, quality=40)
        first, second = find_similar(examples, str(worse), 2)
        assert Path(first.path).name == photo.name
        assert 1 >= first.similarity > second.similarity >= -1
        assert not first.same_bytes


def test_a_photo_is_not_similar_to_itself_but_to_its_copy(scanned: Catalog, photos: Path) -> None:
    found = find_similar(scanned, str(photos / "3.png"), 3)
    assert len(found) == 3
    assert (Path(found[0].path).name, found[0].same_bytes) == ("copy.png", True)
    assert found[0].similarity == pytest.approx(1, abs=1e-3)
    assert str(photos / "3.png") not in {other.path for other in found}
    assert [other.similarity for other in found] == sorted(
        (other.similarity for other in found), reverse=True
    )


def test_embeddings_of_another_model_are_not_compared(scanned: Catalog, photos: Path) -> None:
    rows = [{"path": row["path"], "model": {"embedding": "old@1"}} for row in scanned.rows("true")]
    scanned.change(rows, "model")
    assert find_similar(scanned, str(photos / "3.png")) == []


def test_similar_to_what_is_no_photo(scanned: Catalog, photos: Path) -> None:
    with pytest.raises(PhotoError, match=r"words\.jpg"):
        find_similar(scanned, str(photos / "words.jpg"))
    with pytest.raises(PhotoError, match=r"none\.jpg: no such file"):
        find_similar(scanned, "none.jpg")
