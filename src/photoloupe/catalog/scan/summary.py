"""What a scan did."""

from __future__ import annotations

from dataclasses import dataclass, field

from photoloupe.errors import PhotoError

FEW = 10  # failures that are told one by one


@dataclass
class ScanSummary:
    """Numbers of files.

    new: content never seen; copied: a new file of known content; moved: the same, and the old file
    is gone; changed: other content than before; renewed: a new model, or a code, was asked for;
    same: as before, nothing was read; returned: was gone; gone: was there, its row is kept;
    failed: cannot be read, whether that is new or was known (`failures`: the first new ones).
    """

    new: int = 0
    changed: int = 0
    copied: int = 0
    moved: int = 0
    renewed: int = 0
    same: int = 0
    returned: int = 0
    gone: int = 0
    failed: int = 0
    seconds: float = 0.0
    failures: list[PhotoError] = field(default_factory=list)

    def fail(self, error: PhotoError) -> None:
        self.failed += 1
        if len(self.failures) < FEW:
            self.failures.append(error)

    @property
    def anything(self) -> bool:
        """Did any photo, but for those that cannot be read?"""
        counts = self.new, self.changed, self.copied, self.renewed, self.returned, self.gone
        return any(counts) or self.moved > 0

    def in_words(self) -> str:
        """`12 new, 3 moved, 4,361 same; 1 failed; 12.3 s`"""
        kinds = "new", "changed", "copied", "moved", "renewed", "same", "returned", "gone"
        said = [f"{getattr(self, kind):,} {kind}" for kind in kinds if getattr(self, kind)]
        failed = f"{self.failed:,} failed; " if self.failed else ""
        return f"{', '.join(said) or 'no photos'}; {failed}{self.seconds:.1f} s"
