"""A recipe whose net is shown whole photos, for one task or several."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from photoloupe.training.recipe.base import Count, Positive, Recipe, TableRecipe, TrunkRecipe

TaskName = Annotated[str, Field(pattern="^(squish|selfie|aesthetics)$")]


class TaskRecipe(TableRecipe):
    """One task's table and its share of the training.

    batch: photos a step; weight: of its loss; negatives: a task whose photos serve this one as
    examples of "no"; most_aspect: frames are drawn from 1 / most_aspect to most_aspect.
    """

    batch: Count
    weight: Positive = 1.0
    negatives: TaskName | None = None
    most_aspect: Annotated[float, Field(ge=1)] = 3.0


class ViewsRecipe(Recipe):
    kind: Literal["views"]
    view_pixels: Count
    trunk: TrunkRecipe = TrunkRecipe()
    tasks: dict[TaskName, TaskRecipe]

    @property
    def loss_weights(self) -> dict[str, float]:
        return {name: task.weight for name, task in self.tasks.items()}
