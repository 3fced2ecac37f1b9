"""The numbers and orders that a catalog stands on, each by itself: no model, no photo."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from photoloupe.catalog.scan.change_finder import ChangeFinder
from photoloupe.catalog.scan.fate import Fate, Fates
from photoloupe.catalog.scan.file_queue import QueuedFile
from photoloupe.catalog.scan.read_file import ReadFile
from photoloupe.catalog.scan.row_index import (
    CODE,
    AnsweredContents,
    RowIndex,
    Target,
    content_key,
    key_of,
)
from photoloupe.catalog.scan.row_writer import BATCH_ROWS, BATCH_SECONDS, RowWriter
from photoloupe.catalog.scan.scan import settle_missing, watch
from photoloupe.catalog.scan.summary import ScanSummary
from photoloupe.catalog.schema import utc_now
from photoloupe.catalog.sidecars.sidecar_paths import SidecarPaths, moved_sidecar
from photoloupe.catalog.sidecars.stars import Stars
from photoloupe.catalog.store import Catalog
from photoloupe.errors import PhotoError
from tests.conftest import shipped

SHA = {letter: letter * 64 for letter in "abcdef"}


def row(path: str, content: str = "a", **values: Any) -> dict[str, Any]:
    times = {"added_at": utc_now(), "answered_at": utc_now()}
    return {"path": path, "sha256": SHA[content], "file_bytes": 1, "mtime_ns": 2, **times, **values}


def file(**values: Any) -> QueuedFile:
    given = {"path": "/x", "file_bytes": 1, "mtime_ns": 2, "has_row": True, "todo": 0}
    return QueuedFile(**{**given, "content": content_key(SHA["a"]), "gone": False, **values})


# --- fates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "fate"),
    [
        (ReadFile(file(has_row=False, content=0), SHA["a"], 1), Fate.NEW),
        (ReadFile(file(has_row=False, content=0), SHA["a"], is_copy=True), Fate.COPIED),
        (ReadFile(file(has_row=False, content=0), SHA["b"], is_copy=True), Fate.MOVED),
        (ReadFile(file(), SHA["b"], 1), Fate.CHANGED),
        (ReadFile(file(), SHA["a"], 1), Fate.RENEWED),
        (ReadFile(file(), SHA["a"], is_copy=True), Fate.RENEWED),
        (ReadFile(file(), SHA["a"]), Fate.SAME),
        (ReadFile(file(gone=True), SHA["a"]), Fate.RETURNED),
        (ReadFile(file(), None, 1, error=PhotoError("empty", "/x", "empty")), Fate.FAILED),
    ],
)
def test_a_file_has_one_fate(read: ReadFile, fate: Fate) -> None:
    assert Fates(Counter({content_key(SHA["b"]): 1})).of_read(read) is fate


def test_each_missing_file_explains_one_move() -> None:
    fates = Fates(Counter({content_key(SHA["a"]): 2}))
    arrival = ReadFile(file(has_row=False, content=0), SHA["a"], is_copy=True)
    assert [fates.of_read(arrival) for _ in range(3)] == [Fate.MOVED, Fate.MOVED, Fate.COPIED]
    missing = [fates.of_missing(SHA[content]) for content in "aaab"]
    assert missing == [Fate.MOVED, Fate.MOVED, Fate.GONE, Fate.GONE]


def test_a_missing_row_stays_unless_a_present_file_has_its_content(catalog: Catalog) -> None:
    """/b's content is alive; /c's is only in another missing row, and in one that is gone."""
    gone = {"gone_at": utc_now()}
    catalog.add([row("/a", "a"), row("/b", "a"), row("/c", "c"), row("/c2", "c")])
    catalog.add([row("/gone", "c", **gone)])
    summary = ScanSummary()
    settle_missing(catalog, [["/b", "/c", "/c2"]], Fates(), summary)
    left = {found["path"]: found["gone_at"] is not None for found in catalog.rows("true")}
    assert left == {"/a": False, "/c": True, "/c2": True, "/gone": True}
    assert summary.fates == {Fate.GONE: 3}


def test_copies_take_the_latest_answer_and_the_latest_decision(catalog: Catalog) -> None:
    early, late = utc_now(), utc_now()
    assert early < late
    catalog.add(
        [
            row("/1", width=1, answered_at=early, rating=5, decided_at=late),
            row("/2", width=2, answered_at=late, rating=1, decided_at=early),
            row("/3", width=3, answered_at=early),
        ]
    )
    writer = RowWriter(catalog, Target([]), ScanSummary())
    copy = file(path="/4", has_row=False, content=0)
    writer.keep_copy(ReadFile(copy, SHA["a"], is_copy=True))
    writer.flush()
    (found,) = catalog.rows_with("path", ["/4"])
    assert (found["width"], found["rating"]) == (2, 5)
    assert writer.summary.fates == {Fate.COPIED: 1}


# --- what has changed ----------------------------------------------------------------------------


class Listed:
    """A `FileSource` of made-up files."""

    def __init__(self, *files: tuple[str, int, int]) -> None:
        self.roots, self.closed, self.missing = ["/"], list[str](), list[str]()
        self.failures, self._files = list[PhotoError](), files

    def files(self) -> Any:
        return iter(self._files)


def test_size_and_time_tell_a_changed_file(catalog: Catalog) -> None:
    catalog.add([row(f"/{name}") for name in ("same", "size", "time", "missing")])
    summary = ScanSummary()
    changes = ChangeFinder(catalog, RowIndex(catalog, Target([])), 1, summary)
    listed = Listed(("/same", 1, 2), ("/size", 7, 2), ("/time", 1, 7), ("/new", 1, 2))
    with changes.walk(listed) as queue:
        assert [item.path for item in queue] == ["/size", "/time", "/new"]
        assert [item.has_row for item in queue] == [True, True, False]
    assert summary.fates[Fate.SAME] == 1
    assert list(changes.missing()) == [["/missing"]]
    assert changes.missing_contents() == {content_key(SHA["a"]): 1}


def test_keys_are_64_bits_of_a_digest() -> None:
    assert content_key("0123456789abcdef" + "f" * 48) == 0x0123456789ABCDEF
    assert content_key(None) == 0
    keys = {key_of(f"/photos/{number}.jpg") for number in range(100)}
    assert len(keys) == 100
    assert max(keys).bit_length() == 64
    contents = AnsweredContents(np.array([content_key(SHA["a"]), content_key(SHA["c"])], np.uint64))
    assert [SHA[letter] in contents for letter in "abcd"] == [True, False, True, False]
    assert [contents.claim(SHA[letter]) for letter in "bba"] == [True, False, False]


def test_todo_has_a_bit_a_model_and_one_for_the_code() -> None:
    cards = [shipped("squish")]
    assert Target(cards).everything == 1
    assert Target(cards, "code@1").everything == 1 | CODE
    assert Target([cards[0]] * 7).everything < CODE


def test_rows_are_written_often_enough(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most 512 rows or 10 seconds of work are ever done twice."""
    assert (BATCH_ROWS, BATCH_SECONDS) == (512, 10)
    writer = RowWriter(catalog, Target([]), ScanSummary())
    assert not writer.is_due(511)
    assert writer.is_due(1)
    writer.flush()
    assert not writer.is_due(1)
    now = writer._flushed
    monkeypatch.setattr("photoloupe.catalog.scan.row_writer.time.monotonic", lambda: now + 10.1)
    assert writer.is_due(0)


