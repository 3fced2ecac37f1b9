"""Boxes in pixels. x grows right, y grows down; a pixel's own square is one unit wide."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """Corners (x0, y0) top left and (x1, y1) bottom right; the last pixel ends there."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1) in pixels."""
        return self.x0, self.y0, self.x1, self.y1

    @property
    def area(self) -> float:
        """In square pixels; 0 for an empty box."""
        return max(0.0, self.x1 - self.x0) * max(0.0, self.y1 - self.y0)

    def clip(self, width: float, height: float) -> Box:
        """The part inside a frame of that size, in pixels."""
        xs = (min(max(x, 0.0), width) for x in (self.x0, self.x1))
        ys = (min(max(y, 0.0), height) for y in (self.y0, self.y1))
        (x0, x1), (y0, y1) = xs, ys
        return Box(x0, y0, x1, y1)

    def iou(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        both = Box(
            max(self.x0, other.x0), max(self.y0, other.y0),
            min(self.x1, other.x1), min(self.y1, other.y1),
        ).area  # fmt: skip
        union = self.area + other.area - both
        return both / union if union else 0.0

    def stored(self, orientation: int, width: float, height: float) -> Box:
        """This box of an upright picture of that size, in the pixels as the file stores them.

        orientation: EXIF 1..8, by which the stored picture was turned and mirrored to be upright.
        """
        xs, ys = (self.x0, self.x1), (self.y0, self.y1)
        if orientation in {2, 3, 6, 7}:
            xs = width - self.x1, width - self.x0
        if orientation in {3, 4, 7, 8}:
            ys = height - self.y1, height - self.y0
        if orientation >= 5:
            xs, ys = ys, xs
        return Box(xs[0], ys[0], xs[1], ys[1])
