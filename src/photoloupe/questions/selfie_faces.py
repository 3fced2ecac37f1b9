"""What faces say for or against a selfie: an arm is short, so a face is large, near, near an edge.

Every measure but "none" is 0 without a face, and at most 1.5, so that a weight can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import atan2, hypot, sqrt

from photoloupe.models.faces import Face

CUT = 0.06  # of a box's side: further outside the frame than a box is wrong by
NEAR = 0.04  # of the frame: an edge nearer than this is mentioned
SMALL = 0.002  # of the frame's area: smaller faces are not mentioned


def _size(faces: Sequence[Face]) -> float:
    return sqrt(faces[0].share)


def _cut(faces: Sequence[Face]) -> float:
    box = faces[0].box
    outside = max(-box.x0, -box.y0, box.x1 - 1, box.y1 - 1, 0.0)
    return min(outside / max(box.x1 - box.x0, box.y1 - box.y0, 1e-6), 1.0)


def _margin(faces: Sequence[Face]) -> float:
    box = faces[0].box
    return max(0.0, min(box.x0, box.y0, 1 - box.x1, 1 - box.y1))


def _roll(faces: Sequence[Face]) -> float:
    """Radians, of the line through the eyes; frames are seldom so long that it matters."""
    (x0, y0), (x1, y1) = faces[0].eyes
    return min(abs(atan2(y1 - y0, x1 - x0)), 1.5)


def _turn(faces: Sequence[Face]) -> float:
    """How far the nose lies from between the eyes, in distances of the eyes: 0 for a full face."""
    (x0, y0), (x1, y1) = faces[0].eyes
    apart = max(hypot(x1 - x0, y1 - y0), 1e-6)
    return min(abs(faces[0].nose[0] - (x0 + x1) / 2) / apart, 1.5)


MEASURES: dict[str, Callable[[Sequence[Face]], float]] = {
    "any": lambda faces: 1.0,
    "size": _size,
    "cut": _cut,
    "roll": _roll,
    "turn": _turn,
}


def measure(faces: Sequence[Face]) -> dict[str, float]:
    """Faces, the largest first -> every measure by name."""
    found = {name: of(faces) if faces else 0.0 for name, of in MEASURES.items()}
    return {"none": 0.0 if faces else 1.0, **found}


def in_words(faces: Sequence[Face]) -> str:
    """Such as "one face fills 34 % of the frame, cut by its edge"."""
    large = [face for face in faces if face.share >= SMALL]
    if not large:
        return "no face found"
    share = f"{max(1, round(100 * large[0].share))} % of the frame"
    if len(large) > 1:
        return f"{len(large)} faces, the largest fills {share}{_edge(large)}"
    return f"one face fills {share}{_edge(large)}"


def _edge(faces: Sequence[Face]) -> str:
    if _cut(faces) > CUT:
        return ", cut by its edge"
    return ", close to its edge" if _margin(faces) < NEAR else ""
