"""The two pictures of a run: what the net is shown, and what it answers."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from photoloupe.arrays import Pixels
from photoloupe.questions.squish import ratios
from photoloupe.training.published.squish_padded.data import SquishedSample, pad
from photoloupe.training.published.squish_padded.net import PaddedJudge, log_ratios

INK, PAPER = (30, 30, 30), (250, 250, 248)
CELL, GAP, WORDS = 200, 12, 24  # px: a picture's most, between two, for a line of text
ROWS = 6  # samples that are shown


def draw_stages(samples: list[SquishedSample], side: int) -> Image.Image:
    """Row by row a sample on its way: photo, crop, squished, padded as the net sees it."""
    rows = []
    for sample in samples[:ROWS]:
        shown = pad(sample.squished, side)
        pictures = sample.photo, sample.crop, sample.squished, shown
        rows.append([(picture, _size(picture)) for picture in pictures])
        rows[-1][2] = (sample.squished, _ratio_words(sample.log_ratio))
    return _grid(["photo", "crop", "squished", f"padded to {side} px"], rows)


def draw_answers(samples: list[SquishedSample], judge: PaddedJudge) -> Image.Image:
    """Row by row: what the net is given, what it says, and the picture repaired by that."""
    shown = samples[:ROWS]
    answers = judge.answers([sample.squished for sample in shown])
    rows = []
    for sample, (width, height), t in zip(shown, answers, log_ratios(answers), strict=True):
        repaired = _repaired(sample.squished, float(t))
        rows.append(
            [
                (sample.squished, f"truth {_ratio_words(sample.log_ratio)}"),
                (repaired, f"answer {width:.2f}, {height:.2f}"),
                (sample.crop, "as it was"),
            ]
        )
    return _grid(["input", "repaired by the answer", "truth"], rows)


def _repaired(squished: Pixels, t: float) -> Pixels:
    height, width = squished.shape[:2]
    x, y = ratios(t)
    size = max(1, round(width / x)), max(1, round(height / y))
    return np.asarray(Image.fromarray(squished).resize(size, Image.Resampling.LANCZOS))


def _ratio_words(t: float) -> str:
    return "{:.2f}, {:.2f}".format(*ratios(t))


def _size(pixels: Pixels) -> str:
    return f"{pixels.shape[1]} x {pixels.shape[0]}"


def _grid(titles: list[str], rows: list[list[tuple[Pixels, str]]]) -> Image.Image:
    """Pictures with a line under each; no picture is stretched."""
    step, pitch = CELL + GAP, CELL + WORDS + GAP
    page = Image.new("RGB", (GAP + step * len(titles), 2 * WORDS + pitch * len(rows)), PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(15)
    for column, title in enumerate(titles):
        draw.text((GAP + step * column, GAP), title, font=font, fill=INK)
    for index, row in enumerate(rows):
        for column, (pixels, words) in enumerate(row):
            x, y = GAP + step * column, 2 * WORDS + pitch * index
            image = Image.fromarray(np.ascontiguousarray(pixels))
            scale = CELL / max(image.size)
            size = [max(1, round(side * scale)) for side in image.size]
            page.paste(image.resize((size[0], size[1])), (x, y))
            draw.text((x, y + size[1] + 2), words, font=font, fill=INK)
    return page
