"""Are rows and relations the same on Ray as on one machine, with crops planted in a collection?

    python benchmarks/cluster.py FOLDER... [--photos 2000] [--planted 400] [--parts 2] [--json out]

Makes the collection of crop_search.py; scans it with crop features, and searches it for crops, both
ways; compares every column of every row but times, and every field of every relation. On a Ray of
this machine, two actors. On a busy machine set RAY_worker_niceness=0, for Ray's workers give way.
"""

from __future__ import annotations

import argparse
import json
import pickle
import tempfile
import time
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

from crop_search import make_collection

from photoloupe.catalog.ask.relations import catalog_codes
from photoloupe.catalog.scan import scan as one_machine
from photoloupe.catalog.store import Catalog
from photoloupe.cluster import find_crops, scan
from photoloupe.cluster.engine import Cluster, connected
from photoloupe.crop_search.search import relate

TIMES = ("added_at", "answered_at")


def rows_of(base: Catalog) -> dict[str, dict[str, Any]]:
    return {
        row["path"]: {name: value for name, value in row.items() if name not in TIMES}
        for batch in base.read()
        for row in batch.to_pylist()
    }


def gap(one: Any, other: Any) -> float:
    """The largest difference of numbers in two rows; infinite if anything else differs."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other)
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return max((gap(one[name], other[name]) for name in one), default=0.0)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return max(map(gap, one, other), default=0.0)
    return 0.0 if one == other else inf


def once(seconds: dict[str, float], place: Path, verb: Callable[[], Any]) -> Any:
    """What the verb answers, or what it answered in an earlier run with --keep."""
    if not place.exists():
        started = time.monotonic()
        answer = verb()
        place.write_bytes(pickle.dumps((answer, time.monotonic() - started)))
    answer, seconds[place.stem] = pickle.loads(place.read_bytes())
    print(f"{place.stem}: {seconds[place.stem]:.0f} s", flush=True)
    return answer


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    (folder / "planted").mkdir(exist_ok=True)
    seconds, cluster = dict[str, float](), Cluster(actors=2)
    here, there = (Catalog(str(folder / name), make=True) for name in ("here", "there"))
    planting = folder / "planting.pickle"
    paths, planted = once(seconds, planting, lambda: make_collection(args, folder / "planted"))
    with connected(cluster):
        work = {
            "scan, Ray": lambda: scan(paths, there, crops=True, cluster=cluster),
            "crops, Ray": lambda: list(find_crops(there, cluster=cluster, parts=args.parts)),
            "crops, one machine": lambda: list(relate(catalog_codes(there), set())),
            "scan, one machine": lambda: one_machine.scan(here, paths, crops=True),
        }
        done = {name: once(seconds, folder / f"{name}.pickle", verb) for name, verb in work.items()}
    one, many = done["crops, one machine"], done["crops, Ray"]
    rows, others = rows_of(here), rows_of(there)
    source_of = {p.crop: p.source for p in planted}
    return {
        "photos": len(paths), "planted": len(planted), "seconds": seconds,
        "rows": len(rows), "rows_that_differ": sum(rows[p] != others.get(p) for p in rows),
        "largest_gap": max(gap(rows[p], others.get(p)) for p in rows),
        "rows_more": len(others.keys() - rows.keys()),
        "relations": len(one),
        "planted_found": sum(source_of.get(getattr(r, "crop", "")) == r.source for r in one),
        "relations_that_differ": len(set(map(repr, one)) ^ set(map(repr, many))),
        "same_order": list(map(repr, one)) == list(map(repr, many)),
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
    parser.add_argument("--keep", type=Path, help="work here, and go on from an earlier run")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        result = measure(args, folder)
    print(json.dumps(result, indent=1))
    if args.json:
        args.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
