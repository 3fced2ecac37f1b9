"""Every layout of ratings, worked out by hand; and every way to get one wrong."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from photoloupe.errors import LabelError
from photoloupe.uses.ratings import Rated, read_labels, read_rating

COUNTS = ",".join(f"count_{k}" for k in range(1, 11))


def read(folder: Path, text: str) -> list[Rated]:
    file = folder / "labels.csv"
    file.write_text(text, encoding="utf-8")
    return list(read_labels(file))


def test_scores_and_their_spread(tmp_path: Path) -> None:
    first, second = read(tmp_path, "path,score,std,theme\na/b.jpg,7.25,1.5,sea\n\nc.jpg,1,,sky\n")
    assert (first.path, first.rating.mean, first.rating.std) == ("a/b.jpg", 7.25, 1.5)
    assert (second.path, second.rating.mean, second.rating.std) == ("c.jpg", 1, None)
    assert first.rating.shares is None
    assert second.columns["theme"] == "sky"


def test_counts_give_mean_spread_and_shares(tmp_path: Path) -> None:
    """Two of four raters give 5, one 6, one 8: the mean is 6, the variance (1 + 1 + 0 + 4) / 4."""
    (photo,) = read(tmp_path, f"path,{COUNTS}\nx.jpg,0,0,0,0,2,1,0,1,0,0\n")
    assert photo.rating.mean == 6
    assert photo.rating.std == pytest.approx(np.sqrt(1.5))
    assert photo.rating.shares == (0, 0, 0, 0, 0.5, 0.25, 0, 0.25, 0, 0)


def test_ava_as_it_is_published(tmp_path: Path) -> None:
    lines = (
        "1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396",
        "2 953958 10 7 15 26 26 21 10 8 1 2 15 21 9",
    )
    first, second = read(tmp_path, "\n".join(lines))
    assert (first.path, second.path) == ("953619.jpg", "953958.jpg")
    counts = np.array([0, 1, 5, 17, 38, 36, 15, 6, 5, 1])
    assert first.rating.mean == pytest.approx(counts @ np.arange(1, 11) / 124)
    assert first.rating.shares == pytest.approx(counts / 124)
    assert first.columns["challenge"] == "1396"


def test_oasis_from_1_to_7(tmp_path: Path) -> None:
    text = "\ufefffile,split,beauty_mean_1_7,beauty_sd\n"  # spreadsheets write that mark
    top, low = read(tmp_path, text + '"a, b.jpg",val,7,1\nc.jpg,train,1.00,2\n')
    assert (top.path, top.rating.mean, top.rating.std) == ("a, b.jpg", 10, 1.5)
    assert (low.rating.mean, low.rating.std, low.columns["split"]) == (1, 3, "train")
    assert read_rating({"mean_1_7": "4", "sd": "1"}).mean == 5.5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no rating"),
        ("path,score\n", "holds no rating"),
        ("path,score\na.jpg,11\n", r"csv, line 2: score is 11, not a number from 1 to 10"),
        ("path,score\na.jpg,5\nb.jpg,\n", r"line 3: score is empty, not"),
        ("path,score\na.jpg,nan\n", "score is nan"),
        ("path,score\na.jpg,5,6\n", "3 values for 2 columns"),
        ("path,score\n,5\n", "no path"),
        ("name,score\na.jpg,5\n", "no column path or file"),
        ("path,stars\na.jpg,5\n", "no column score, mean_1_7, or count_1 to count_10"),
        ("path,mean_1_7,sd\na.jpg,7.5,1\n", "mean_1_7 is 7.5, not a number from 1 to 7"),
        (f"path,{COUNTS}\na.jpg,{','.join('0' * 10)}\n", "are all 0"),
        (
            f"path,{COUNTS}\na.jpg,-1,{','.join('1' * 9)}\n",
            "count_1 is -1, not a number at least 0",
        ),
        (
            "1 5 0 1 5 17 38 36 15 6 5 1 1 22 1396\n2 6 0 1\n",
            "line 2: 4 values for 15 columns",
        ),
        ("path,score\n" + "a" * 100_001, "a line has over 100000 characters"),
    ],
)
def test_a_mistake_names_its_line_and_the_limit(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(LabelError, match=words):
        read(tmp_path, text)


def test_what_is_no_table_is_told(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)))
    for name in ("photo.jpg", "none.csv", "."):
        with pytest.raises(LabelError, match="not a readable table of ratings"):
            list(read_labels(tmp_path / name))


def test_a_long_table_takes_no_more_memory(tmp_path: Path) -> None:
    file = tmp_path / "AVA.txt"
    line = "{0} {0} 0 1 5 17 38 36 15 6 5 1 1 22 1396\n"
    file.write_text("".join(line.format(k) for k in range(20_000)))
    tracemalloc.start()
    assert sum(1 for _ in read_labels(file)) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000
