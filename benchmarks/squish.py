"""How well `photoloupe inspect` tells squished photos and by how much, next to simpler guesses.

    python benchmarks/squish.py FOLDER [--photos 300] [--copies 3] [--seed 0] [--published]
                                [--net RUN] [--json squish.json]

FOLDER holds untouched photos; squish_copies.py says what is made of them. --published: crops of 1:3
to 3:1 as in the published recipe, whose frames give the answer away; --net: the run folder of
recipes/squish_efficientnet_b4.toml. Everything goes the product's own way, encoded bytes into an
Inspector. Intervals are 95 %, photos resampled.

A found squish is one above the threshold that 2 % of the same run's untouched copies reach; a false
alarm is an untouched copy that the product itself calls squished.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table
from squish_copies import CHANGES, RESAMPLERS, Copy, make_copies

from photoloupe import Inspector
from photoloupe.arrays import Array, Pixels
from photoloupe.figures import figure, share
from photoloupe.media.paths import list_photos
from photoloupe.media.photo import open_photo
from photoloupe.questions.squish import ratios

Figure = dict[str, Any]
BANDS = ((0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95))
ALARMS = 0.02
OURS = "photoloupe"
SHORTCUT_TESTS = ("MAE of |ln ratio|", "right axis", "found", "false alarms")


@dataclass(frozen=True)
class Said:
    """Of every copy: the estimate of t, how likely it is squished in any unit, what it is called.

    called, unsure: None for a method without a threshold of its own.
    """

    t: Array
    score: Array
    called: Array | None = None
    unsure: Array | None = None


Method = Callable[[list[Copy]], Said]


# --- methods -------------------------------------------------------------------------------------


def ours(copies: list[Copy]) -> Said:
    reports = Inspector(only=["squish"]).stream(copy.data for copy in copies)
    answers = [report.squish for report in reports]
    found = [answer for answer in answers if answer is not None]
    assert len(found) == len(copies), "a copy could not be read"
    return Said(
        np.array([np.log(a.width_ratio / a.height_ratio) for a in found]),
        np.array([a.confidence if a.squished else 1 - a.confidence for a in found]),
        np.array([a.squished for a in found]),
        np.array([a.unsure for a in found]),
    )


def one(copies: list[Copy]) -> Said:
    """Always "not squished"; its score is a coin, for a detector must rank by something."""
    return Said(np.zeros(len(copies)), np.random.default_rng(0).random(len(copies)))


def frame(copies: list[Copy]) -> Said:
    """The frame's aspect alone, the slope fitted on the very copies: a generous bar."""
    aspect = np.array([np.log(copy.size_wh[0] / copy.size_wh[1]) for copy in copies])
    truth = np.array([copy.log_ratio for copy in copies])
    t = aspect * float(aspect @ truth) / max(1e-9, float(aspect @ aspect))
    return Said(t, np.abs(aspect))


def size(copies: list[Copy]) -> Said:
    """How small the frame is: squeezing makes it smaller. It cannot say which side."""
    area = np.array([copy.size_wh[0] * copy.size_wh[1] for copy in copies])
    return Said(np.zeros(len(copies)), -area)


def published(folder: Path) -> Method:
    from photoloupe.training.published.squish_padded.net import load_padded_net, log_ratios

    net = load_padded_net(folder)

    def ask(copies: list[Copy]) -> Said:
        t = log_ratios(net.answers([open_photo(copy.data).pixels for copy in copies]))
        return Said(t, np.abs(t))

    return ask


# --- figures -------------------------------------------------------------------------------------


def measure(copies: list[Copy], said: Said, names: Container[str] | None = None) -> list[Figure]:
    """The figures (all, or those of `names`) of one method, but those that no copy bears on."""
    truth, photo = np.array([c.log_ratio for c in copies]), np.array([c.photo for c in copies])
    ratio, touched = np.exp(-np.abs(truth)), truth != 0
    error = np.abs(said.t - truth)
    outputs = np.array([ratios(t) for t in said.t]) - np.array([ratios(t) for t in truth])
    axis, seen = said.t * truth > 0, touched & (ratio < BANDS[-1][1])
    found = said.score > limit(said.score[~touched])
    rows: list[tuple[str, Callable[[Array], float], Array, Array]] = []
    everything = np.ones(len(copies), bool)
    for side, values in (("width", outputs[:, 0]), ("height", outputs[:, 1])):
        rows.append((f"MAE of {side} ratio", share, np.abs(values), everything))
        rows.append((f"RMSE of {side} ratio", _root_mean, values**2, everything))
    rows.append(("MAE of |ln ratio|", share, error, everything))
    rows.append(("right axis", share, axis, seen))
    rows.append(("found", share, found, seen))
    if said.called is not None and said.unsure is not None:
        rows.append(("false alarms", share, said.called, ~touched))
        rows.append(("unsure, of untouched", share, said.unsure, ~touched))
        rows.append(("unsure, of squished", share, said.unsure, seen))
    rows.append(("MAE of |ln ratio|, untouched", share, error, ~touched))
    for low, high in BANDS:
        inside = touched & (ratio >= low) & (ratio < high)
        name = f"{low} to {high}"
        rows.append((f"MAE of |ln ratio|, {name}", share, error, inside))
        rows.append((f"right axis, {name}", share, axis, inside))
        rows.append((f"found, {name}", share, found, inside))
    return [
        figure(name, of, values[chosen].astype(float), groups=photo[chosen])
        for name, of, values, chosen in rows
        if chosen.sum() > 1 and (names is None or name in names)
    ]


