"""The photos of a head recipe, by the kinds that somebody who inspected them gave them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from photoloupe.arrays import Pixels
from photoloupe.errors import RecipeError
from photoloupe.training.engine import augment
from photoloupe.training.engine.tables import Row, table_rows
from photoloupe.training.head.recipe import HeadRecipe

LEAST_ZOOM, MOST_ASPECT = 0.85, 1.7
LEAST_SIDE, MOST_SIDE = 150, 200  # px, of a square of a copy's area: near the smallest photos'
LEAST_QUALITY, MOST_QUALITY = 60, 92


def labelled_rows(recipe: HeadRecipe, path: Path, data: Path) -> list[Row]:
    """Rows of the tables that somebody inspected: those with a `kind`, from the reviewed lists.

    path: the recipe's. Raises RecipeError if they are not of both classes.
    """
    every = (row for table in recipe.photos for row in table_rows(table, data, path.parent))
    rows = [{**row, "family": row["source"].partition("_")[0]} for row in every if row.get("kind")]
    if len({row["selfie"] for row in rows}) < 2:
        raise RecipeError(f"{path}: the lists name no selfie and no other photo of these tables")
    return rows


def level(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """(H, W, 3) -> a copy whose shape, size and compression say nothing of the photo's source.

    A crop of random aspect (1:1.7 to 1.7:1) and place, 0.85 to 1 of the largest such; rescaled to
    the area of a square of 150 to 200 px; saved as JPEG 60 to 92. Mirrored half the time.
    """
    aspect = augment.log_uniform(1 / MOST_ASPECT, MOST_ASPECT, rng)
    crop = augment.crop_to_aspect(photo, aspect, rng.uniform(LEAST_ZOOM, 1), rng)
    crop = np.ascontiguousarray(augment.mirror(crop, rng))
    scale = rng.uniform(LEAST_SIDE, MOST_SIDE) / (crop.shape[0] * crop.shape[1]) ** 0.5
    size = [max(8, round(side * scale)) for side in crop.shape[1::-1]]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(crop, size, interpolation=how), np.uint8)
    quality = int(rng.integers(LEAST_QUALITY, MOST_QUALITY + 1))
    _, saved = cv2.imencode(".jpg", small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(saved, cv2.IMREAD_COLOR_RGB), np.uint8)
