"""A recipe whose net is shown photos padded to a square: the published squish net."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from photoloupe.training.engine.sections import (
    Count,
    FittedRecipe,
    Positive,
    Section,
    Share,
    TableSection,
)


class EfficientNetSection(Section):
    """An EfficientNet (Tan and Le 2019) as transformers builds it; the default is B4.

    width, depth: factors on B0's channels and layers; hidden: of the layer before the answer.
    """

    width: Positive = 1.4
    depth: Positive = 1.8
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.4
    hidden: Count = 1000


class MadeSquishes(Section):
    """How a photo is squished: a crop of it, then one side of the crop squeezed.

    The crop's aspect is log-uniform from 1 / most_aspect to most_aspect, and its sides are
    least_zoom to 1 of the largest such crop's; the ratio is uniform from least_ratio to 1.
    """

    batch: Count
    most_aspect: Annotated[float, Field(ge=1)] = 3.0
    least_zoom: Share = 0.5
    least_ratio: Share = 0.05


class SquishPaddedRecipe(FittedRecipe):
    """side: of the black square, in pixels, that a photo is fitted into.

    test_copies: how many squished copies of test photos the net is measured on.
    """

    kind: Literal["squish_padded"]
    side: Annotated[int, Field(ge=32, multiple_of=32)] = 256
    trunk: EfficientNetSection = EfficientNetSection()
    photos: TableSection
    squishes: MadeSquishes
    test_copies: Count = 1000

    @property
    def loss_weights(self) -> dict[str, float]:
        return {"squish": 1.0}


Recipe = SquishPaddedRecipe
