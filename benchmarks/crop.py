"""Recall, false alarms, corner error and time of `photoloupe.compare`, and of the usual rivals.

    python benchmarks/crop.py FOLDER [--photos 100] [--seed 0] [--scenes FOLDER] [--rivals]
                              [--net RUN] [--json crop.json]

Pairs are made from the photos in FOLDER (crop_pairs.py says which). --scenes names a folder of
folders, each with several photos of one scene, whose pairs are further hard negatives; --net the
run folder of recipes/crop_resnet_pair.toml, to ask the published net, too. All runs on one core,
and times are of that core. A rival's threshold is set just above its best hard negative of the run.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from crop_pairs import Pair, make_pairs, make_scene_pairs
from crop_rivals import RIVALS, Rival
from rich.console import Console
from rich.table import Table

from photoloupe.arrays import Pixels
from photoloupe.crops.compare import compare_pictures
from photoloupe.crops.picture import make_picture
from photoloupe.figures import wilson
from photoloupe.media.paths import list_photos
from photoloupe.media.photo import open_photo

Row = dict[str, Any]
OURS = "photoloupe"


def load(folder: str, most: int, seed: int) -> list[Pixels]:
    names = list(list_photos([folder]))
    chosen = np.random.default_rng(seed).permutation(len(names))[:most]
    return [open_photo(names[i], min_pixels=1600 * 1200).pixels for i in sorted(chosen)]


def load_scenes(folder: Path | None) -> list[list[Pixels]]:
    folders = sorted(folder.iterdir()) if folder else []
    return [[open_photo(name).pixels for name in list_photos([str(path)])] for path in folders]


def ours(pair: Pair) -> Row:
    clock = [time.process_time()]
    sides = []
    for name, data in (("crop", pair.crop), ("source", pair.source)):
        sides.append(replace(make_picture(data), name=name))
        clock.append(time.process_time())
    found = compare_pictures(*sides)
    clock.append(time.process_time())
    box = (found.box if found.source == "source" else found.crop_box) if found is not None else None
    return {
        "score": found.confidence if found is not None else 0.0, "box": box.xyxy if box else None,
        "verdict": found.verdict if found is not None else "no",
        "ms": 1000 * (clock[3] - clock[0]), "warm_ms": 1000 * (clock[3] - clock[2]),
    }  # fmt: skip


def theirs(rival: Rival) -> Callable[[Pair], Row]:
    def run(pair: Pair) -> Row:
        started = time.process_time()
        kept = [rival.make(decode(data)) for data in (pair.crop, pair.source)]
        made = time.process_time()
        score, box = rival.match(*kept)
        ended = time.process_time()
        return {"score": score, "box": box, "verdict": "",
                "ms": 1000 * (ended - started), "warm_ms": 1000 * (ended - made)}  # fmt: skip

    return run


def published(folder: Path) -> Callable[[Pair], Row]:
    from photoloupe.training.published.crop_pairs.net import load_pair_net

    net = load_pair_net(folder)

    def run(pair: Pair) -> Row:
        started = time.process_time()
        score, _, _ = net(open_photo(pair.crop).pixels, open_photo(pair.source).pixels)
        ms = 1000 * (time.process_time() - started)
        return {"score": score, "box": None, "verdict": "", "ms": ms, "warm_ms": ms}

    return run


def decode(data: bytes) -> Pixels:
    grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(grey, np.uint8)


def measure(pairs: Iterable[Pair], methods: dict[str, Callable[[Pair], Row]]) -> list[Row]:
    rows = []
    for number, pair in enumerate(pairs):
        for name, run in methods.items():
            row = {"pair": number, "kind": pair.kind, "method": name, **run(pair)}
            row["truth"] = pair.box
            row["expected"] = sorted(pair.verdicts)
            row["corner_error"] = corner_error(row["box"], pair.box)
            rows.append(row)
    return rows


def corner_error(box: Any, truth: Any) -> float | None:
    """The largest error of the four sides, in source pixels."""
    if box is None or truth is None:
        return None
    return float(np.abs(np.subtract(box, truth)).max())


# --- tables --------------------------------------------------------------------------------------

CROPS = {"exact", "rescaled", "crop", "edited", "ambiguous"}


def right(row: Row) -> bool:
    """Is the verdict one of those expected? Of an ordinary crop: any kind of crop."""
    if row["expected"]:
        return row["verdict"] in row["expected"]
    return (row["verdict"] in CROPS) == (row["truth"] is not None)


def verdict_table(rows: list[Row]) -> Table:
    table = Table("pairs", "n", "right (95 % interval)", "called crops", "cannot tell",
                  "corner error p50 / p95 px", "ms cold p50 / p95", "ms warm p50")  # fmt: skip
    for kind in dict.fromkeys(row["kind"] for row in rows):
        part = [row for row in rows if row["kind"] == kind]
        good, n = sum(map(right, part)), len(part)
        errors = [
            row["corner_error"] for row in part if right(row) and row["corner_error"] is not None
        ]
        low, high = wilson(good, n)
        table.add_row(
            kind, str(n), f"{good / n:.3f} ({low:.3f} to {high:.3f})",
            str(sum(row["verdict"] in CROPS for row in part)),
            str(sum(row["verdict"] == "unknown" for row in part)),
            quantiles(errors, (0.5, 0.95), 2), quantiles([r["ms"] for r in part], (0.5, 0.95), 0),
            quantiles([r["warm_ms"] for r in part], (0.5,), 0),
        )  # fmt: skip
    return table


def quantiles(values: list[float], at: tuple[float, ...], digits: int) -> str:
    return " / ".join(f"{q:.{digits}f}" for q in np.quantile(values, at)) if values else "-"


def rival_table(rows: list[Row]) -> Table:
    """Every method on the plain crops, its threshold just above its best hard negative."""
    table = Table("method", "recall, no false alarm", "5 % crops", "2 % crops",
                  "corner error p50 / p95 px", "ms cold", "ms warm")  # fmt: skip
    for name in dict.fromkeys(row["method"] for row in rows):
        mine = [row for row in rows if row["method"] == name]
        # To a homography a second shot is no mistake, so it is left out here, for all alike.
        negatives = [row for row in mine if row["truth"] is None and row["kind"] != "second shot"]
        if name == OURS:  # its own threshold, chosen beforehand
            limit = 0.0 if not any(row["verdict"] in CROPS for row in negatives) else 1.0
            called = [row for row in mine if row["verdict"] in CROPS and row["score"] > limit]
        else:
            limit = max((row["score"] for row in negatives), default=0.0)
            called = [row for row in mine if row["score"] > limit]
        found = {row["pair"] for row in called}
        plain = [row for row in mine if row["kind"].startswith("crop ")]
        errors = [row["corner_error"] for row in plain
                  if row["pair"] in found and row["corner_error"] is not None]  # fmt: skip

        def recall(kind: str, plain: list[Row] = plain, found: set[int] = found) -> str:
            part = [row["pair"] in found for row in plain if row["kind"].startswith(kind)]
            return f"{np.mean(part):.3f}" if part else "-"

        table.add_row(
            name, recall("crop"), recall("crop 5%"), recall("crop 2%"),
            quantiles(errors, (0.5, 0.95), 2), quantiles([r["ms"] for r in mine], (0.5,), 0),
            quantiles([r["warm_ms"] for r in mine], (0.5,), 0),
        )  # fmt: skip
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder")
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scenes", type=Path)
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--net", type=Path)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    photos, scenes = load(args.folder, args.photos, args.seed), load_scenes(args.scenes)
    pairs = chain(make_pairs(photos, args.seed), make_scene_pairs(scenes, args.seed))
    methods: dict[str, Callable[[Pair], Row]] = {OURS: ours}
    if args.rivals:
        methods.update({name: theirs(rival) for name, rival in RIVALS.items()})
    if args.net:
        methods["published net"] = published(args.net)
    rows = measure(pairs, methods)
    console = Console(width=160)
    console.print(verdict_table([row for row in rows if row["method"] == OURS]))
    console.print(rival_table(rows))
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