def test_a_watch_rests_nine_times_as_long_as_it_scans() -> None:
    rests: list[float] = []

    def wait(seconds: float) -> None:
        rests.append(seconds)

    seconds = iter([0.01, 3.0, 3.0])
    scans = watch(lambda: ScanSummary(Counter({Fate.NEW: 1}), next(seconds)), wait)
    for _ in range(3):
        next(scans)
    assert rests == [2, 27]


# --- stars and sidecars --------------------------------------------------------------------------


def stars_of(catalog: Catalog, *scores: float) -> Stars:
    aesthetics = [{"score": score, "std": 1.0, "distribution": [0.1] * 10} for score in scores]
    catalog.add(
        [
            row(f"/{number}", aesthetics=answer) | {"sha256": f"{number:016x}" * 4}
            for number, answer in enumerate(aesthetics, 1)
        ]
    )
    return Stars(catalog)


def test_default_bands_give_ten_photos_of_100_five_stars(catalog: Catalog) -> None:
    stars = stars_of(catalog, *range(100))
    given = [stars.of_score(score) for score in range(100)]
    assert [given.count(star) for star in (1, 2, 3, 4, 5)] == [10, 25, 30, 25, 10]
    assert given == sorted(given)


def test_a_score_on_the_edge_of_a_band_is_above_it(catalog: Catalog) -> None:
    """Of five photos the middles lie at 10, 30, 50, 70 and 90 percent."""
    stars = stars_of(catalog, *range(5))
    assert [stars.of_score(score) for score in range(5)] == [2, 2, 3, 4, 5]


def test_equal_scores_share_the_middle(catalog: Catalog) -> None:
    assert stars_of(catalog, 4, 4, 4, 4).of_score(4) == 3


def test_a_sidecar_keeps_its_naming_when_its_photo_moves() -> None:
    assert moved_sidecar("/a/p.jpg", "/a/p.jpg.xmp", "/b/q.jpg") == "/b/q.jpg.xmp"
    assert moved_sidecar("/a/p.jpg", "/a/p.XMP", "/b/q.jpg") == "/b/q.XMP"


def test_sidecars_of_a_shared_stem_belong_to_nobody(tmp_path: Path) -> None:
    for name in ("p.jpg", "p.cr2", "p.xmp", "p.jpg.xmp", "q.jpg", "q.XMP"):
        (tmp_path / name).touch()
    paths = SidecarPaths()
    found = {n: paths.sidecars(str(tmp_path / n)) for n in ("p.jpg", "p.cr2", "q.jpg")}
    names = {photo: [Path(path).name for path in those] for photo, those in found.items()}
    assert names == {"p.jpg": ["p.jpg.xmp"], "p.cr2": [], "q.jpg": ["q.XMP"]}
