from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photoloupe import Inspector
from photoloupe.catalog.lock import catalog_lock
from photoloupe.catalog.scan import file_source
from photoloupe.catalog.scan import read_file as looking
from photoloupe.catalog.scan import row_writer as writing
from photoloupe.catalog.scan.fate import Fate
from photoloupe.catalog.scan.scan import scan, watch
from photoloupe.catalog.scan.summary import ScanSummary
from photoloupe.catalog.schema import EMBEDDING_WIDTH
from photoloupe.catalog.store import Catalog
from photoloupe.errors import CatalogError
from photoloupe.media.paths import list_photos
from photoloupe.media.photo import read_content
from photoloupe.models.card import Card
from tests.catalog.conftest import counts, rows
from tests.conftest import encode, scene, shipped

Again = Callable[..., dict[str, int]]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose content is read, in no order."""
    names: list[str] = []

    def read(path: str) -> Any:
        names.append(Path(path).name)
        return read_content(path)

    monkeypatch.setattr(looking, "read_content", read)
    return names


def test_rows_hold_what_inspect_says(scanned: Catalog, photos: Path) -> None:
    found, names = rows(scanned), sorted(path.name for path in photos.iterdir())
    assert sorted(found) == names
    for report in Inspector().inspect(photos / name for name in names):
        said, row = report.to_dict(), found[Path(report.path).name]
        assert row["path"] == said["path"]
        assert row["error"] == said["error"]
        for key in ("width", "height", "format", "squish", "selfie", "aesthetics"):
            assert values(row[key]) == [
                pytest.approx(value, abs=1e-5) if isinstance(value, float) else value
                for value in values(said[key])
            ]
        if report.error is None:
            assert row["sha256"] == said["sha256"]
            assert row["model"] == said["model"] | {"embedding": said["model"]["aesthetics"]}
            assert len(row["embedding"]) == EMBEDDING_WIDTH
            assert np.isfinite(row["embedding"]).all()


def values(part: Any) -> list[Any]:
    """The leaves of nested values, in order."""
    if isinstance(part, dict):
        return [leaf for value in part.values() for leaf in values(value)]
    return [leaf for item in part for leaf in values(item)] if isinstance(part, list) else [part]


def test_a_second_scan_opens_nothing(again: Again, opened: list[str]) -> None:
    assert again() == {"new": 10, "copied": 1, "failed": 2}
    assert len(opened) == 13
    opened.clear()
    assert again() == {"same": 11, "failed": 2}
    assert opened == []


def test_a_new_file_and_a_changed_one(scanned: Catalog, again: Again, photos: Path) -> None:
    (photos / "0.png").write_bytes(encode(scene(50, 40, seed=77)))
    (photos / "new.png").write_bytes(encode(scene(seed=78)))
    assert again() == {"changed": 1, "new": 1, "same": 10, "failed": 2}
    assert (rows(scanned)["0.png"]["width"], rows(scanned)["new.png"]["width"]) == (50, 96)


def test_a_touched_file_is_read_but_not_answered_again(
    scanned: Catalog, again: Again, photos: Path
) -> None:
    (before,) = scanned.rows("path LIKE '%/0.png'")
    os.utime(photos / "0.png", ns=(1, 1))
    assert again() == {"same": 11, "failed": 2}
    (after,) = scanned.rows("path LIKE '%/0.png'")
    assert after == before | {"mtime_ns": 1}


def test_a_moved_file_brings_its_answers_and_decision_along(
    scanned: Catalog, again: Again, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(scanned)["0.png"]
    assert scanned.decide(before["sha256"], rating=4, decision="keep") == 1
    (photos / "sub").mkdir()
    (photos / "0.png").rename(photos / "sub" / "moved.png")
    monkeypatch.setattr(looking, "_decode", None)  # nothing may be decoded
    assert again() == {"moved": 1, "same": 10, "failed": 2}
    found = rows(scanned)
    assert "0.png" not in found
    moved = {"path": str(photos / "sub" / "moved.png"), "rating": 4, "decision": "keep"}
    assert found["moved.png"] == before | moved
    assert again() == {"same": 11, "failed": 2}


def test_a_file_that_goes_is_remembered_and_comes_back_for_nothing(
    scanned: Catalog, again: Again, photos: Path, tmp_path: Path, opened: list[str]
) -> None:
    (photos / "0.png").rename(tmp_path / "kept.png")
    assert again() == {"gone": 1, "same": 10, "failed": 2}
    assert scanned.count("gone_at IS NOT NULL") == 1
    assert again() == {"same": 10, "failed": 2}
    (tmp_path / "kept.png").rename(photos / "0.png")
    assert again() == {"returned": 1, "same": 10, "failed": 2}
    assert opened == []
    assert scanned.count("gone_at IS NOT NULL") == 0


def test_a_copy_that_goes_leaves_no_row(scanned: Catalog, again: Again, photos: Path) -> None:
    (photos / "copy.png").unlink()
    assert again() == {"gone": 1, "same": 10, "failed": 2}
    assert "copy.png" not in rows(scanned)


def test_a_copy_and_an_unrelated_deletion_are_no_move(
    scanned: Catalog, again: Again, photos: Path
) -> None:
    (photos / "copy.png").unlink()  # 3.png has its content
    (photos / "0-again.png").write_bytes((photos / "0.png").read_bytes())
    assert again() == {"copied": 1, "gone": 1, "same": 10, "failed": 2}
    assert {"0.png", "0-again.png"} < set(rows(scanned))


def test_one_missing_file_explains_one_move(scanned: Catalog, again: Again, photos: Path) -> None:
    """3.png and its copy go, and three files of their content come: two moved, one is a copy."""
    content = (photos / "3.png").read_bytes()
    for name in ("3.png", "copy.png"):
        (photos / name).unlink()
    for name in ("a.png", "b.png", "c.png"):
        (photos / name).write_bytes(content)
    (photos / "1.png").unlink()
    assert again() == {"moved": 2, "copied": 1, "gone": 1, "same": 8, "failed": 2}
    assert {"a.png", "b.png", "c.png", "1.png"} < set(rows(scanned))


def test_only_what_lies_where_was_scanned_can_be_gone(
    scanned: Catalog, photos: Path, tmp_path: Path
) -> None:
    other = tmp_path / "photos2"  # begins with the same letters
    other.mkdir()
    (other / "a.png").write_bytes(encode(scene(seed=90)))
    assert counts(scan(scanned, [str(other)])) == {"new": 1}
    photos.rename(tmp_path / "unplugged")
    assert counts(scan(scanned, [str(other)])) == {"same": 1}
    assert counts(scan(scanned, [str(photos)])) == {"failed": 1}  # no such folder: nothing is gone
    assert scanned.count("gone_at IS NOT NULL") == 0
    (other / "a.png").unlink()
    missing = scan(scanned, [str(other / "a.png")])
    assert [error.code for error in missing.failures] == ["not_found"]
    assert counts(missing) == {"gone": 1, "failed": 1}


def test_errors_are_retried_only_when_the_file_changes(
    scanned: Catalog, again: Again, photos: Path, opened: list[str]
) -> None:
    assert rows(scanned)["words.jpg"]["error"]["code"] == "unsupported"
    assert rows(scanned)["empty.jpg"]["error"] == {"code": "empty", "message": "the file is empty"}
    assert again() == {"same": 11, "failed": 2}
    assert opened == []
    (photos / "words.jpg").write_bytes(encode(scene(seed=80)))
    assert again() == {"changed": 1, "same": 11, "failed": 1}
    assert opened == ["words.jpg"]
    assert rows(scanned)["words.jpg"]["error"] is None
    (photos / "0.png").write_text("spoilt")
    assert again() == {"same": 11, "failed": 2}
    spoilt = rows(scanned)["0.png"]
    assert (spoilt["error"]["code"], spoilt["width"], spoilt["embedding"]) == (
        "unsupported", None, None,
    )  # fmt: skip


def test_names_that_are_no_utf8_or_hold_quotes(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = [b"caf\xe9.png", "caf\u00e9.png".encode(), b"it's.png", b"a\nb.png"]
    for seed, name in enumerate(names):
        Path(os.fsdecode(bytes(folder) + b"/" + name)).write_bytes(encode(scene(seed=seed)))
    assert counts(scan(catalog, [str(folder)])) == {"new": 4}
    assert counts(scan(catalog, [str(folder)])) == {"same": 4}
    for name in names:
        os.utime(os.fsencode(folder) + b"/" + name, ns=(1, 1))
    assert counts(scan(catalog, [str(folder)])) == {"same": 4}
    assert catalog.count("mtime_ns = 1") == 4


def test_a_file_named_twice_is_one_row(catalog: Catalog, photos: Path) -> None:
    names = [str(photos), str(photos / "0.png"), str(photos / ".." / "photos" / "0.png"), "-"]
    summary = scan(catalog, names, lines=[f"{photos / '1.png'}\n"])
    assert counts(summary) == {"new": 10, "copied": 1, "failed": 2}
    assert len(rows(catalog)) == 13


def test_what_lies_in_a_closed_folder_is_not_gone(
    scanned: Catalog, again: Again, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = photos / "closed"
    closed.mkdir()
    (photos / "0.png").rename(closed / "0.png")
    again()

    def refused(names: list[str], lines: list[str], *passed: Any) -> list[str]:
        listed = list_photos(names, lines)  # which gives a folder that it may not read by its name
        return [str(closed) if path.startswith(str(closed)) else path for path in listed]

    monkeypatch.setattr(file_source, "list_photos", refused)
    assert again() == {"same": 10, "failed": 3}
    assert scanned.count("gone_at IS NOT NULL") == 0


# --- models --------------------------------------------------------------------------------------


def two_models(selfie: str = "selfies") -> list[Card]:
    """The shipped models, the one for selfies by another name."""
    return [shipped("squish"), replace(shipped("selfie"), name=selfie)]


def test_a_new_model_answers_its_own_question_anew(
    catalog: Catalog, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    again(cards=two_models())
    before = rows(catalog)
    catalog.decide(before["0.png"]["sha256"], rating=2)
    asked: list[list[str]] = []

    def spy(cards: list[Card]) -> Inspector:
        asked.append([card.name for card in cards])
        return Inspector(cards)

    monkeypatch.setattr(looking, "Inspector", spy)
    assert again(cards=two_models("better")) == {"renewed": 11, "failed": 2}
    assert asked == [["better"]]
    for name, row in rows(catalog).items():
        old = before[name]
        if old["error"] is None:
            for answer in ("selfie", "aesthetics", "embedding"):
                old["model"][answer] = old["model"][answer].replace("selfies", "better")
        assert row == old | {"rating": 2 if name == "0.png" else None}
    assert again(cards=two_models("better")) == {"same": 11, "failed": 2}


def test_codes_are_added_to_rows_that_have_none(catalog: Catalog, again: Again) -> None:
    from photoloupe.crop_search.read_codes import CodedPhoto, read_code

    again()
    before = rows(catalog)
    assert again(crops=True) == {"renewed": 11, "failed": 2}
    for row in rows(catalog).values():
        old = before[Path(row["path"]).name]
        coded = read_code(row["path"])
        if isinstance(coded, CodedPhoto):
            assert row["code"] == coded.code.to_bytes()
        else:
            assert row["code"] is None
        assert {**row, "code": None, "code_version": None} == old
    assert again(crops=True) == again() == {"same": 11, "failed": 2}


# --- stopped and started again -------------------------------------------------------------------

KILLED = """
import os, signal, sys
from photoloupe.catalog.scan import row_writer as writing
from photoloupe.catalog.store import Catalog
from photoloupe.catalog.scan.fate import Fate
from photoloupe.catalog.scan.scan import scan

