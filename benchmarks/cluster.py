"""Are rows and relations the same on Ray as on one machine, with crops planted in a collection?

    python benchmarks/cluster.py FOLDER... [--photos 2000] [--planted 400] [--parts 2] [--json out]

Makes the collection of crop_search.py; scans it with crop features, and searches it for crops, both
ways; compares every column of every row but times, and every field of every relation. On a Ray of
this machine, two actors.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from crop_search import make_collection

from photoloupe.cluster import find_crops, scan
from photoloupe.cluster.engine import Cluster, joined
from photoloupe.collection import scan as one_machine
from photoloupe.collection.catalog import Catalog
from photoloupe.collection.relations import coded
from photoloupe.crops.search import relate

TIMES = ("added_at", "answered_at")


def rows_of(base: Catalog) -> dict[str, dict[str, Any]]:
    return {
        row["path"]: {name: value for name, value in row.items() if name not in TIMES}
        for batch in base.read()
        for row in batch.to_pylist()
    }


def timed(seconds: dict[str, float], name: str, verb: Any, *arguments: Any, **options: Any) -> Any:
    started = time.monotonic()
    answer = verb(*arguments, **options)
    answer = answer if name.startswith("scan") else list(answer)
    seconds[name] = time.monotonic() - started
    print(f"{name}: {seconds[name]:.0f} s", flush=True)
    return answer


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    (folder / "planted").mkdir()
    paths, planted = make_collection(args, folder / "planted")
    here, there = (Catalog(str(folder / name), make=True) for name in ("here", "there"))
    seconds, cluster = dict[str, float](), Cluster(actors=2)
    timed(seconds, "scan, one machine", one_machine.scan, here, paths, crops=True)
    with joined(cluster):
        timed(seconds, "scan, Ray", scan, paths, there, crops=True, cluster=cluster)
        one = timed(seconds, "crops, one machine", relate, coded(here), set())
        many = {
            parts: timed(seconds, f"crops, Ray, {parts} parts", find_crops, here,
                         cluster=cluster, parts=parts)
            for parts in (1, args.parts)
        }  # fmt: skip
    rows, others = rows_of(here), rows_of(there)
    source_of = {p.crop: p.source for p in planted}
    return {
        "photos": len(paths), "planted": len(planted), "seconds": seconds,
        "rows": len(rows), "rows_that_differ": sum(rows[p] != others.get(p) for p in rows),
        "rows_more": len(others.keys() - rows.keys()),
        "relations": len(one),
        "planted_found": sum(source_of.get(getattr(r, "crop", "")) == r.source for r in one),
        "relations_that_differ": {
            parts: len(set(map(repr, one)) ^ set(map(repr, found)))
            for parts, found in many.items()
        },
        "order_differs": {parts: list(map(repr, one)) != list(map(repr, found))
                          for parts, found in many.items()},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--planted", type=int, default=400)
    parser.add_argument("--fill", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--parts", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        result = measure(args, Path(temporary))
    print(json.dumps(result, indent=1))
    if args.json:
        args.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
