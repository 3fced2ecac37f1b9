"""A multitask recipe: one trunk, one head a question, taught on views of photos."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from photoloupe.training.engine.sections import (
    Count,
    FittedRecipe,
    Positive,
    Section,
    TableSection,
    TaskName,
    TrunkSection,
)


class TaskSection(TableSection):
    """One task's table and its share of the training.

    batch: photos a step; weight: of its loss; negatives: a task whose photos serve this one as
    examples of "no"; most_aspect: frames are drawn from 1 / most_aspect to most_aspect.
    """

    batch: Count
    weight: Positive = 1.0
    negatives: TaskName | None = None
    most_aspect: Annotated[float, Field(ge=1)] = 3.0


class ViewsTrunkSection(TrunkSection):
    """net: EfficientNet-Lite0 or TinyViT-5M."""

    net: Literal["lite0", "tiny_vit"] = "lite0"


class TeacherSection(Section):
    """A larger net's features of the photos, to be learned besides the tasks; see engine.teacher.

    features: its file in the data folder; batch: photos a step; weight: of the loss on its
    features; rating_weight: of the loss on ratings, human or the teacher's; often: how much more
    often than others a photo with a human rating is drawn.
    """

    features: str
    batch: Count
    weight: Positive = 1.0
    rating_weight: Positive = 1.0
    often: Positive = 1.0


class MultitaskRecipe(FittedRecipe):
    """view_pixels: area of a view; tasks: by name, at least the one that `negatives` names."""

    kind: Literal["multitask"]
    view_pixels: Count
    trunk: ViewsTrunkSection = ViewsTrunkSection()
    tasks: dict[TaskName, TaskSection]
    teacher: TeacherSection | None = None

    @model_validator(mode="after")
    def _negatives_are_of_a_task(self) -> Self:
        for name, task in self.tasks.items():
            if task.negatives not in {*self.tasks, None}:
                raise ValueError(f"tasks.{name}: no task {task.negatives}")
        return self

    @property
    def loss_weights(self) -> dict[str, float]:
        """By task, and of the teacher's two losses."""
        weights = {name: task.weight for name, task in self.tasks.items()}
        if self.teacher:
            weights |= {"teacher": self.teacher.weight, "taught": self.teacher.rating_weight}
        return weights


Recipe = MultitaskRecipe