folder, uri, method, after, when = sys.argv[1:]
writing.BATCH_ROWS, left = 4, [int(after)]

def killing(original):
    def call(self, *arguments):
        left[0] -= 1
        if left[0] == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        original(self, *arguments)
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return call

setattr(Catalog, method, killing(getattr(Catalog, method)))
scan(Catalog(uri, make=True), [folder])
"""


@pytest.mark.parametrize(
    ("method", "after", "when", "left"),
    [
        ("add", 1, "before", 13),  # answers known, nothing written
        ("add", 1, "after", 9),
        ("add", 3, "before", 9),  # (the second is of copies: there are none yet)
        ("change", 4, "after", 5),
        ("compact", 1, "before", 0),
        ("compact", 1, "after", 0),
    ],
)
def test_killed_at_any_moment_it_goes_on_where_it_was(  # noqa: PLR0917
    photos: Path, catalog: Catalog, tmp_path: Path, opened: list[str],
    method: str, after: int, when: str, left: int,
) -> None:  # fmt: skip
    uri = str(tmp_path / "killed")
    arguments = [str(photos), uri, method, str(after), when]
    run = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False)
    assert run.returncode == -9
    killed = Catalog(uri, make=True)
    assert killed.count() == 13 - left
    scan(killed, [str(photos)])
    assert len(opened) == left
    scan(catalog, [str(photos)])
    assert rows(killed) == rows(catalog)


def test_ctrl_c_keeps_what_was_looked_at(catalog: Catalog, photos: Path) -> None:
    def tell(done: int, total: int) -> None:
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(catalog, [str(photos)], jobs=1, tell=tell)
    assert catalog.count() == 6
    assert counts(scan(catalog, [str(photos)])) == {"same": 6, "new": 4, "copied": 1, "failed": 2}


def test_two_scans_at_once_are_refused_and_a_reader_is_not(scanned: Catalog, photos: Path) -> None:
    with catalog_lock(scanned):
        with pytest.raises(CatalogError, match="another scan is using this catalog"):
            scan(Catalog(scanned.uri), [str(photos)])
        assert Catalog(scanned.uri).count() == 13
    assert counts(scan(scanned, [str(photos)])) == {"same": 11, "failed": 2}


def test_a_reader_sees_one_version_while_rows_are_written(
    catalog: Catalog, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BATCH_ROWS", 2)
    seen = []

    def tell(done: int, total: int) -> None:
        seen.append(Catalog(catalog.uri).count())

    scan(catalog, [str(photos)], jobs=1, tell=tell)
    assert seen == sorted(seen)
    assert len(set(seen)) >= 6
    reading = catalog.read("true", ["path"])
    first = next(reading)
    catalog.remove([str(photos / "0.png")])
    assert len(first) + sum(map(len, reading)) == 13


def test_copies_whose_original_vanished_are_looked_at_themselves(
    scanned: Catalog, photos: Path, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0.png becomes a copy of 1.png's old content while 1.png is given another."""
    old = (photos / "1.png").read_bytes()
    (photos / "0.png").write_bytes(old)
    (photos / "1.png").write_bytes(encode(scene(seed=99)))
    monkeypatch.setattr(writing.RowWriter, "_originals", lambda self, contents: {})
    assert again() == {"changed": 2, "same": 9, "failed": 2}
    found = rows(scanned)
    assert found["0.png"]["width"] == 96
    assert found["0.png"]["sha256"] != found["1.png"]["sha256"]


