"""The rows of `crops` and `source`: a relation of two photos, or an unreadable photo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from photoloupe.crops.crop import NO_RELATION, Crop
from photoloupe.errors import PhotoError
from photoloupe.output.layout import Field, RowLayout, TableColumn

Relation = Crop | PhotoError


def relation_to_dict(row: Relation) -> dict[str, Any]:
    """Plain values, ready for JSON; every row has every key."""
    if isinstance(row, PhotoError):
        error = {"path": row.path, "code": row.code, "message": row.message}
        return {**dict.fromkeys(NO_RELATION), "error": error}
    return {**row.to_dict(), "error": None}


def _of_crop(show: Callable[[Crop], str]) -> Callable[[Relation], str]:
    """Cells of a crop; a PhotoError has a line of its own."""
    return lambda row: show(row) if isinstance(row, Crop) else ""


def _box(crop: Crop) -> str:
    return " ".join(f"{round(edge)}" for edge in crop.box.xyxy) if crop.box else "-"


RELATIONS: RowLayout[Relation] = RowLayout(
    to_dict=relation_to_dict,
    fields=(
        Field("verdict"),
        Field("crop"),
        Field("source"),
        Field("box_xyxy", "reals", ("box.x0", "box.y0", "box.x1", "box.y1")),
        Field("scale_xy", "reals", ("scale.x", "scale.y")),
        Field("turn", "real"),
        Field("edits", "texts"),
        Field("whole_frame", "flag"),
        Field("doubt_px", "real"),
        Field("doubt_axis"),
        Field("confidence", "real"),
        Field("error.path"),
        Field("error.code"),
        Field("error.message"),
    ),
    table=(
        TableColumn("verdict", 9, _of_crop(lambda crop: crop.verdict), "<"),
        TableColumn("confidence", 10, _of_crop(lambda crop: f"{crop.confidence:.2f}")),
        TableColumn("box", 23, _of_crop(_box)),
        TableColumn("crop < source", 0, _of_crop(lambda crop: f"{crop.crop} < {crop.source}")),
    ),
    path=lambda row: row.crop if isinstance(row, Crop) else row.path,
    error=lambda row: row if isinstance(row, PhotoError) else None,
)
