"""The evidence for a squish, in sentences: the picture first, then what its file declares.

A 1920 x 1080 file whose EXIF says 4000 x 3000 was squeezed in height, to 75 %, or it was cropped:
editors leave such tags behind. So they are listed after the net's answer and never change it.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, log

from photoloupe.media.facts import Facts
from photoloupe.media.frame_hints import SAME, aspect_gap
from photoloupe.questions.squish import Squish, ratios

COMMON = {"1:1": 1 / 1, "5:4": 5 / 4, "4:3": 4 / 3, "3:2": 3 / 2, "16:10": 16 / 10, "16:9": 16 / 9,
          "21:9": 64 / 27}  # fmt: skip
NAMED = 0.012  # |ln| from a common aspect up to which a frame has its name: 1366 x 768 is 16:9
GUESSED = 0.05  # the same for an aspect that the net's ratio leads to
CHANGED = 0.02  # |ln| of two declared aspects that differ by more than rounding


def with_evidence(squish: Squish, facts: Facts) -> Squish:
    """The same answer with its evidence: sentences for a person."""
    frame_wh, declared = (facts.width, facts.height), facts.declared
    found = _of_picture(squish, frame_wh)
    for name, size_wh, slack in (
        ("EXIF size", declared.size_wh, CHANGED),
        ("embedded thumbnail", declared.thumbnail_wh, SAME),
    ):
        gap = aspect_gap(frame_wh, size_wh) if size_wh else 0.0
        if size_wh and abs(gap) > slack:
            was = log(size_wh[0] / size_wh[1])
            shown = shown_as(was, was + gap, slack)
            found.append(f"{name} {size_wh[0]} x {size_wh[1]}: {shown}, if it was not cropped")
    if declared.pixel_aspect:
        found.append(
            f"declared pixels are {declared.pixel_aspect:.2f} times as wide as high: "
            f"{squeezed(-log(declared.pixel_aspect))}, but such claims are mostly wrong"
        )
    return replace(squish, evidence=tuple(found))


def _of_picture(squish: Squish, frame_wh: tuple[int, int]) -> list[str]:
    if squish.unsure:
        return [f"picture: {1 - squish.confidence:.1%} likely squished, too uncertain to decide"]
    if not squish.squished:
        return []
    t, frame = log(squish.width_ratio / squish.height_ratio), log(frame_wh[0] / frame_wh[1])
    words = shown_as(frame - t, frame, GUESSED)
    return [f"picture: {squish.confidence:.1%} likely squished, {words}"]


def shown_as(was: float, now: float, slack: float) -> str:
    """Two aspects, as ln(width / height) -> the side that was squeezed, and the mistake's name.

    slack: how far `was` may be from a common aspect; the frame's own aspect is known exactly.
    """
    words, names = squeezed(now - was), (name_of(was, slack), name_of(now, NAMED))
    if None in names or names[0] == names[1]:
        return words
    return f"{words}: {names[0]} shown as {names[1]}"


def squeezed(log_ratio: float) -> str:
    """t = ln(width ratio / height ratio) -> such as "width squeezed to 67%"."""
    width, height = ratios(log_ratio)
    side = "width" if width < height else "height"
    return f"{side} squeezed to {min(width, height):.0%}"


def name_of(log_aspect: float, slack: float) -> str | None:
    """The common aspect within `slack`, such as 4:3 or, upright, 3:4; None if there is none."""
    name, aspect = min(COMMON.items(), key=lambda item: abs(log(item[1]) - abs(log_aspect)))
    if abs(log(aspect) - abs(log_aspect)) > slack:
        return None
    return name if exp(log_aspect) >= 1 else ":".join(reversed(name.split(":")))
