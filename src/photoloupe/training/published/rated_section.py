"""What recipes on photos that people rated share: their table."""

from __future__ import annotations

from photoloupe.training.engine.sections import Count, FittedRecipe, Positive, Section, Share


class RatedSection(Section):
    """A table of photos that people rated (see labels.py) and which of them training never sees.

    csv: the table, in the data folder; photos: where its paths start, from the table's folder;
    hold_out_splits: values of its column `split` that are kept for the test; where it has no such
    column, test_share of the groups is. group_column: photos alike in it show one theme, and are
    kept or trained on together; "" for every photo by itself.
    std: how far raters disagree where the table does not say, in ratings; 1.4 is usual in AVA.
    """

    csv: str
    photos: str = "."
    hold_out_splits: tuple[str, ...] = ("val", "test")
    test_share: Share = 0.1
    group_column: str = ""
    std: Positive = 1.4


class RatedRecipe(FittedRecipe):
    """view_pixels: area of a view; batch: photos a step; rated: the table."""

    view_pixels: Count
    batch: Count = 32
    rated: RatedSection
