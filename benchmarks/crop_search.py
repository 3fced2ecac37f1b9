"""Recall, precision, bytes and time of the crop search, on crops planted in a collection.

    python benchmarks/crop_search.py FOLDER... [--planted 2000] [--seed 0] [--json out.json]

Every source gets one crop: 5 to 80 % of its area (log-uniform), rescaled by 0.5 to 1, saved as JPEG
at quality 30 to 90. `--photos` takes a sample of the photos. `--fill N` makes a collection of N
photos out of fewer: each photo that is no source is replaced by its left and its right part, which
do not touch. Everything is drawn from the seed. One thread, unless `--jobs` says otherwise; times
are the processor's, so that other work on the machine does not count.

A relation that was not planted may be true: folders hold near-duplicates. Those that follow from a
planted crop of a photo that is there twice are counted apart; the rest is listed in the JSON, for a
person to look at.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import faiss
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from photoloupe.crop_search.cache import CropCache
from photoloupe.crop_search.index import CropIndex
from photoloupe.crop_search.photo_code import MOST_ROWS, ROW, PhotoCode, make_code
from photoloupe.crop_search.read_codes import CodedPhoto, each_once, read_code
from photoloupe.crop_search.search import (
    PhotoPair,
    confirm_photo_pair,
    find_crops,
    propose_pairs,
    worth_confirming,
)
from photoloupe.crops.compare import LEAST_SIDE
from photoloupe.crops.picture import LONG_SIDE, make_picture
from photoloupe.errors import PhotoError
from photoloupe.figures import wilson
from photoloupe.media.paths import list_photos
from photoloupe.media.photo import open_photo

BANDS = ((0.05, 0.1), (0.1, 0.25), (0.25, 0.5), (0.5, 0.81), (0.25, 0.81), (0.05, 0.81))
SIZES = (64, 128, 320, 512)  # rows a photo
QUERIES = 300  # planted crops whose search is timed


@dataclass(frozen=True)
class Planted:
    crop: str
    source: str
    area: float
    scale: float
    quality: int
    box: tuple[int, int, int, int]
    crop_wh: tuple[int, int]


def plant(source: str, path: Path, rng: np.random.Generator) -> Planted:
    """Cut a crop out of the source and save it."""
    pixels = open_photo(source).pixels
    height, width = pixels.shape[:2]
    area = float(np.exp(rng.uniform(np.log(0.05), np.log(0.8))))
    stretch = float(np.exp(rng.uniform(-0.35, 0.35)))
    w = min(width, round(width * area**0.5 * stretch))
    h = min(height, round(width * height * area / w))
    x, y = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
    scale, quality = float(rng.uniform(0.5, 1)), int(rng.integers(30, 91))
    crop_wh = max(1, round(w * scale)), max(1, round(h * scale))
    image = Image.fromarray(pixels[y : y + h, x : x + w])
    image.resize(crop_wh, Image.Resampling.LANCZOS).save(path, "JPEG", quality=quality)
    return Planted(str(path), source, area, scale, quality, (x, y, x + w, y + h), crop_wh)


def save_parts(source: str, folder: Path, number: int) -> list[str]:
    """Left and right part of a photo, 8 px apart."""
    pixels = open_photo(source).pixels
    middle = pixels.shape[1] // 2
    paths = []
    for side, part in (("l", pixels[:, : middle - 4]), ("r", pixels[:, middle + 4 :])):
        path = folder / f"part{number:05d}{side}.jpg"
        Image.fromarray(part).save(path, "JPEG", quality=92)
        paths.append(str(path))
    return paths


def make_collection(args: argparse.Namespace, folder: Path) -> tuple[list[str], list[Planted]]:
    """File names of the collection, crops last, and what was planted."""
    rng = np.random.default_rng(args.seed)
    names = [name for name in list_photos(args.folders) if _usable(name)]
    names = [names[i] for i in rng.permutation(len(names))[: args.photos]]
    sources, others = names[: args.planted], names[args.planted :]
    planted = [
        plant(source, folder / f"crop{number:05d}.jpg", np.random.default_rng([args.seed, number]))
        for number, source in enumerate(sources)
    ]
    kept = list(others)
    for number, other in enumerate(others):
        if args.fill and len(sources) + len(kept) < args.fill:
            kept.remove(other)
            kept += save_parts(other, folder, number)
    return [*sources, *kept, *(p.crop for p in planted)], planted


def _usable(name: str) -> bool:
    try:
        facts = open_photo(name, min_pixels=4096).facts
    except PhotoError:
        return False
    return min(facts.width, facts.height) >= 32


def recall_rows(planted: list[Planted], found: set[str]) -> list[dict[str, Any]]:
    """By area; the last row without crops that have a side too short for any answer."""
    rows = []
    for (low, high), least in (*((band, 0) for band in BANDS), (BANDS[-1], LEAST_SIDE)):
        band = [p for p in planted if low <= p.area < high and min(p.crop_wh) >= least]
        hits = sum(p.crop in found for p in band)
        if band:
            interval = wilson(hits, len(band))
            rows.append({"least_side_px": least, "from": low, "to": min(high, 0.8), "n": len(band),
                         "found": hits, "recall": hits / len(band),
                         "wilson95": interval})  # fmt: skip
    return rows


def code_all(
    paths: Sequence[str], cache: CropCache, most: int
) -> tuple[list[CodedPhoto], dict[str, Any]]:
    """Code every photo with `most` rows; keep the usual number."""
    photos, spent = [], defaultdict[str, list[float]](list)
    for path in each_once(paths):
        started = time.process_time()
        photo = open_photo(path, min_pixels=LONG_SIDE * LONG_SIDE)
        decoded = time.process_time()
        side = make_picture(photo)
        featured = time.process_time()
        code = make_code(side, most)
        spent["decode"].append(decoded - started)
        spent["features"].append(featured - decoded)
        spent["code"].append(time.process_time() - featured)
        cache.keep(photo.facts.sha256, shortened(code, MOST_ROWS))
        photos.append(CodedPhoto(path, photo.facts.sha256, code))
    return photos, {stage: 1000 * float(np.mean(times)) for stage, times in spent.items()}


def shortened(code: PhotoCode, rows: int) -> PhotoCode:
    return PhotoCode(code.full_wh, code.rows[:rows])


def recall_by_bytes(
    photos: list[CodedPhoto], planted: list[Planted], sizes: Sequence[int]
) -> list[dict[str, Any]]:
    """How many planted pairs are proposed, for several numbers of rows a photo."""
    rows = []
    for size in sizes:
        short = [CodedPhoto(p.path, p.sha256, shortened(p.code, size)) for p in photos]
        index = CropIndex()
        for photo in short:
            index.add(photo.code)
        started = time.process_time()
        pairs = propose_pairs(index, short)
        ms = 1000 * (time.process_time() - started) / len(short)
        proposed = {frozenset((pair.a.path, pair.b.path)) for pair in pairs}
        hits = sum(frozenset((p.crop, p.source)) in proposed for p in planted)
        mean = float(np.mean([len(photo.code.to_bytes()) for photo in short]))
        rows.append({"rows": size, "bytes_a_photo": mean, "proposed": hits / len(planted),
                     "wilson95": wilson(hits, len(planted)), "search_ms_a_photo": ms,
                     "pairs_a_photo": len(pairs) / len(short)})  # fmt: skip
    return rows


def time_queries(photos: list[CodedPhoto], planted: list[Planted]) -> dict[str, Any]:
    """`find_source`, stage by stage, in an index of all photos but crops. Cold greys."""
    crops = {p.crop for p in planted}
    rest = [photo for photo in photos if photo.path not in crops]
    index = CropIndex()
    for photo in rest:
        index.add(shortened(photo.code, MOST_ROWS))
    spent = defaultdict[str, list[float]](list)
    found = 0
    for p in planted[:QUERIES]:
        clock = [time.process_time()]
        query = read_code(p.crop)
        assert isinstance(query, CodedPhoto)
        clock.append(time.process_time())
        candidates = worth_confirming(query.code, index.candidates(query.code))
        clock.append(time.process_time())
        pairs = [PhotoPair(query, rest[c.photo], (c.placement,)) for c in candidates]
        rows = [row for row in map(confirm_photo_pair, pairs) if row]
        clock.append(time.process_time())
        found += any(not isinstance(row, PhotoError) and row.source == p.source for row in rows)
        for stage, seconds in zip(("features", "search", "verify"), np.diff(clock), strict=True):
            spent[stage].append(seconds)
        spent["all"].append(clock[-1] - clock[0])
    ms = {stage: quantiles(1000 * np.array(times)) for stage, times in spent.items()}
    return {"queries": len(spent["all"]), "found": found, "ms": ms}


def quantiles(values: Any) -> dict[str, float]:
    return {name: float(np.quantile(values, q)) for name, q in (("p50", 0.5), ("p95", 0.95))}


def judge_relations(rows: list[dict[str, Any]], planted: list[Planted]) -> dict[str, Any]:
    """Sort the relations found into planted, implied by copies, and those to look at."""
    source_of = {p.crop: p.source for p in planted}
    same = defaultdict[str, set[str]](set)
    for row in rows:
        if row["whole_frame"]:
            same[row["crop"]].add(row["source"])
            same[row["source"]].add(row["crop"])
    counts: Counter[str] = Counter()
    unplanted = []
    for row in rows:
        source = source_of.get(row["crop"])
        if source == row["source"]:
            counts["planted"] += 1
        elif source and row["source"] in same[source]:
            counts["of a copy of the source"] += 1
        elif row["verdict"] == "exact":
            counts["same file"] += 1
        else:
            counts["to look at"] += 1
            unplanted.append(row)
    return {"counts": dict(counts), "to_look_at": unplanted}


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    paths, planted = make_collection(args, folder)
    by_crop = {p.crop: p for p in planted}
    with CropCache(folder / "crops.sqlite") as cache:
        photos, coding_ms = code_all(paths, cache, max([MOST_ROWS, *args.rows]))
        sizes = recall_by_bytes(photos, planted, args.rows)
        queries = time_queries(photos, planted)
        started, stages = time.perf_counter(), Counter[str]()
        clock = {"read": started}

        def tell(stage: str) -> None:
            stages[stage] += 1
            clock[stage] = time.perf_counter()

        found = list(find_crops(paths, cache=cache, jobs=args.jobs, progress=tell))
        seconds = time.perf_counter() - started
    rows = [row.to_dict() for row in found if not isinstance(row, PhotoError)]
    right = {
        r["crop"]: r["box_xyxy"]
        for r in rows
        if r["crop"] in by_crop and by_crop[r["crop"]].source == r["source"]
    }
    off = [np.abs(np.subtract(box, by_crop[crop].box)).max() for crop, box in right.items()]
    return {
        "photos": len(paths), "planted": len(planted), "seed": args.seed, "fill": args.fill,
        "recall": recall_rows(planted, set(right)),
        "corner_error_px": quantiles(off),
        "relations": judge_relations(rows, planted),
        "coding_ms_a_photo": coding_ms,
        "bytes_a_photo": sizes,
        "row_bytes": ROW.itemsize,
        "query": queries,
        "find_crops": {"seconds_with_codes_cached": seconds, "stages": dict(stages),
                       "until_searched_s": clock.get("searched", started) - started},
        "missed": [asdict(p) for p in planted if p.crop not in right],
    }  # fmt: skip


def show(result: dict[str, Any]) -> None:
    console = Console()
    table = Table("area", "sides, px", "crops", "found", "recall", "95 %")
    for r in result["recall"]:
        low, high = r["wilson95"]
        table.add_row(f"{r['from']:.0%} to {r['to']:.0%}", f">= {r['least_side_px']}",
                      str(r["n"]), str(r["found"]), f"{r['recall']:.4f}",
                      f"{low:.4f} to {high:.4f}")  # fmt: skip
    console.print(f"{result['photos']} photos, {result['planted']} of them planted crops", table)
    table = Table("rows a photo", "bytes a photo", "planted pairs proposed", "search, ms a photo",
                  "pairs a photo")  # fmt: skip
    for r in result["bytes_a_photo"]:
        table.add_row(str(r["rows"]), f"{r['bytes_a_photo']:.0f}", f"{r['proposed']:.4f}",
                      f"{r['search_ms_a_photo']:.1f}", f"{r['pairs_a_photo']:.2f}")  # fmt: skip
    console.print(table)
    for key in ("relations", "corner_error_px", "coding_ms_a_photo", "query", "find_crops"):
        value = result[key]["counts"] if key == "relations" else result[key]
        console.print(key, value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--photos", type=int)
    parser.add_argument("--planted", type=int, default=2000)
    parser.add_argument("--fill", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--rows", type=int, nargs="*", default=SIZES, help="for recall by bytes")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="make the planted files here, and leave them")
    args = parser.parse_args()
    if args.jobs == 1:
        cv2.setNumThreads(1)
        faiss.omp_set_num_threads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        result = measure(args, folder)
    show(result)
    if args.json:
        args.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
