"""What a photo costs in each stage, what more actors bring, and how the crop index grows.

    python benchmarks/scale.py FOLDER... [--only stages actors index] [--json scale.json]

stages: core milliseconds a photo, in this process; actors: photos a second of a scan on Ray with 1,
2 and 4 actors, from the first answer to the last; index: see scale_index.py. docs/concepts/scale.md
calculates from these what a billion photos cost.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import faiss
import numpy as np
from crop_search import plant
from rich.console import Console
from rich.table import Table
from scale_index import Simulator, grow

from photoloupe.catalog.rows import make_row
from photoloupe.catalog.scan.file_queue import QueuedFile
from photoloupe.catalog.scan.file_source import LocalFiles
from photoloupe.catalog.scan.read_file import Inspectors, ReadFile
from photoloupe.catalog.scan.row_index import Target
from photoloupe.catalog.schema import utc_now
from photoloupe.catalog.snapshot import write_fragment
from photoloupe.catalog.store import Catalog
from photoloupe.cluster import scan
from photoloupe.cluster.engine import Cluster, connected
from photoloupe.crop_search.photo_code import PhotoCode, code_version, make_code
from photoloupe.crop_search.read_codes import CodedPhoto, read_code
from photoloupe.crops.picture import LONG_SIDE, make_picture
from photoloupe.inspector import BATCH, DecodedPhoto
from photoloupe.media.photo import Content, Photo, open_photo, read_content
from photoloupe.models.installed import shipped_cards
from photoloupe.parallel import in_order

FRAGMENT_ROWS = 512
STAGED = 300  # photos for the cost of stages
NAMES = ("stages", "actors", "index")


def stages(paths: list[str], folders: list[str], place: Path) -> dict[str, float]:
    """Core milliseconds a photo."""
    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        started = time.process_time()
        answer = work()
        spent[name] = 1000 * (time.process_time() - started) / len(paths)
        return answer

    models = Inspectors(Target(shipped_cards(), code_version()), threads=1)
    inspector, everything = models.inspector(1), models.target.everything
    assert inspector is not None
    inspector.answer(
        [look for look in [inspector.decode_photo(paths[0])] if isinstance(look, DecodedPhoto)]
    )
    listed = timed("list", lambda: list(LocalFiles(folders).files()))
    spent["list"] *= len(paths) / len(listed)
    contents = timed("read", lambda: [read_content(path) for path in paths])
    timed("hash", lambda: [content.sha256 for content in contents])
    looks = timed("decode, view", lambda: [inspector.decode_photo(content) for content in contents])
    good = [look for look in looks if isinstance(look, DecodedPhoto)]
    chunks = [good[k : k + BATCH] for k in range(0, len(good), BATCH)]
    answers = timed("net", lambda: [a for chunk in chunks for a in inspector.answer(chunk)])
    greys = timed(
        "decode for crops", lambda: [make_picture(large(content)) for content in contents]
    )
    codes = timed("crop code", lambda: list(map(make_code, greys)))
    looked = [
        ReadFile(QueuedFile(path, 1, 1, False, 0, everything, False), look.facts.sha256,
               everything, photo=look, code=code)
        for path, look, code in zip(paths, good, codes, strict=True)
    ]  # fmt: skip
    pairs = list(zip(looked, answers, strict=True))
    rows = timed(
        "rows", lambda: [make_row(a, b, models.target) | {"added_at": utc_now()} for a, b in pairs]
    )
    base = Catalog(str(place / "stages"), make=True)
    parts = [rows[k : k + FRAGMENT_ROWS] for k in range(0, len(rows), FRAGMENT_ROWS)]
    written = timed("fragment", lambda: [write_fragment(base.table_uri, part) for part in parts])
    timed("commit", lambda: base.add_fragments(written))
    return spent


def actors(paths: list[str], place: Path) -> list[dict[str, float]]:
    """A scan of the same photos with more and more actors."""
    rows = []
    with connected(Cluster()):
        for count in (1, 2, 4):
            base = Catalog(str(place / f"actors{count}"), make=True)
            rows.append({"actors": count} | pace(paths, base, Cluster(actors=count)))
    for row in rows:
        row["efficiency"] = row["photos_a_s"] / rows[0]["photos_a_s"] / row["actors"]
    return rows


def pace(paths: list[str], base: Catalog, cluster: Cluster) -> dict[str, float]:
    """Photos a second from the first answer to the last: until the first, models are loaded."""
    seen: list[tuple[float, int]] = []
    scan(paths, base, cluster=cluster, tell=lambda done, _: seen.append((time.monotonic(), done)))
    (begun, _), (start, first), *_, (end, last) = seen
    return {"photos_a_s": (last - first) / (end - start), "until_first_s": start - begun}


def large(content: Content) -> Photo:
    return open_photo(content, min_pixels=LONG_SIDE * LONG_SIDE)


def index(paths: list[str], args: argparse.Namespace, place: Path) -> dict[str, Any]:
    """Real photos for what is measured, then more and more simulated ones around them."""
    planted = [
        plant(path, place / f"crop{k}.jpg", np.random.default_rng([args.seed, k]))
        for k, path in enumerate(paths[: args.queries])
    ]
    real, queries = codes_of(paths), codes_of([p.crop for p in planted])
    simulator = Simulator(real)
    sizes = [int(size) for size in args.sizes]
    few = real[: args.queries]
    return {
        "rows_a_photo": simulator.mean_rows,
        "likeness": [
            grow(None, real, queries, len(real)),
            grow(simulator, few, queries, len(real)),
        ],
        "sizes": [grow(simulator, few, queries, size) for size in sizes],
    }


def codes_of(paths: list[str]) -> list[PhotoCode]:
    coded = in_order(read_code, paths, 2)
    return [photo.code if isinstance(photo, CodedPhoto) else PhotoCode((1, 1), EMPTY.rows)
            for photo in coded]  # fmt: skip


EMPTY = PhotoCode.from_bytes(bytes(8))


def show(result: dict[str, Any]) -> None:
    console = Console()
    for name, rows in (
        ("stages", [{"stage": k, "core ms": v} for k, v in result.get("stages", {}).items()]),
        ("actors", result.get("actors", [])),
        ("likeness", result.get("index", {}).get("likeness", [])),
        ("index", result.get("index", {}).get("sizes", [])),
    ):
        if rows:
            table = Table(*rows[0], title=name)
            for row in rows:
                table.add_row(*(f"{v:,.4g}" if isinstance(v, float) else str(v)
                                for v in row.values()))  # fmt: skip
            console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--photos", type=int, default=3000, help="real ones")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--sizes", nargs="+", type=float, default=[1e4, 1e5, 1e6])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    paths = [path for path, _, _ in LocalFiles(args.folders).files()]
    paths = [paths[k] for k in np.random.default_rng(args.seed).permutation(len(paths))]
    paths, result = paths[: args.photos], dict[str, Any]()
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        if "stages" in args.only:
            result["stages"] = stages(paths[:STAGED], args.folders, place)
        if "actors" in args.only:
            result["actors"] = actors(paths, place)
        if "index" in args.only:
            result["index"] = index(paths, args, place)
    show(result)
    if args.json:
        args.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
