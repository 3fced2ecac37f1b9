"""A recipe whose net is shown photos squashed to a square, and tells two classes apart."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from photoloupe.training.engine.sections import Count, FittedRecipe, Section, TableSection


class ConvNeXtSection(Section):
    """A ConvNeXt (Liu et al. 2022) as transformers builds it; the default is ConvNeXt-Tiny."""

    depths: tuple[Count, ...] = (3, 3, 9, 3)
    widths: tuple[Count, ...] = (96, 192, 384, 768)


class SelfieSquashedRecipe(FittedRecipe):
    """side: of the square, in pixels, that photos are squashed to; batch: photos a step.

    classes: the folders' names, or what 1 and 0 mean in the CSV's column `selfie`; epochs: what
    `fit.steps` follows from, once the photos are counted; shown: photos in a picture of the run.
    """

    kind: Literal["selfie_squashed"]
    side: Annotated[int, Field(ge=32, multiple_of=32)] = 64
    trunk: ConvNeXtSection = ConvNeXtSection()
    classes: tuple[str, str]
    photos: TableSection
    batch: Count = 32
    epochs: Count = 1
    shown: Count = 32

    @property
    def loss_weights(self) -> dict[str, float]:
        return {"classes": 1.0}


Recipe = SelfieSquashedRecipe
