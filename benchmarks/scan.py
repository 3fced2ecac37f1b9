"""How fast a scan is, cold and warm, what a photo takes on disk, and what memory it needs.

    python benchmarks/scan.py FOLDER [--links 100000] [--crops] [--json scan.json]

Each scan is a process of its own, as from the command line; its memory is its peak. `--links`
then scans a folder of so many hard links to the same photos: all files are read once, and each
content is looked at once.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from photoloupe.media.paths import list_photos


def scan_once(folder: str, uri: str, crops: bool) -> dict[str, Any]:
    """Figures of one scan, imports included in `seconds`."""
    started = time.monotonic()
    from photoloupe.catalog.scan.scan import scan
    from photoloupe.catalog.store import Catalog

    catalog, begun = Catalog(uri, make=True), time.process_time()
    summary = scan(catalog, [folder], crops=crops)
    return {
        "scan_s": summary.seconds,
        "seconds": time.monotonic() - started,
        "cpu_s": time.process_time() - begun,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "words": summary.in_words(),
    }


def compact(uri: str) -> None:
    """As a scan does, but without sparing what others may still read."""
    from photoloupe.catalog.store import Catalog

    Catalog(uri).compact(timedelta(0))


def alone(function: Any, *arguments: Any) -> Any:
    """Call it in a fresh process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def bytes_of(folder: str) -> int:
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


def link(photos: list[str], folder: Path, count: int) -> None:
    """`count` hard links, 1,000 a folder."""
    for number in range(count):
        photo = Path(photos[number % len(photos)])
        place = folder / f"{number // 1000:04d}"
        place.mkdir(exist_ok=True, parents=True)
        os.link(photo, place / f"{number:07d}{photo.suffix}")


def measure(name: str, folder: str, count: int, uri: str, crops: bool) -> list[dict[str, Any]]:
    """Cold, then warm."""
    rows = []
    for kind in ("cold", "warm"):
        row = {"photos": name, "kind": kind, **alone(scan_once, folder, uri, crops)}
        rows.append(row | {"bytes": bytes_of(uri) / count, "rate": count / row["scan_s"]})
    alone(compact, uri)
    rows[-1]["compacted"] = bytes_of(uri) / count
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder")
    parser.add_argument("--links", type=int, default=0)
    parser.add_argument("--crops", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    photos = list(list_photos([args.folder]))
    # Hard links must lie on the photos' own disk.
    with tempfile.TemporaryDirectory(dir=Path(args.folder).resolve().parent) as temporary:
        place = Path(temporary)
        rows = measure("photos", args.folder, len(photos), str(place / "a"), args.crops)
        if args.links:
            link(photos, place / "links", args.links)
            rows += measure("links", str(place / "links"), args.links, str(place / "b"), args.crops)
    heads = "files/s", "s, with imports", "processor s", "MiB", "bytes a photo"
    table = Table("photos", "scan", *heads, "compacted")
    for row in rows:
        figures = (row[key] for key in ("rate", "seconds", "cpu_s", "peak_mib", "bytes"))
        cells = [f"{figure:,.0f}" for figure in figures]
        table.add_row(row["photos"], row["kind"], *cells, f"{row.get('compacted', 0):,.0f}")
        print(row["words"])
    Console().print(table)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
