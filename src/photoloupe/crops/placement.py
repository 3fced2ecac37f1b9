"""A placement: where the pixels of one photo lie in another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from photoloupe.boxes import Box

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """Pixel centre (u, v) of photo A lies at R(turn) (scale_x u, scale_y v) + (x, y) in photo B.

    The scales are two because a crop may be squeezed, and because the sides of a rescaled one are
    rounded to whole pixels, each by itself. turn: radians, from the x axis towards the y axis.
    """

    scale_x: float
    scale_y: float
    x: float
    y: float
    turn: float = 0.0

    @classmethod
    def from_matrix(cls, matrix: npt.NDArray[Any], shift: npt.NDArray[Any]) -> Placement:
        """The nearest placement of a (2, 2) linear map and a (2,) shift in px."""
        (a, b), (c, d) = matrix.tolist()
        turn = (np.arctan2(c, a) + np.arctan2(-b, d)) / 2
        return cls(
            float(np.hypot(a, c)), float(np.hypot(b, d)), float(shift[0]), float(shift[1]),
            float(turn),
        )  # fmt: skip

    @property
    def scale(self) -> float:
        """Pixels of B a pixel of A, geometric mean of both directions."""
        return float((self.scale_x * self.scale_y) ** 0.5)

    @property
    def matrix(self) -> Float64:
        """(2, 3) float64: [R(turn) diag(scales) | shift]."""
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        return np.array([
            [cos * self.scale_x, -sin * self.scale_y, self.x],
            [sin * self.scale_x, cos * self.scale_y, self.y],
        ])  # fmt: skip

    def inverse(self) -> Placement:
        """Where B lies in A; exact unless it is both squeezed and turned."""
        matrix = self.matrix
        linear = np.linalg.inv(matrix[:, :2])
        return Placement.from_matrix(linear, -linear @ matrix[:, 2])

    def moved(self, x: float, y: float) -> Placement:
        """The same in a B whose origin lies at (-x, -y): shift added."""
        return Placement(self.scale_x, self.scale_y, self.x + x, self.y + y, self.turn)

    def started_at(self, u: float, v: float) -> Placement:
        """The same for a region of A that starts at its pixel (u, v)."""
        x, y = self.matrix @ (u, v, 1.0)
        return Placement(self.scale_x, self.scale_y, float(x), float(y), self.turn)

    def regrid(self, a_xy: tuple[float, float], b_xy: tuple[float, float]) -> Placement:
        """The same when A's and B's pictures are shrunk by these factors, across and down.

        Pixel centres move, outer edges stay: u = k (u' + 1/2) - 1/2.
        """
        (ax, ay), (bx, by) = a_xy, b_xy
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        u, v = (ax - 1) / 2, (ay - 1) / 2
        x = self.x + cos * self.scale_x * u - sin * self.scale_y * v
        y = self.y + sin * self.scale_x * u + cos * self.scale_y * v
        x, y = (x + 0.5) / bx - 0.5, (y + 0.5) / by - 0.5
        return Placement(
            self.scale_x * ax / bx, self.scale_y * ay / by, float(x), float(y), self.turn
        )

    def frame(self, width: float, height: float) -> Box:
        """The outline of A, `width` x `height` px, in B; a turned one set upright."""
        return self.outline(Box(0, 0, width, height))

    def outline(self, box: Box) -> Box:
        """The outline of a box of A in B; a turned one is set upright about its centre."""
        across, down = self.scale_x * (box.x1 - box.x0), self.scale_y * (box.y1 - box.y0)
        middle = self.matrix @ ((box.x0 + box.x1 - 1) / 2, (box.y0 + box.y1 - 1) / 2, 1.0)
        x, y = (float(value) + 0.5 for value in middle)
        return Box(x - across / 2, y - down / 2, x + across / 2, y + down / 2)
