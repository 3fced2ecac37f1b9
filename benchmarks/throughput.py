"""Photos a second of `inspect`, both tiers, next to decoding alone in the same run.

    python benchmarks/throughput.py [FOLDER] [--rounds 3] [--long 10000] [--json throughput.json]

Photos of three sizes are made from those in FOLDER (default: examples/photos), enlarged with grain
so that their JPEG data is as dense as a camera's. Best of the rounds counts. The last part inspects
small photos over and over, and reads the process's memory on the way.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from photoloupe import Inspector, open_photo
from photoloupe.media.paths import list_photos
from photoloupe.models.card import TIERS

# name: (long side in px, how many)
SIZES = {"500 px": (500, 200), "2 megapixels": (1632, 100), "12 megapixels": (4000, 40)}


def make_photos(sources: list[str], folder: Path, long_side: int, count: int) -> list[str]:
    """JPEGs, quality 88, 4:3 or 3:4, with grain of 6 grey levels; deterministic."""
    rng, names = np.random.default_rng(long_side), []
    for index in range(count):
        image = Image.fromarray(open_photo(sources[index % len(sources)]).pixels)
        size = (long_side, long_side * 3 // 4)
        size = size if image.width >= image.height else size[::-1]
        pixels = np.asarray(image.resize(size, Image.Resampling.BICUBIC), np.float32)
        grain = rng.normal(0, 6, pixels.shape[:2])[..., None]
        names.append(str(folder / f"{long_side}-{index:03d}.jpg"))
        Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8)).save(
            names[-1], quality=88
        )
    return names


def per_second(count: int, work: Callable[[], object], rounds: int) -> float:
    best = 0.0
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        best = max(best, count / (time.perf_counter() - started))
    return best


def decode_all(inspector: Inspector, names: list[str]) -> None:
    """What `inspect` must do at the least: open every photo, on the same number of threads."""
    least = max(card.view_pixels for card in inspector.cards)
    with ThreadPoolExecutor(inspector.jobs) as pool:
        for _ in pool.map(lambda name: open_photo(name, min_pixels=least), names):
            pass


def memory_mib() -> float:
    """Resident memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def memory_after(inspector: Inspector, names: Iterable[str], marks: list[int]) -> dict[str, float]:
    found = {}
    for index, _ in enumerate(inspector.stream(islice(cycle(names), marks[-1])), 1):
        if index in marks:
            found[f"{index:,} photos"] = round(memory_mib(), 1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", default="examples/photos")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    inspectors, sources = (
        {tier: Inspector(model=tier) for tier in TIERS},
        list(list_photos([args.folder])),
    )
    results: dict[str, dict[str, float]] = {}
    table = Table("photos", "decode only /s", *(f"{tier} /s (ratio)" for tier in TIERS))
    # Photos are made in another process: its memory is not what is measured.
    maker = ProcessPoolExecutor(1, get_context("spawn"))
    with maker, tempfile.TemporaryDirectory() as folder:
        for name, (long_side, count) in SIZES.items():
            made = maker.submit(make_photos, sources, Path(folder), long_side, count)
            names = made.result()
            first = inspectors[TIERS[0]]
            found = {"decode": per_second(count, partial(decode_all, first, names), args.rounds)}
            for tier, inspector in inspectors.items():
                inspector.inspect(names[:8])
                work = partial(inspector.inspect, names)
                found[tier] = per_second(count, work, args.rounds)
            results[name] = found
            shown = [f"{found[tier]:.0f} ({found[tier] / found['decode']:.2f})" for tier in TIERS]
            table.add_row(name, f"{found['decode']:.0f}", *shown)
            if name == "500 px":
                marks = sorted({min(1000, args.long), args.long})
                results["memory MiB"] = memory_after(first, names, marks)
    Console().print(table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results["memory MiB"]["peak"] = round(peak, 1)
    print(
        "memory, MiB:", results["memory MiB"], f"({first.jobs} decoding threads, both tiers loaded)"
    )
    if args.json:
        args.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
