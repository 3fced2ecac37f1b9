"""A recipe whose net is shown complete rated photos, and pools them in a pyramid of bins."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from photoloupe.training.engine.sections import Count, Positive, Section, TrunkSection
from photoloupe.training.published.rated_section import RatedRecipe


class PyramidTrunkSection(TrunkSection):
    """EfficientNet-Lite0, or any convolutional net of transformers, all of it out of a folder.

    net: which of the two; mean, std: of the pixels that the net was taught on, as shares of 255.
    """

    net: Literal["lite0", "transformers"] = "lite0"
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[Positive, Positive, Positive] = (0.5, 0.5, 0.5)


class PyramidWeights(Section):
    """Of the two losses: squared EMD of the distribution, cross-entropy of good or not."""

    aesthetics: Positive = 20.0
    good: Positive = 1.0


class AestheticsPyramidRecipe(RatedRecipe):
    """levels: bins a side; pool: what is taken of a bin; hidden: width of the dense layer.

    good_above: a photo that is rated above this is good.
    """

    kind: Literal["aesthetics_pyramid"]
    trunk: PyramidTrunkSection = PyramidTrunkSection()
    levels: tuple[Count, ...] = (1, 2, 4)
    pool: Literal["max", "average"] = "max"
    hidden: Count = 256
    good_above: Annotated[float, Field(gt=1, lt=10)] = 5.0
    weights: PyramidWeights = PyramidWeights()

    @property
    def loss_weights(self) -> dict[str, float]:
        return self.weights.model_dump()


Recipe = AestheticsPyramidRecipe
