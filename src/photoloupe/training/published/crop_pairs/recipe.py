"""A recipe whose net is shown two photos: the published crop net."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from photoloupe.training.engine.sections import (
    Count,
    FittedRecipe,
    Positive,
    Section,
    Share,
    TableSection,
)


class ResNetSection(Section):
    """A ResNet (He et al. 2015) as transformers builds it; the default is ResNet-18."""

    layer: Literal["basic", "bottleneck"] = "basic"
    depths: tuple[Count, ...] = (2, 2, 2, 2)
    stem_width: Count = 64
    widths: tuple[Count, ...] = (64, 128, 256, 512)


class MadePairs(Section):
    """How pairs are made: half of them a photo and a crop of it, half of the `negatives` kind.

    aspect: the crop's two sides are drawn each by itself ("random"), or the crop has its
    photo's frame ("kept"); least_side, most_side: as shares of the photo's, the range that a
    side is drawn from; qualities: of the JPEGs that both pictures are saved as.
    negatives: the crop is of another photo, or mirrored, or the mirrored photo stands in its place.
    """

    batch: Count
    aspect: Literal["random", "kept"] = "random"
    least_side: Share = 0.2
    most_side: Share = 0.95
    negatives: Literal["other", "mirrored_crop", "mirrored_photo"] = "other"
    least_quality: Annotated[int, Field(ge=1, le=95)] = 40
    most_quality: Annotated[int, Field(ge=1, le=95)] = 95

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least_side > self.most_side or self.least_quality > self.most_quality:
            raise ValueError("a least value is above its most value")
        return self


class PairWeights(Section):
    """Of the three losses."""

    pair: Positive = 1.0
    swapped: Positive = 1.0
    corner: Positive = 1.0


class CropPairsRecipe(FittedRecipe):
    """side: of the square, in pixels, that pictures are squashed to; test_pairs: to measure on."""

    kind: Literal["crop_pairs"]
    side: Annotated[int, Field(ge=32, multiple_of=32)] = 224
    trunk: ResNetSection = ResNetSection()
    photos: TableSection
    pairs: MadePairs
    weights: PairWeights = PairWeights()
    test_pairs: Count = 1000

    @property
    def loss_weights(self) -> dict[str, float]:
        return self.weights.model_dump()


Recipe = CropPairsRecipe