def limit(untouched: Array) -> float:
    """The score that at most 2 % of untouched copies are above."""
    return float(np.sort(untouched)[::-1][int(ALARMS * len(untouched))]) if len(untouched) else 0.0


def _root_mean(squares: Array) -> float:
    return float(np.sqrt(squares.mean()))


def parts(copies: list[Copy], said: Said) -> dict[str, list[Figure]]:
    """The same figures by resampler, by format and quality, by size of the file's frame."""
    cuts: dict[str, Array] = {}
    for name in RESAMPLERS:
        cuts[name] = np.array([copy.resampler == name and copy.log_ratio != 0 for copy in copies])
    lossy = [(copy.format, copy.quality or 0) for copy in copies]
    for low, high in ((40, 60), (60, 80), (80, 96)):
        cuts[f"JPEG {low} to {high - 1}"] = np.array(
            [kind == "JPEG" and low <= quality < high for kind, quality in lossy]
        )
    for kind in ("WEBP", "PNG"):
        cuts[kind] = np.array([copy.format == kind for copy in copies])
    area = np.array([copy.size_wh[0] * copy.size_wh[1] for copy in copies])
    edges = np.quantile(area, (0, 1 / 3, 2 / 3, 1))
    for low, high in pairwise(edges):
        name = f"{low**0.5:.0f} to {high**0.5:.0f} px square"
        cuts[name] = (area >= low) & ((area < high) | (high == edges[-1]))
    truth = np.array([copy.log_ratio for copy in copies])
    bar = limit(said.score[truth == 0])
    return {name: _part(copies, said, inside, bar) for name, inside in cuts.items()}


def _part(copies: list[Copy], said: Said, inside: Array, bar: float) -> list[Figure]:
    """Found is above the bar of all copies, so parts can be compared."""
    truth, photo = np.array([c.log_ratio for c in copies]), np.array([c.photo for c in copies])
    seen = inside & (truth != 0) & (np.abs(truth) > -np.log(BANDS[-1][1]))
    untouched = inside & (truth == 0)
    rows = [
        ("MAE of |ln ratio|", np.abs(said.t - truth), inside),
        ("right axis", said.t * truth > 0, seen),
        ("found", said.score > bar, seen),
    ]
    if said.called is not None:
        rows.append(("false alarms", said.called, untouched))
    return [
        figure(name, share, values[chosen].astype(float), groups=photo[chosen])
        for name, values, chosen in rows
        if chosen.sum() > 1
    ]


# --- tables --------------------------------------------------------------------------------------


def table(title: str, columns: dict[str, list[Figure]], names: Iterable[str]) -> Table:
    """A row a figure, a column a method."""
    made = Table("", *columns, title=title, title_justify="left")
    cells = {column: in_cells(figures) for column, figures in columns.items()}
    for name in names:
        made.add_row(name, *(cells[column].get(name, "-") for column in columns))
    return made


def part_table(parts: dict[str, list[Figure]]) -> Table:
    """A row a part, a column a figure."""
    names = list(dict.fromkeys(f["name"] for figures in parts.values() for f in figures))
    made = Table("", *names, title=f"{OURS}, by how a copy was made", title_justify="left")
    for part, figures in parts.items():
        cells = in_cells(figures)
        made.add_row(part, *(cells.get(name, "-") for name in names))
    return made


def in_cells(figures: list[Figure]) -> dict[str, str]:
    return {f["name"]: f"{f['value']:.3f} ({f['low']:.3f} to {f['high']:.3f})" for f in figures}


def load(folder: str, most: int, seed: int) -> list[Pixels]:
    names = list(list_photos([folder]))
    chosen = np.random.default_rng(seed).permutation(len(names))[:most]
    return [open_photo(names[i], min_pixels=1000 * 750).pixels for i in sorted(chosen)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder")
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--published", action="store_true")
    parser.add_argument("--net", type=Path)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    photos = load(args.folder, args.photos, args.seed)
    if not photos:
        parser.error(f"{args.folder}: no photo is in it")
    methods: dict[str, Method] = {OURS: ours}
    if args.net:
        methods["published net"] = published(args.net)

    def make(change: Any = None) -> list[Copy]:
        return list(make_copies(photos, args.copies, args.seed, change, published=args.published))

    copies = make()
    said = {name: ask(copies) for name, ask in methods.items()}
    rivals = {"always 1": one(copies), "frame alone": frame(copies), "size alone": size(copies)}
    plain = {name: measure(copies, answers) for name, answers in {**said, **rivals}.items()}
    by_part = parts(copies, said[OURS])
    changed: dict[str, list[Figure]] = {}
    for change, apply in CHANGES.items():
        altered = make(apply)
        for name, ask in methods.items():
            changed[f"{name}, {change}"] = measure(altered, ask(altered), SHORTCUT_TESTS)
    console = Console(width=200)
    names = [f["name"] for f in plain[OURS]]
    console.print(table(f"{len(photos)} photos, {len(copies)} copies", plain, names))
    console.print(part_table(by_part))
    console.print(table("shortcut tests", changed, SHORTCUT_TESTS))
    if args.json:
        results = {"plain": plain, "parts": by_part, "changed": changed}
        args.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
