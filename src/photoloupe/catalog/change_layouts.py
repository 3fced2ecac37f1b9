"""The rows of `write`, `organize` and `undo`: what was done to each file, or why it was not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from photoloupe.catalog.journal.undo import Undone
from photoloupe.catalog.organize.apply import MoveResult
from photoloupe.catalog.sidecars.write import SidecarResult
from photoloupe.errors import PhotoError
from photoloupe.output.layout import Field, RowLayout, TableColumn

ERROR = Field("error.code"), Field("error.message")


def _error(error: PhotoError | None) -> dict[str, str] | None:
    return {"code": error.code, "message": error.message} if error is not None else None


def _undone_to_dict(row: Undone) -> dict[str, Any]:
    return {"path": row.path, "did": row.did, "error": _error(row.error)}


def _stars(row: SidecarResult) -> str:
    return "-" if row.rating is None else "reject" if row.rating < 0 else str(row.rating)


WRITTEN: RowLayout[SidecarResult] = RowLayout(
    to_dict=SidecarResult.to_dict,
    fields=(
        Field("path"), Field("sidecar"), Field("does"), Field("rating", "integer"),
        Field("rating_by"), *ERROR,
    ),
    table=(
        TableColumn("does", 6, lambda row: row.does or "-", "<"),
        TableColumn("rating", 6, _stars),
        TableColumn("by", 6, lambda row: row.rating_by or "-", "<"),
        TableColumn("sidecar", 0, lambda row: row.sidecar or "-"),
    ),
    path=lambda row: row.sidecar or row.path,
    error=lambda row: row.error,
)  # fmt: skip

MOVED: RowLayout[MoveResult] = RowLayout(
    to_dict=lambda done: asdict(done[0]) | {"error": _error(done[1])},
    fields=(Field("path"), Field("to"), Field("why"), Field("sha256"), Field("original"), *ERROR),
    table=(
        TableColumn("why", 9, lambda done: done[0].why, "<"),
        TableColumn("photo > moved to", 0, lambda done: f"{done[0].path} > {done[0].to}"),
    ),
    path=lambda done: done[0].to,
    error=lambda done: done[1],
)

UNDONE: RowLayout[Undone] = RowLayout(
    to_dict=_undone_to_dict,
    fields=(Field("path"), Field("did"), *ERROR),
    table=(
        TableColumn("undid", 5, lambda row: row.did, "<"),
        TableColumn("file", 0, lambda row: row.path),
    ),
    path=lambda row: row.path,
    error=lambda row: row.error,
)
