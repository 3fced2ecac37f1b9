"""A recipe that rates photos by what a published image encoder sees in them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from photoloupe.training.engine.sections import Count, NamedRecipe, Positive, TableSection


class EncoderRecipe(NamedRecipe):
    """A regression on an encoder's features, so no steps and no rates.

    view_pixels: area of a view, best that of the encoder's square; mean, std: of the pixels it was
    taught on, as shares of 255; narrow: of the kernel, in units of one over the median squared
    distance of two photos; ridge: the penalty; order: what a photo above its damaged copy weighs, a
    rating weighing 1; margin: by how many ratings it is to be above a strongly damaged one;
    train_photos: how many photos without a rating teach order; test_photos: how many order is
    measured on; folds: parts that themes are left out in, for a figure over all rated photos.
    """

    kind: Literal["encoder"]
    view_pixels: Count
    mean: tuple[float, float, float] = (0.48145466, 0.4578275, 0.40821073)  # CLIP's own
    std: tuple[Positive, Positive, Positive] = (0.26862954, 0.26130258, 0.27577711)
    narrow: Positive = 1.0
    ridge: Positive = 0.2
    order: Positive = 0.005
    margin: Positive = 4.0
    rated: TableSection
    photos: TableSection
    train_photos: Count
    test_photos: Count = 60
    folds: Annotated[int, Field(ge=2)] = 10
    seed: int = 0


Recipe = EncoderRecipe
