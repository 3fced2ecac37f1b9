"""A recipe whose net is shown photos and damaged copies."""

from __future__ import annotations

from typing import Literal

from photoloupe.training.engine.sections import (
    Count,
    FittedRecipe,
    Positive,
    Section,
    TableSection,
    TaskName,
    TrunkSection,
)


class DamageWeights(Section):
    """Of the losses; see damage.net."""

    order: Positive = 1.0
    rated: Positive = 1.0


class DamageRecipe(FittedRecipe):
    """A head that measures damage, and one that rates what is shown, on a model's trunk.

    features: a teacher's, in the data folder, for photos without a human rating; margin: least
    gap, in ratings, between a photo and its strongly damaged copy; batch: photos a step;
    train_photos: how many are used besides the rated ones; test_photos: how many photos of unseen
    sources order is measured on; leaves: questions of that model which another one answers better.
    """

    kind: Literal["damage"]
    view_pixels: Count
    trunk: TrunkSection = TrunkSection()
    hidden: Count = 32
    batch: Count = 48
    margin: Positive = 0.5
    features: str
    rated: TableSection
    photos: TableSection
    weights: DamageWeights = DamageWeights()
    train_photos: Count
    test_photos: Count = 100
    leaves: tuple[TaskName, ...] = ()

    @property
    def loss_weights(self) -> dict[str, float]:
        return self.weights.model_dump()


Recipe = DamageRecipe
