"""Sections that recipes of several kinds have. An unknown key is an error in all of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from photoloupe.questions.registry import QUESTIONS

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(gt=0, le=1)]


def _registered(name: str) -> str:
    if name not in QUESTIONS:
        raise ValueError(f"no such question; one of {', '.join(QUESTIONS)}")
    return name


TaskName = Annotated[str, AfterValidator(_registered)]


class Section(BaseModel):
    """Part of a recipe: frozen, and without a key that is not declared."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BaseRecipe(Section):
    """What every recipe has: the name of its kind, and sources and notes for the model's card."""

    kind: str
    sources: tuple[str, ...]
    notes: tuple[str, ...] = ()


class NamedRecipe(BaseRecipe):
    """A recipe that makes a model of its own: `name` is the stem of the files that it leaves."""

    name: str
    licence: str


class FitSection(Section):
    """AdamW (without weight decay it is Adam), linear warm-up, then a cosine down to zero.

    Rates are those at the top. drop_steps: the rates fall to a tenth every so many steps instead.
    heads_only_steps: the trunk stays as it was loaded for so many steps; precision: as Lightning
    names it.
    """

    steps: Count
    seed: int = 0
    head_rate: Positive = 1e-3
    trunk_rate: Positive = 3e-4
    weight_decay: Annotated[float, Field(ge=0)] = 0.02
    warmup_steps: Annotated[int, Field(ge=0)] = 100
    drop_steps: Count | None = None
    heads_only_steps: Annotated[int, Field(ge=0)] = 0
    checkpoint_steps: Count = 100
    precision: Literal["bf16-mixed", "32-true"] = "bf16-mixed"


class FittedRecipe(NamedRecipe):
    """A recipe whose net is trained in steps, by `engine.fit`."""

    fit: FitSection

    @property
    def loss_weights(self) -> dict[str, float]:
        """The weight of each loss that the net of this recipe returns, by the loss's name."""
        raise NotImplementedError


class TrunkSection(Section):
    """A net `width` times as wide as published, its stem and first blocks left as loaded."""

    width: Positive = 1.0
    freeze_blocks: Annotated[int, Field(ge=0, le=16)] = 0
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2


class TableSection(Section):
    """A CSV of photos and which of its rows training never sees.

    hold_out: values of `source_column` that are kept for the test;
    group_column, group_pattern: rows whose match is the same show one person or theme, and
    count as one when a figure's interval is drawn;
    reviewed: CSVs in the recipe's folder whose labels, by file, replace the table's; a row whose
    label is empty there is left out.
    """

    csv: str
    source_column: str = "source"
    hold_out: tuple[str, ...] = ()
    hold_out_splits: tuple[str, ...] = ()
    group_column: str = "file"
    group_pattern: str = ".+"
    reviewed: tuple[str, ...] = ()
