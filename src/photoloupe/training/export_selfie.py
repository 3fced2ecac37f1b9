"""The selfie net of a run as a compiled file, or the shipped model as it is, with its card."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from photoloupe.errors import ModelError, RecipeError
from photoloupe.models import faces
from photoloupe.models.card import Card, save_card
from photoloupe.models.installed import shipped_cards
from photoloupe.training.engine.run_note import load_note
from photoloupe.training.kinds import part_of


def export_selfie(form: str, run: Path | None, out: Path | None) -> Path:
    """Write the net of a run folder, or the shipped model, into `out`; returns the file.

    form: "onnx", "pt2" or "torchscript"; the shipped model is there as "onnx" alone. out: by
    default the run folder, or the current one. Next to the file comes its card.
    Raises ModelError if there is no such net, or its kind of run cannot be exported.
    """
    folder = out or run or Path()
    folder.mkdir(parents=True, exist_ok=True)
    if run is not None:
        return _export_run(form, run, folder)
    if form != "onnx":
        raise ModelError(
            f"the shipped model is an ONNX file; --run exports a net of yours as {form}"
        )
    return _copy_shipped(next(c for c in shipped_cards() if "selfie" in c.tasks), folder)


def _export_run(form: str, run: Path, folder: Path) -> Path:
    """By the `export` part of the kind whose run it is."""
    kind = load_note(run).get("kind", "")
    try:
        export_run = part_of(kind, "export").export_run
    except RecipeError as error:
        raise ModelError(f"{run}: not a run that can be exported ({error})") from error
    file: Path = export_run(form, run, folder)
    return file


def _copy_shipped(card: Card, folder: Path) -> Path:
    """As it ships: with its trunk, its card, the face finder and its notice."""
    save_card(replace(card, folder=folder))
    notices = (Path(name).with_suffix(".md").name for name in (card.trunk, faces.MODEL.name))
    for name in (card.file, card.trunk, faces.MODEL.name, *notices):
        shutil.copyfile(card.folder / name, folder / name)
    return folder / card.file
