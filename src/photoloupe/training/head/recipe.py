"""A recipe that regresses a question on what a trained trunk and a face finder read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from photoloupe.training.engine.sections import BaseRecipe, Count, Positive, TableSection


class HeadRecipe(BaseRecipe):
    """What a picture's features and its faces weigh; a regression, so no steps and no rates.

    photos: tables, of which the rows are used that a reviewed list gives a kind; left_out: kinds
    that are measured and not learned from; copies: levelled copies a photo; penalty,
    faces_penalty: on squared weights of features and of faces' measures; threshold: probability
    from which a photo is called a selfie.
    """

    kind: Literal["head"]
    photos: tuple[TableSection, ...]
    left_out: tuple[str, ...] = ()
    copies: Count = 4
    penalty: Positive = 0.1
    faces_penalty: Positive = 0.01
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    seed: int = 0


Recipe = HeadRecipe
