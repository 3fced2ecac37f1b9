"""The rows of `fix`: what was done about each photo."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from photoloupe.output.layout import Field, RowLayout, TableColumn
from photoloupe.uses.fix_files import Fix


def fix_to_dict(row: Fix) -> dict[str, Any]:
    """Plain values, ready for JSON; sizes are [width, height] in upright pixels."""
    squish, error = row.squish, row.error
    return {
        "path": row.path,
        "copy": row.copy,
        "squish": _plain(asdict(squish)) if squish else None,
        "size_wh": list(row.size_wh) if row.size_wh else None,
        "copy_wh": list(row.copy_wh) if row.copy_wh else None,
        "error": {"code": error.code, "message": error.message} if error else None,
    }


def _plain(squish: dict[str, Any]) -> dict[str, Any]:
    return {key: squish[key] for key in ("width_ratio", "height_ratio", "squished", "unsure")}


def _size(size_wh: tuple[int, int] | None) -> str:
    return "{} x {}".format(*size_wh) if size_wh else "-"


FIXES: RowLayout[Fix] = RowLayout(
    to_dict=fix_to_dict,
    fields=(
        Field("path"), Field("copy"),
        Field("squish.width_ratio", "real"), Field("squish.height_ratio", "real"),
        Field("squish.squished", "flag"), Field("squish.unsure", "flag"),
        Field("size_wh", "reals", ("size.width", "size.height")),
        Field("copy_wh", "reals", ("copy.width", "copy.height")),
        Field("error.code"), Field("error.message"),
    ),
    table=(
        TableColumn("squish", 17, lambda row: row.squish.in_words() if row.squish else "-", "<"),
        TableColumn("size", 13, lambda row: _size(row.size_wh)),
        TableColumn("fixed", 13, lambda row: _size(row.copy_wh)),
        TableColumn("photo", 0, lambda row: row.path),
    ),
    path=lambda row: row.copy or row.path,
    error=lambda row: row.error,
)  # fmt: skip
