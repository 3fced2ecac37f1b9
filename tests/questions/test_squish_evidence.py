from __future__ import annotations

from dataclasses import replace
from math import log

import pytest

from photoloupe.media.facts import Facts
from photoloupe.media.frame_hints import Declared
from photoloupe.questions.squish import Squish
from photoloupe.questions.squish_evidence import name_of, shown_as, with_evidence

FACTS = Facts("a.jpg", "0" * 64, 1000, "JPEG", 1920, 1080)
PLAIN = Squish(1.0, 1.0, False, 0.9)


def sentences(squish: Squish, facts: Facts = FACTS, **declared: object) -> tuple[str, ...]:
    return with_evidence(squish, replace(facts, declared=Declared(**declared))).evidence  # type: ignore[arg-type]


def test_a_photo_that_nothing_speaks_against_has_no_evidence() -> None:
    assert sentences(PLAIN) == ()
    assert sentences(PLAIN, size_wh=(3840, 2160), thumbnail_wh=(160, 91)) == ()


def test_the_picture_names_the_mistake() -> None:
    answer = Squish(1.0, 0.75, True, 0.99)
    assert sentences(answer) == (
        "picture: 99.0% likely squished, height squeezed to 75%: 4:3 shown as 16:9",
    )
    odd = Squish(0.5, 1.0, True, 0.99)
    assert sentences(odd) == ("picture: 99.0% likely squished, width squeezed to 50%",)
    unsure = Squish(0.9, 1.0, False, 0.04, unsure=True)
    assert sentences(unsure) == ("picture: 96.0% likely squished, too uncertain to decide",)


def test_what_the_file_declares_is_told_and_moves_nothing() -> None:
    told = with_evidence(PLAIN, replace(FACTS, declared=Declared((4000, 3000), (160, 120), 4 / 3)))
    assert replace(told, evidence=()) == PLAIN
    assert told.evidence == (
        "EXIF size 4000 x 3000: height squeezed to 75%: 4:3 shown as 16:9, if it was not cropped",
        "embedded thumbnail 160 x 120: height squeezed to 75%: 4:3 shown as 16:9, "
        "if it was not cropped",
        "declared pixels are 1.33 times as wide as high: width squeezed to 75%, "
        "but such claims are mostly wrong",
    )


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        (4 / 3, 16 / 9, "height squeezed to 75%: 4:3 shown as 16:9"),
        (16 / 9, 4 / 3, "width squeezed to 75%: 16:9 shown as 4:3"),
        (3 / 2, 1, "width squeezed to 67%: 3:2 shown as 1:1"),
        (2 / 3, 1, "height squeezed to 67%: 2:3 shown as 1:1"),
        (3 / 4, 4 / 3, "height squeezed to 56%: 3:4 shown as 4:3"),
        (1.1, 1.9, "height squeezed to 58%"),
    ],
)
def test_common_mistakes_have_names(was: float, now: float, words: str) -> None:
    assert shown_as(log(was), log(now), 0.02) == words


def test_a_frame_of_a_screen_has_its_name() -> None:
    assert name_of(log(1366 / 768), 0.012) == "16:9"
    assert name_of(log(768 / 1366), 0.012) == "9:16"
    assert name_of(log(1.43), 0.012) is None
