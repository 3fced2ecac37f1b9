"""The selfie net of a run, or the shipped one, as a compiled file with its card."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from pathlib import Path

import torch

from photoloupe.errors import ModelError, RecipeError
from photoloupe.models import faces
from photoloupe.models.card import Card, save_card
from photoloupe.models.installed import shipped_cards
from photoloupe.training.engine.compile import SUFFIXES, Signature, write_compiled
from photoloupe.training.engine.run_note import load_note
from photoloupe.training.engine.shipped_net import load_shipped
from photoloupe.training.kinds import part_of


def export_selfie(form: str, run: Path | None, out: Path | None) -> Path:
    """Write the net of a run folder, or the shipped one, into `out`; returns the file.

    form: a key of SUFFIXES; out: by default the run folder, or the current one. Next to the file
    comes a card, `<file>.json`; the shipped net as ONNX keeps the card that it has.
    Raises ModelError if there is no such net, or its kind of run cannot be exported.
    """
    folder = out or run or Path()
    folder.mkdir(parents=True, exist_ok=True)
    if run is not None:
        return _export_run(form, run, folder)
    card = next(card for card in shipped_cards() if "selfie" in card.tasks)
    return _copy_shipped(card, folder) if form == "onnx" else _export_shipped(card, form, folder)


def _export_run(form: str, run: Path, folder: Path) -> Path:
    """By the `export` part of the kind whose run it is."""
    kind = load_note(run).get("kind", "")
    try:
        export_run = part_of(kind, "export").export_run
    except RecipeError as error:
        raise ModelError(f"{run}: not a run that can be exported ({error})") from error
    file: Path = export_run(form, run, folder)
    return file


def _export_shipped(card: Card, form: str, folder: Path) -> Path:
    """The net's own logit; what faces add to it is in the card, under tasks."""
    pixels = torch.zeros((2, 96, 128, 3), dtype=torch.uint8)
    batch = torch.export.Dim("batch", max=4096)
    sides = {
        1: 32 * torch.export.Dim("h", min=1, max=64),
        2: 32 * torch.export.Dim("w", min=1, max=64),
    }
    signature = Signature(
        {"pixels": pixels, "valid_hw": torch.full((2, 2), 90.0)},
        ({0: batch, **sides}, {0: batch}),
        ("selfie",),
    )
    values = {k: v for k, v in asdict(card).items() if k not in {"folder", "metrics", "tasks"}}
    values["tasks"] = {"selfie": card.tasks["selfie"]}
    values["metrics"] = {"selfie": card.metrics["selfie"]}
    values["input"] = "pixels (B, H, W, 3) uint8 RGB, valid_hw (B, 2) float32; see views.make_view"
    values["output"] = "selfie (B, 1) float32 log odds, before those of faces and lens"
    file = folder / f"{card.name}.selfie{SUFFIXES[form]}"
    return write_compiled(load_shipped(card), signature, file, form, values)


def _copy_shipped(card: Card, folder: Path) -> Path:
    """As it ships: with its card, the face finder, and the notices of what both are made from."""
    file = folder / card.file
    file.write_bytes(card.model_bytes)
    save_card(replace(card, folder=folder))
    models = faces.MODEL, card.folder / card.file
    for part in (faces.MODEL, *(model.with_suffix(".md") for model in models)):
        shutil.copyfile(part, folder / part.name)
    return file
