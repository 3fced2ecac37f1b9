"""A recipe whose net is shown the traces that resampling leaves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from photoloupe.training.engine.recipe.base import Count, Recipe, TableRecipe


class TracesRecipe(Recipe):
    """samples: squished photos to make and read; width: of the net; more: tables to train on."""

    kind: Literal["traces"]
    samples: Count
    batch: Count = 128
    width: Count = 512
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3
    copies: Count = 4
    photos: TableRecipe
    more: tuple[TableRecipe, ...] = ()

    @property
    def loss_weights(self) -> dict[str, float]:
        return {"traces": 1.0}
