"""The two pictures of a classes run: photos with their classes, and with what the net says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from photoloupe.arrays import Pixels
from photoloupe.training.engine.tables import Row
from photoloupe.training.published.selfie_squashed.data import load_small
from photoloupe.training.published.selfie_squashed.net import ClassJudge
from photoloupe.training.published.selfie_squashed.recipe import SelfieSquashedRecipe

CELL, GAP, WORDS, ACROSS = 128, 10, 22, 8  # px: a picture's side, between two, a line; a row's
RIGHT, WRONG, PAPER = (30, 110, 60), (180, 40, 30), (250, 250, 248)


def some(rows: Sequence[Row], recipe: SelfieSquashedRecipe) -> list[Row]:
    """As many rows as a picture shows, of both classes in turn, drawn with the recipe's seed."""
    order = np.random.default_rng(recipe.fit.seed).permutation(len(rows))
    by_class = [[rows[k] for k in order if rows[k]["class"] == c] for c in recipe.classes]
    most = max(map(len, by_class))
    mixed = [rows[k] for k in range(most) for rows in by_class if k < len(rows)]
    return mixed[: recipe.shown]


def draw_dataset(rows: Sequence[Row], recipe: SelfieSquashedRecipe) -> Image.Image:
    """Photos as the net is shown them, each with its class."""
    shown = some(rows, recipe)
    cells = [(load_small(row, recipe.side), row["class"], True) for row in shown]
    return _grid("what the net is shown", cells)


def draw_predictions(
    rows: Sequence[Row], recipe: SelfieSquashedRecipe, judge: ClassJudge
) -> Image.Image:
    """Photos with the class that the net takes them for: green if right, red if wrong."""
    shown = some(rows, recipe)
    pictures = [load_small(row, recipe.side) for row in shown]
    cells = []
    for row, pixels, answer in zip(shown, pictures, judge.answers(pictures), strict=True):
        said = judge.classes[int(answer.argmax())]
        cells.append((pixels, f"{said} {answer.max():.0%}", said == row["class"]))
    return _grid("what the net says: green is right", cells)


def _grid(title: str, cells: list[tuple[Pixels, str, bool]]) -> Image.Image:
    step, pitch = CELL + GAP, CELL + WORDS + GAP
    rows = -(-len(cells) // ACROSS)
    page = Image.new("RGB", (GAP + step * ACROSS, 2 * WORDS + pitch * rows), PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    draw.text((GAP, GAP), title, font=font, fill=(30, 30, 30))
    for index, (pixels, words, right) in enumerate(cells):
        x, y = GAP + step * (index % ACROSS), 2 * WORDS + pitch * (index // ACROSS)
        page.paste(Image.fromarray(np.ascontiguousarray(pixels)).resize((CELL, CELL)), (x, y))
        draw.text((x, y + CELL + 2), words, font=font, fill=RIGHT if right else WRONG)
    return page
