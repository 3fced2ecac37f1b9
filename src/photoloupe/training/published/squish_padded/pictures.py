"""The three pictures of a padded run: what the net is shown, its loss, what it answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from photoloupe.arrays import Pixels
from photoloupe.questions.squish import ratios
from photoloupe.training.engine.figures import Array
from photoloupe.training.published.squish_padded.data import Sample, pad
from photoloupe.training.published.squish_padded.net import PaddedJudge, log_ratios

INK, SOFT, LINE, PAPER = (30, 30, 30), (205, 205, 205), (70, 120, 180), (250, 250, 248)
CELL, GAP, WORDS = 200, 12, 24  # px: a picture's most, between two, for a line of text
ROWS = 6  # samples that are shown


def draw_stages(samples: list[Sample], side: int) -> Image.Image:
    """Row by row a sample on its way: photo, crop, squished, padded as the net sees it."""
    rows = []
    for sample in samples[:ROWS]:
        shown = pad(sample.squished, side)
        pictures = sample.photo, sample.crop, sample.squished, shown
        rows.append([(picture, _size(picture)) for picture in pictures])
        rows[-1][2] = (sample.squished, _ratio_words(sample.log_ratio))
    return _grid(["photo", "crop", "squished", f"padded to {side} px"], rows)


def draw_answers(samples: list[Sample], judge: PaddedJudge) -> Image.Image:
    """Row by row: what the net is given, what it says, and the picture repaired by that."""
    shown = samples[:ROWS]
    answers = judge.answers([sample.squished for sample in shown])
    rows = []
    for sample, (width, height), t in zip(shown, answers, log_ratios(answers), strict=True):
        repaired = _repaired(sample.squished, float(t))
        rows.append(
            [
                (sample.squished, f"truth {_ratio_words(sample.log_ratio)}"),
                (repaired, f"said {width:.2f}, {height:.2f}"),
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


def read_losses(folder: Path) -> Array:
    """(n, 2) steps and losses that training logged in `folder`, by step."""
    log = EventAccumulator(str(folder))
    log.Reload()
    tag = "loss/squish"
    values = log.Scalars(tag) if tag in log.Tags()["scalars"] else []
    by_step = {event.step: event.value for event in values}  # a run that went on repeats some
    return np.array(sorted(by_step.items()), float).reshape(-1, 2)


def draw_loss(losses: Array) -> Image.Image:
    """Mean squared error by step, on a logarithmic scale: grey as logged, blue its running mean."""
    page = Image.new("RGB", (800, 420), PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(15)
    left, top, right, bottom = 70, 40, 780, 370
    draw.text((left, 12), "training loss: mean squared error of both ratios", font=font, fill=INK)
    draw.rectangle((left, top, right, bottom), outline=INK)
    if not len(losses):
        return page
    logs = np.log10(np.maximum(losses[:, 1], 1e-6))
    low, high = np.floor(logs.min() * 2) / 2, np.ceil(logs.max() * 2) / 2 + 1e-6
    last = max(float(losses[-1, 0]), 1.0)

    def at(step: float, log: float) -> tuple[float, float]:
        up = (log - low) / (high - low)
        return left + (right - left) * step / last, bottom - (bottom - top) * up

    for mark in np.arange(low, high + 0.01, 0.5):
        y = at(0, mark)[1]
        draw.line((left, y, right, y), fill=SOFT)
        draw.text((12, y - 9), f"{10**mark:.3f}", font=font, fill=INK)
    for step in np.unique(np.linspace(0, last, 5).round()):
        draw.text((at(step, low)[0] - 20, bottom + 8), f"{step:.0f}", font=font, fill=INK)
    points = [at(step, log) for step, log in zip(losses[:, 0], logs, strict=True)]
    draw.line(points, fill=(170, 170, 170))
    window = np.ones(max(1, min(15, len(logs) // 10)))
    smooth = np.convolve(logs, window, "same") / np.convolve(np.ones(len(logs)), window, "same")
    points = [at(step, log) for step, log in zip(losses[:, 0], smooth, strict=True)]
    draw.line(points, fill=LINE, width=3)
    return page
