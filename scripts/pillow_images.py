"""Open every file of Pillow's own test images: each must give a photo or a PhotoError.

    python scripts/pillow_images.py [--archive pillow-11.0.0.tar.gz]

Fetches the source archive with pip unless one is given. Files are opened in a child process; a
crash, more than 10 s or more than 1 GB fails the run (exit code 1). Prints the tally by code.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from photoloupe import PhotoError, open_photo

SECONDS, MEGABYTES = 10, 1000


def fetch(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary",
               "pillow", "pillow==11.0.0", "--dest", str(folder)]  # fmt: skip
    subprocess.run(command, check=True)
    return next(folder.glob("*.tar.gz"))


def serve(pipe: Connection) -> None:
    """In the child: a name comes in, its outcome and the peak memory so far go out."""
    while name := pipe.recv():
        try:
            outcome = f"photo, {open_photo(name).facts.format}"
        except PhotoError as error:
            outcome = f"error, {error.code}"
        pipe.send((outcome, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000))


class Child:
    def __init__(self) -> None:
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def open(self, path: Path) -> tuple[str, float]:
        self.pipe.send(str(path))
        try:
            if self.pipe.poll(SECONDS):
                outcome, megabytes = self.pipe.recv()
                return (outcome if megabytes < MEGABYTES else "FAILED, memory"), megabytes
        except EOFError:
            return "FAILED, crash", 0.0
        self.process.kill()
        return "FAILED, time", 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--archive", type=Path)
    args = parser.parse_args()
    tally: Counter[str] = Counter()
    slowest, peak, child = 0.0, 0.0, Child()
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(args.archive or fetch(Path(folder))) as archive:
            archive.extractall(folder, filter="data")
        files = sorted(p for p in Path(folder).rglob("Tests/images/**/*") if p.is_file())
        for path in files:
            started = time.perf_counter()
            outcome, megabytes = child.open(path)
            slowest, peak = max(slowest, time.perf_counter() - started), max(peak, megabytes)
            tally[outcome] += 1
            if outcome.startswith("FAILED"):
                print(path, outcome)
                child = Child()
        child.pipe.send(None)
    for outcome, count in sorted(tally.items()):
        print(f"{count:6}  {outcome}")
    print(f"{len(files):6}  files; slowest {slowest:.2f} s, peak memory {peak:.0f} MB")
    return int(not files or any(outcome.startswith("FAILED") for outcome in tally))


if __name__ == "__main__":
    sys.exit(main())
