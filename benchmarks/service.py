"""Requests a second of `photoloupe serve`, next to what the same process could do without HTTP.

    python benchmarks/service.py [FOLDER] [--clients 1 8 32] [--seconds 60] [--long 10000]
                                 [--json service.json]

Photos of two sizes are made from those in FOLDER (default: examples/photos), as in throughput.py.
Clients are threads of this process, on the same cores as the server; each sends one photo, waits
for the answer, and sends the next. In-process is `Inspector.stream` over the same bytes. Processor
time is what the server alone spends on a photo: it can be compared on a machine that does other
work too. The last part sends `--long` requests and reads the server's memory on the way.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np
from rich.console import Console
from rich.table import Table
from throughput import make_photos

from photoloupe import Inspector
from photoloupe.media.paths import list_photos

SIZES = {"500 px": (500, 60), "2 megapixels": (1632, 30)}  # name: (long side in px, how many)
SERVE = [sys.executable, "-c", "from photoloupe.cli import app; app()", "serve", "--port", "0"]
KIND = "multipart/form-data; boundary=limit"
FORM = b'--limit\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
END = b"\r\n--limit--\r\n"


class Server(NamedTuple):
    """address: host and port; first_page: seconds until it showed the page."""

    address: str
    pid: int
    first_page: float


@contextmanager
def serving() -> Iterator[Server]:
    """`photoloupe serve` until the block ends."""
    started = time.perf_counter()
    with subprocess.Popen(SERVE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            found = re.search(r"http://\S+:\d+", server.stderr.readline())
            assert found, "it does not start"
            wait_for(found[0] + "/")
            seconds = time.perf_counter() - started
            wait_for(found[0] + "/readyz")
            yield Server(urlsplit(found[0]).netloc, server.pid, seconds)
        finally:
            server.terminate()


def wait_for(url: str) -> None:
    while True:
        try:
            urllib.request.urlopen(url, timeout=20).read()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
        else:
            return


def spent_by(pid: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(address: str, bodies: Iterator[bytes], end: float, found: list[tuple[int, float]]) -> None:
    """One client: (status, seconds) of each of its requests, until the time or the bodies end."""
    line = http.client.HTTPConnection(address, timeout=120)
    for body in bodies:
        started = time.perf_counter()
        if started > end:
            break
        line.request("POST", "/v1/inspect", body, {"Content-Type": KIND})
        response = line.getresponse()
        response.read()
        found.append((response.status, time.perf_counter() - started))
    line.close()


def load(
    server: Server, datas: list[bytes], clients: int, seconds: float, most: int | None = None
) -> dict[str, Any]:
    """Requests a second and latencies of so many clients at once."""
    bodies = [FORM + data + END for data in datas]
    found: list[tuple[int, float]] = []
    end = time.perf_counter() + seconds
    each = None if most is None else most // clients
    threads = []
    for number in range(clients):
        first = number % len(bodies)
        own = islice(cycle(bodies[first:] + bodies[:first]), each)
        threads.append(threading.Thread(target=ask, args=(server.address, own, end, found)))
    started, ours, theirs = time.perf_counter(), spent_by(os.getpid()), spent_by(server.pid)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - started
    good = [1000 * seconds for status, seconds in found if status == 200]
    p50, p95, p99 = np.percentile(good, [50, 95, 99])
    statuses = Counter(status for status, _ in found)
    return {
        "per_second": len(good) / wall, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99,
        "statuses": dict(statuses), "client_cores": (spent_by(os.getpid()) - ours) / wall,
        "cpu_ms": 1000 * (spent_by(server.pid) - theirs) / max(1, len(good)),
    }  # fmt: skip


def in_process(inspector: Inspector, datas: list[bytes], seconds: float) -> tuple[float, float]:
    """Without HTTP, bytes in, reports out: photos a second, and processor ms a photo."""
    inspector.inspect(datas)
    started, spent, count = time.perf_counter(), spent_by(os.getpid()), 0
    for _ in inspector.stream(cycle(datas)):
        count += 1
        if time.perf_counter() - started > seconds:
            break
    cpu_ms = 1000 * (spent_by(os.getpid()) - spent) / count
    return count / (time.perf_counter() - started), cpu_ms


def memory_mib(pid: int) -> float:
    """Resident memory of a process now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)


def memory_after(datas: list[bytes], most: int) -> dict[str, float]:
    found = {}
    with serving() as server:
        done = 0
        for mark in sorted({min(100, most), min(1000, most), most // 2, most}):
            load(server, datas, 8, 3600, mark - done)
            done = mark
            found[f"{mark:,} requests"] = memory_mib(server.pid)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", default="examples/photos")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--long", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    sources, results = list(list_photos([args.folder])), dict[str, Any]()
    table = Table(
        "photos", "clients", "/s", "of in-process", "p50 ms", "p95", "p99", "cpu ms", "statuses"
    )
    maker = ProcessPoolExecutor(1, get_context("spawn"))
    with maker, tempfile.TemporaryDirectory() as folder:
        for name, (long_side, count) in SIZES.items():
            made = maker.submit(make_photos, sources, Path(folder), long_side, count)
            datas = [Path(path).read_bytes() for path in made.result()]
            limit, cpu_ms = in_process(Inspector(), datas, min(args.seconds, 15))
            results[name] = {"in_process": limit, "in_process_cpu_ms": cpu_ms}
            table.add_row(name, "in-process", f"{limit:.0f}", "1.00", "", "", "", f"{cpu_ms:.1f}")
            with serving() as server:
                results.setdefault("first page, s", round(server.first_page, 2))
                for clients in args.clients:
                    row = load(server, datas, clients, args.seconds)
                    results[name][str(clients)] = row
                    table.add_row(
                        name, str(clients), f"{row['per_second']:.0f}",
                        f"{row['per_second'] / limit:.2f}", f"{row['p50_ms']:.0f}",
                        f"{row['p95_ms']:.0f}", f"{row['p99_ms']:.0f}",
                        f"{row['cpu_ms']:.1f}", str(row["statuses"]),
                    )  # fmt: skip
            if name == "500 px" and args.long:
                results["memory MiB"] = memory_after(datas, args.long)
    Console(width=110).print(table)
    print("first page after", results["first page, s"], "s; memory, MiB:",
          results.get("memory MiB"))  # fmt: skip
    if args.json:
        args.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
