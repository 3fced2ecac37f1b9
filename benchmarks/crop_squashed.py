"""Is a crop still to be found once its photo is squashed to a small square, for a net?

    python benchmarks/crop_squashed.py FOLDER [--photos 100] [--seed 0] [--sides .2 .95] [--json F]

The photo is squashed to side x side and the crop shrunk by the same two factors, so both lose what
the square loses and nothing else. Then `photoloupe.compare` is asked. Pairs are made as the
recipe of that net makes them: any aspect ratio, sides of 20 to 95 %, JPEG on both sides.
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from photoloupe import compare
from photoloupe.arrays import Pixels
from photoloupe.media.paths import list_photos
from photoloupe.media.photo import open_photo
from photoloupe.training.published.crop_pairs.data import SamplePair, make_pair
from photoloupe.training.published.crop_pairs.recipe import MadePairs

SIDES = (128, 224, None)  # None: the photo as it is
AREAS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)
CROPS = [f"crops of at most {most:.0%}" for most in AREAS]
KINDS = ("crop", "crop", "crop", "crop", "other", "mirrored_crop")


def shrink(pixels: Pixels, photo: Pixels, side: int | None) -> bytes:
    """`pixels` resized by what it takes to squash `photo` to a square, as PNG."""
    image, file = Image.fromarray(np.ascontiguousarray(pixels)), io.BytesIO()
    if side is not None:
        factors = side / photo.shape[1], side / photo.shape[0]
        width, height = (round(s * f) for s, f in zip(image.size, factors, strict=True))
        image = image.resize((max(8, width), max(8, height)), Image.Resampling.BILINEAR)
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def kind_of(kind: str, pair: SamplePair) -> str:
    if pair.box is None:
        return f"{kind}: called a crop"
    area = pair.box.area / pair.photo[..., 0].size
    return CROPS[next(i for i, most in enumerate(AREAS) if area <= most)]


def measure(photos: list[Pixels], made: MadePairs, seed: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for index, photo in enumerate(photos):
        for number, kind in enumerate(KINDS):
            rng = np.random.default_rng([seed, index, number])
            other = photos[(index + 1) % len(photos)]
            pair = make_pair(kind, photo, other, made, rng)
            for side in SIDES:
                files = (shrink(p, pair.photo, side) for p in (pair.crop, pair.photo))
                found = bool(compare(*files))
                rows.append({"kind": kind_of(kind, pair), "side": side, "found": found})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder")
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sides", type=float, nargs=2, default=(0.2, 0.95))
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    names = list(list_photos([args.folder]))
    chosen = np.random.default_rng(args.seed).permutation(len(names))[: args.photos]
    made = MadePairs(batch=1, least_side=args.sides[0], most_side=args.sides[1])
    rows = measure([open_photo(names[i]).pixels for i in sorted(chosen)], made, args.seed)
    table = Table("pairs", "n", *(f"{side} px" if side else "as it is" for side in SIDES))
    seen = {str(row["kind"]) for row in rows}
    for kind in [*(c for c in CROPS if c in seen), *sorted(seen - set(CROPS))]:
        found = [
            [bool(row["found"]) for row in rows if (row["kind"], row["side"]) == (kind, side)]
            for side in SIDES
        ]
        table.add_row(kind, str(len(found[0])), *(f"{np.mean(part):.3f}" for part in found))
    Console().print(table)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
