"""What recipes of every kind say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(gt=0, le=1)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FitRecipe(Section):
    """AdamW (without weight decay it is Adam), linear warm-up, then a cosine down to zero.

    Rates are those at the top. drop_steps: the rates fall to a tenth every so many steps instead.
    heads_only_steps: so long the trunk stays as it was loaded; precision: as Lightning names it.
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


class TrunkRecipe(Section):
    """A net `width` times as wide as published, its stem and first blocks left as loaded."""

    width: Positive = 1.0
    freeze_blocks: Annotated[int, Field(ge=0, le=16)] = 0
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.2


class TableRecipe(Section):
    """A CSV of photos and which of its rows training never sees.

    hold_out: values of `source_column` that are kept for the test;
    group_column, group_pattern: rows whose match is the same show one person or theme, and
    count as one when a figure's interval is drawn;
    reviewed: CSVs beside the recipe whose labels, by file, replace the table's; a row that has none
    there is left out.
    """

    csv: str
    source_column: str = "source"
    hold_out: tuple[str, ...] = ()
    hold_out_splits: tuple[str, ...] = ()
    group_column: str = "file"
    group_pattern: str = ".+"
    reviewed: tuple[str, ...] = ()


class Recipe(Section):
    """What every recipe says. Sources and notes go into the card."""

    name: str
    licence: str
    fit: FitRecipe
    sources: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def loss_weights(self) -> dict[str, float]:
        """The weight of each of the losses that the net of this recipe returns."""
        raise NotImplementedError
