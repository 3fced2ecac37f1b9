"""Recall, false alarms and corner error of `photoloupe.compare`, on pairs made from any photos.

    python benchmarks/crop.py FOLDER [--photos 100] [--seed 0] [--json crop.json]

Positives: crops of 5 to 80 % of the area, rescaled 0.5 or 1, JPEG quality 30, 60 or 90. Hard
negatives: mirrored crops, crops of two regions of one photo that do not touch, and other photos
(the next in the folder, which in burst-sorted folders is the most alike).
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from photoloupe.crops.pair import compare_sides, make_side
from photoloupe.paths import list_photos
from photoloupe.photo import open_photo
from photoloupe.views import Pixels

AREAS, QUALITIES, SCALES = (0.05, 0.1, 0.2, 0.4, 0.8), (30, 60, 90), (0.5, 1.0)


@dataclass(frozen=True)
class Pair:
    kind: str
    crop: bytes
    source: bytes
    box: tuple[int, int, int, int] | None  # None: not a crop of the source


def save(pixels: Pixels, quality: int = 95, scale: float = 1.0) -> bytes:
    image, file = Image.fromarray(pixels), io.BytesIO()
    if scale != 1:
        size = [max(1, round(side * scale)) for side in image.size]
        image = image.resize((size[0], size[1]), Image.Resampling.LANCZOS)
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def draw_box(
    width: int, height: int, area: float, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """A box of that part of the frame, between half and twice as long as the frame is."""
    stretch = np.exp(rng.uniform(-0.7, 0.7)) ** 0.5
    w = min(width, round(width * area**0.5 * stretch))
    h = min(height, round(width * height * area / w))
    x, y = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
    return x, y, x + w, y + h


def cut(photo: Pixels, box: tuple[int, int, int, int]) -> Pixels:
    x0, y0, x1, y1 = box
    return photo[y0:y1, x0:x1]


def make_pairs(photos: list[Pixels], seed: int) -> Iterator[Pair]:
    for index, photo in enumerate(photos):
        rng = np.random.default_rng([seed, index])
        height, width = photo.shape[:2]
        whole = save(photo)
        for area in AREAS:
            quality, scale = int(rng.choice(QUALITIES)), float(rng.choice(SCALES))
            box = draw_box(width, height, area, rng)
            yield Pair(f"{area:.0%}", save(cut(photo, box), quality, scale), whole, box)
        box = draw_box(width, height, 0.3, rng)
        yield Pair("mirrored", save(cut(photo, box)[:, ::-1], 90), whole, None)
        left, right = photo[:, : width // 2 - 4], photo[:, width // 2 + 4 :]
        yield Pair("beside", save(cut(left, draw_box(width // 2 - 4, height, 0.4, rng)), 90),
                   save(right), None)  # fmt: skip
        other = photos[(index + 1) % len(photos)]
        box = draw_box(other.shape[1], other.shape[0], 0.4, rng)
        yield Pair("other", save(cut(other, box), 90), whole, None)


def measure(pair: Pair) -> dict[str, float | str | None]:
    started = time.perf_counter()
    found = compare_sides(make_side(pair.crop), make_side(pair.source))
    row: dict[str, float | str | None] = {
        "kind": pair.kind, "ms": 1000 * (time.perf_counter() - started),
        "score": found.confidence if found else 0.0, "corner_error": None,
    }  # fmt: skip
    if found and pair.box:
        row["corner_error"] = max(abs(found.box.x0 - pair.box[0]), abs(found.box.y0 - pair.box[1]))
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder")
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    names = list(list_photos([args.folder]))
    chosen = np.random.default_rng(args.seed).permutation(len(names))[: args.photos]
    photos = [open_photo(names[i], min_pixels=1600 * 1200).pixels for i in sorted(chosen)]
    rows = [measure(pair) for pair in make_pairs(photos, args.seed)]
    table = Table("kind", "pairs", "called crops", "corner error p50 / p95 px", "ms p50")
    for kind in dict.fromkeys(row["kind"] for row in rows):
        part = [row for row in rows if row["kind"] == kind]
        called = sum(bool(row["score"]) for row in part)
        errors = [float(row["corner_error"]) for row in part if row["corner_error"] is not None]
        corner = "{:.2f} / {:.2f}".format(*np.quantile(errors, [0.5, 0.95])) if errors else "-"
        speed = float(np.median([float(row["ms"] or 0) for row in part]))
        table.add_row(
            str(kind), str(len(part)), f"{called / len(part):.3f}", corner, f"{speed:.0f}"
        )
    Console().print(table)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
