"""Upload every file of Pillow's own test images: each must be answered, and never with a 500.

    python scripts/pillow_uploads.py [--archive pillow-11.0.0.tar.gz]

Each goes to /v1/inspect, /v1/fix and /v1/crop of one `photoloupe serve`. Prints the tally by route
and status, and the server's memory; exit code 1 for a 5xx, a server that ends, or over 10 s.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from pillow_images import SECONDS, fetch

SERVE = [sys.executable, "-c", "from photoloupe.cli import app; app()", "serve", "--port", "0"]
OTHER = Path(__file__).parent.parent / "examples" / "photos" / "alps.jpg"


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, int]]:
    """-> the address, and the number of the process."""
    with subprocess.Popen([*SERVE, *arguments], stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            found = re.search(r"http://\S+:\d+", server.stderr.readline())
            assert found, "it does not start"
            yield found[0], server.pid
        finally:
            server.terminate()


def memory_mb(pid: int) -> int:
    """Resident memory now."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) // 1000 if found else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--archive", type=Path)
    args = parser.parse_args()
    tally: Counter[str] = Counter()
    slowest, other, bad = 0.0, OTHER.read_bytes(), 0
    with tempfile.TemporaryDirectory() as folder, serving() as (url, pid):
        with tarfile.open(args.archive or fetch(Path(folder))) as archive:
            archive.extractall(folder, filter="data")
        files = sorted(p for p in Path(folder).rglob("Tests/images/**/*") if p.is_file())
        with httpx.Client(base_url=url, timeout=120) as client:
            for path in files:
                data = path.read_bytes()
                forms = {"inspect": {"files": data}, "fix": {"file": data},
                         "crop": {"a": data, "b": other}}  # fmt: skip
                for route, form in forms.items():
                    started = time.perf_counter()
                    response = client.post(f"/v1/{route}", files=form)
                    seconds = time.perf_counter() - started
                    code = "" if response.is_success else response.json()["error"]["code"]
                    tally[f"{route:8} {response.status_code} {code}"] += 1
                    slowest = max(slowest, seconds)
                    if response.status_code >= 500 or seconds > SECONDS:
                        bad += 1
                        print(path, route, response.status_code, f"{seconds:.1f} s")
        print(f"server's memory at the end: {memory_mb(pid)} MB")
    for outcome, count in sorted(tally.items()):
        print(f"{count:6}  {outcome}")
    print(f"{len(files):6}  files; slowest answer {slowest:.2f} s")
    return int(not files or bad > 0)


if __name__ == "__main__":
    sys.exit(main())