def test_watching_tells_what_is_new(catalog: Catalog, photos: Path) -> None:
    told: list[dict[str, int]] = []
    new = encode(scene(seed=81))
    steps: list[Callable[[], object]] = [
        photos.exists,
        lambda: (photos / "new.png").write_bytes(new),
        (photos / "words.jpg").unlink,
    ]

    def wait(seconds: float) -> None:
        assert seconds >= 2
        if not steps:
            raise KeyboardInterrupt
        steps.pop(0)()

    def watched() -> None:
        for summary in watch(lambda: scan(catalog, [str(photos)]), wait):
            told.append(counts(summary))

    with pytest.raises(KeyboardInterrupt):
        watched()
    assert told == [
        {"new": 10, "copied": 1, "failed": 2},
        {"new": 1, "same": 11, "failed": 2},
        {"gone": 1, "same": 12, "failed": 1},
    ]


def test_words() -> None:
    fates = Counter({Fate.GONE: 1, Fate.NEW: 1200, Fate.FAILED: 3})
    assert ScanSummary(fates, 1.25).in_words() == "1,200 new, 1 gone; 3 failed; 1.2 s"
    assert ScanSummary(Counter({Fate.FAILED: 2})).in_words() == "2 failed; 0.0 s"
    assert ScanSummary().in_words() == "no photos found; 0.0 s"
