"""A recipe that answers aesthetics and selfie by regressions on what a published encoder gives."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from photoloupe.training.engine.sections import (
    Count,
    NamedRecipe,
    Positive,
    Section,
    Share,
    TableSection,
)


class SmoothingSection(Section):
    """What activations are like, for products in eight bits.

    strength: 0 to 1, how much of their spread weights take over; photos: how many of the first
    table of unrated photos are read; beauty: how many of the photos rated for beauty; patches: the
    area they are shown at.
    """

    strength: Share = 0.65
    photos: Count = 80
    beauty: Count = 16
    patches: Count = 100
    seed: int = 1


class RatingSection(Section):
    """The kernel regression of ratings; see heads.py.

    gamma: width of the kernel, for standardised features, over their number; ridge: the penalty;
    share: of what is learned of one set of ratings that serves the other; order: what a photo
    above its damaged copy weighs, a rating weighing 1; margin: by how many ratings it is to be
    above a strongly damaged one; damage_ridge: the penalty of the regression of damage; strength,
    threshold: ratings that are subtracted for each unit of damage above a threshold.
    """

    gamma: Positive = 0.3
    ridge: Positive = 0.2
    share: Share = 0.6
    order: Positive = 0.02
    margin: Positive = 4.0
    damage_ridge: Positive = 0.1
    strength: Annotated[float, Field(ge=0)] = 2.0
    threshold: Annotated[float, Field(ge=0)] = 0.1


class SelfieTable(TableSection):
    """label: of rows that neither the table nor a reviewed list labels; empty leaves them out.

    only_reviewed: sources of which rows in a reviewed list alone are used; family: what sources
    are left out together, by default the part of the source up to "_"; apart: sources that are
    families of their own all the same.
    """

    label: Literal["", "0", "1"] = ""
    only_reviewed: tuple[str, ...] = ()
    family: str = ""
    apart: tuple[str, ...] = ()


class SelfieSection(Section):
    """The logistic regression.

    doubtful: kinds that are not used; left_out: kinds that are measured and not learned from;
    penalty: on squared weights; right: the least share of yes and of no that is to be right, both
    classes weighing the same; right_alone: the same in every source of both
    classes; faces: search for faces too, which weigh nothing, as evidence.
    """

    tables: tuple[SelfieTable, ...]
    doubtful: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    penalty: Positive = 1e-3
    right: Share = 0.95
    right_alone: Share = 0.95
    faces: bool = False


class EncoderRecipe(NamedRecipe):
    """Regressions, so no steps and no rates.

    encoder: which published weights are given; patches: area of a view, in squares of 16 pixels;
    views: a CSV in the recipe's folder, of the damaged copies and of what is taught about selfies;
    contest: a table of AVA's votes; beauty: one of OASIS's ratings; photos: tables of unrated ones;
    folds: parts that photos and themes are left out in; alike, related: cosines of embeddings from
    which photos are of one scene, and of one subject, in the card.
    """

    kind: Literal["encoder"]
    encoder: Literal["clip_vit", "tiny_vit"]
    tier: Literal["best", "fast"]
    patches: Count
    views: str
    contest: TableSection
    beauty: TableSection
    photos: tuple[TableSection, ...]
    smoothing: SmoothingSection = SmoothingSection()
    rating: RatingSection = RatingSection()
    selfie: SelfieSection
    folds: Annotated[int, Field(ge=2)] = 5
    alike: Share = 0.9
    related: Share = 0.7
    seed: int = 0


Recipe = EncoderRecipe
