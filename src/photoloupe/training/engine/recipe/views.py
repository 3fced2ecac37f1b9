"""A recipe whose net is shown whole photos, for one task or several."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from photoloupe.training.engine.recipe.base import (
    Count,
    Positive,
    Recipe,
    Section,
    TableRecipe,
    TrunkRecipe,
)

TaskName = Annotated[str, Field(pattern="^(squish|selfie|aesthetics)$")]


class TaskRecipe(TableRecipe):
    """One task's table and its share of the training.

    batch: photos a step; weight: of its loss; negatives: a task whose photos serve this one as
    examples of "no"; most_aspect: frames are drawn from 1 / most_aspect to most_aspect; mixup: how
    much photos of a batch are blended, labels too, as the parameter of Zhang et al. 2018, 0 for not
    at all. Of squish, which makes its labels itself: more, tables whose training photos serve it
    too; varied, photos with other histories and colours, squeezed by more programs' filters.
    """

    batch: Count
    weight: Positive = 1.0
    negatives: TaskName | None = None
    more: tuple[TableRecipe, ...] = ()
    varied: bool = False
    most_aspect: Annotated[float, Field(ge=1)] = 3.0
    mixup: Annotated[float, Field(ge=0)] = 0.0


class ViewsTrunk(TrunkRecipe):
    """EfficientNet-Lite0 or TinyViT-5M."""

    net: Literal["lite0", "tiny_vit"] = "lite0"


class TeacherRecipe(Section):
    """What a larger net says of the photos, to be learned beside the tasks; see training.teacher.

    features: its file in the data folder; batch: photos a step; weight: of the loss on its
    features; rating_weight: of the loss on ratings, human or the teacher's; often: how much more
    often than others a photo with a human rating is drawn.
    """

    features: str
    batch: Count
    weight: Positive = 1.0
    rating_weight: Positive = 1.0
    often: Positive = 1.0


class ViewsRecipe(Recipe):
    kind: Literal["views"]
    view_pixels: Count
    trunk: ViewsTrunk = ViewsTrunk()
    tasks: dict[TaskName, TaskRecipe]
    teacher: TeacherRecipe | None = None

    @model_validator(mode="after")
    def _lenders(self) -> Self:
        """Negatives are of a task that there is; photos without a label serve squish alone."""
        for name, task in self.tasks.items():
            if name != "squish" and (task.more or task.varied):
                raise ValueError(f"tasks.{name}: more, varied: only squish makes its own labels")
            if task.negatives not in {*self.tasks, None}:
                raise ValueError(f"tasks.{name}: no task {task.negatives}")
        return self

    @property
    def loss_weights(self) -> dict[str, float]:
        weights = {name: task.weight for name, task in self.tasks.items()}
        if self.teacher:
            weights |= {"teacher": self.teacher.weight, "taught": self.teacher.rating_weight}
        return weights
