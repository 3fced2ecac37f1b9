"""A recipe whose net is shown rated photos and texts, and is taught in stages."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from photoloupe.training.engine.sections import Count, FitSection, Positive, Section
from photoloupe.training.published.rated_section import RatedRecipe

Optimiser = Literal["adamw", "adam", "sgd"]
# What FitSection has for one optimiser and its curve.
CURVE = ("head_rate", "trunk_rate", "weight_decay", "warmup_steps", "drop_steps")
StageLoss = Literal["mse", "l1", "mixed", "emd"]


class FitStage(Section):
    """So many epochs with one optimiser at one rate; the losses take turns, each as long."""

    optimiser: Optimiser
    rate: Positive
    epochs: Count
    losses: tuple[StageLoss, ...]

    @model_validator(mode="after")
    def _in_whole_epochs(self) -> Self:
        if not self.losses or self.epochs % len(self.losses):
            raise ValueError("epochs cannot be shared equally among the losses")
        return self


class StagedFit(FitSection):
    """Stages instead of one optimiser and one curve of rates.

    steps: follows from the stages and the photos, so that a recipe does not say it.
    """

    steps: Count = 1
    stages: Annotated[tuple[FitStage, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _said_by_stages(cls, values: dict[str, Any]) -> dict[str, Any]:
        if idle := {"steps", *CURVE} & set(values):
            raise ValueError(f"{', '.join(sorted(idle))}: the stages say it")
        return values

    @property
    def epochs(self) -> int:
        return sum(stage.epochs for stage in self.stages)

    def of_epochs(self, epoch_steps: int) -> Self:
        return self.model_copy(update={"steps": epoch_steps * self.epochs})

    def at(self, step: int) -> tuple[int, StageLoss]:
        """(number of the stage that a step is in, the loss that it makes small)."""
        epoch = step * self.epochs // self.steps
        for number, stage in enumerate(self.stages):
            if epoch < stage.epochs:
                return number, stage.losses[epoch * len(stage.losses) // stage.epochs]
            epoch -= stage.epochs
        raise ValueError(f"step {step} lies after the last stage")


class ClipSection(Section):
    """A CLIP as transformers builds it, for random weights; the default is ViT-B/32's shape."""

    width: Count = 768
    text_width: Count = 512
    joint_width: Count = 512
    layers: Count = 12
    side: Annotated[int, Field(ge=16, multiple_of=16)] = 224
    patch: Count = 32


class AestheticsPromptsRecipe(RatedRecipe):
    """A CLIP that tells how well each of ten texts fits a photo, taught in stages.

    prompt: one text a rating, "{}" standing for its word; words: the ten, the worst first.
    """

    kind: Literal["aesthetics_prompts"]
    fit: StagedFit
    trunk: ClipSection = ClipSection()
    prompt: Annotated[str, Field(pattern=r"\{\}")]
    words: Annotated[tuple[str, ...], Field(min_length=10, max_length=10)]

    @property
    def loss_weights(self) -> dict[str, float]:
        return dict.fromkeys(("mse", "l1", "mixed", "emd"), 1.0)


Recipe = AestheticsPromptsRecipe
