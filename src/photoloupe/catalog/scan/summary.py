"""What a scan did, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from photoloupe.catalog.scan.fate import Fate
from photoloupe.errors import PhotoError
from photoloupe.media.paths import PassedOver

MOST_FAILURES = 10  # failures that are kept to be printed one by one
QUIET = (Fate.SAME, Fate.FAILED)  # fates that change nothing in the catalog


@dataclass
class ScanSummary:
    """fates: number of files by Fate; seconds: of the scan, wall time.

    not_judged: number of files read in this scan that hold no photograph: blank, too small;
    passed: what the walk of the folders left out.

    failures: the first of the files that failed in this scan; of files that failed before and have
    not changed since, only the number is in `fates`.
    """

    fates: Counter[Fate] = field(default_factory=Counter)
    seconds: float = 0.0
    failures: list[PhotoError] = field(default_factory=list)
    not_judged: int = 0
    passed: PassedOver = field(default_factory=PassedOver)

    def count(self, fate: Fate, files: int = 1) -> None:
        """Add files of one fate."""
        self.fates[fate] += files

    def fail(self, error: PhotoError) -> None:
        """Count a file that failed in this scan."""
        self.count(Fate.FAILED)
        if len(self.failures) < MOST_FAILURES:
            self.failures.append(error)

    @property
    def failed(self) -> int:
        """Number of files that cannot be read, now or since an earlier scan."""
        return self.fates[Fate.FAILED]

    @property
    def anything(self) -> bool:
        """Did any row change, but for those of files that cannot be read?"""
        return any(files for fate, files in self.fates.items() if fate not in QUIET)

    def in_words(self) -> str:
        """One line for a person: `12 new, 3 moved, 4,361 same; 1 failed; 12.3 s`."""
        counts = [f"{self.fates[fate]:,} {fate}" for fate in Fate if self.fates[fate]]
        counts = [text for text in counts if not text.endswith(f" {Fate.FAILED}")]
        not_judged = [f"{self.not_judged:,} no photographs"] if self.not_judged else []
        failed = [f"{self.failed:,} failed"] if self.failed else []
        nothing = [] if failed else ["no photos found"]
        parts = [", ".join(counts)] if counts else nothing
        passed = [self.passed.in_words()] if self.passed.in_words() else []
        return "; ".join([*parts, *not_judged, *failed, *passed, f"{self.seconds:.1f} s"])
