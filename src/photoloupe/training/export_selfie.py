"""`photoloupe export selfie`: a run's net, or the shipped one, as a compiled file with its card."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from photoloupe.errors import ModelError
from photoloupe.models import faces
from photoloupe.models.card import Card, save_card, shipped_cards
from photoloupe.training.engine.compile import SUFFIXES, Signature, compile_net
from photoloupe.training.engine.shipped_net import load_shipped
from photoloupe.training.published.selfie_squashed.net import load_class_net


def export_selfie(form: str, run: Path | None, out: Path | None) -> Path:
    """Write the net of a run folder, or the shipped one, into `out`; returns the file.

    form: a key of SUFFIXES; out: by default the run folder, or the current one. Beside the file
    comes a card, `<file>.json`; the shipped net as ONNX keeps the card that it has.
    Raises ModelError where no such net is.
    """
    folder = out or run or Path()
    folder.mkdir(parents=True, exist_ok=True)
    if run is not None:
        return _export_run(form, run, folder)
    card = next(card for card in shipped_cards() if "selfie" in card.tasks)
    return _copy_shipped(card, folder) if form == "onnx" else _export_shipped(card, form, folder)


def _export_run(form: str, run: Path, folder: Path) -> Path:
    judge = load_class_net(run)
    try:
        card = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{run}: its run has no figures yet ({error})") from error
    side = judge.side
    pixels = torch.zeros((2, side, side, 3), dtype=torch.uint8)
    signature = Signature({"pixels": pixels}, ({0: torch.export.Dim("batch")},), ("logits",))
    file = folder / f"{card['name']}{SUFFIXES[form]}"
    card["input"] = f"pixels (B, {side}, {side}, 3) uint8 RGB, the photo squashed to a square"
    card["output"] = f"logits (B, {len(judge.classes)}) float32: {', '.join(judge.classes)}"
    return _write(judge.net, signature, file, form, card)


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
    return _write(load_shipped(card), signature, file, form, values)


def _copy_shipped(card: Card, folder: Path) -> Path:
    """As it ships: with its card, the face finder, and the notices of what both are made from."""
    file = folder / card.file
    file.write_bytes(card.model_bytes)
    save_card(replace(card, folder=folder))
    models = faces.MODEL, card.folder / card.file
    for part in (faces.MODEL, *(model.with_suffix(".md") for model in models)):
        shutil.copyfile(part, folder / part.name)
    return file


def _write(
    net: nn.Module, signature: Signature, file: Path, form: str, card: dict[str, Any]
) -> Path:
    """The compiled net under a temporary name first, then under its own, and its card."""
    part = file.with_name(f".part.{file.name}")
    try:
        compile_net(net, signature, part, form)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    card = {**card, "file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    file.with_name(f"{file.name}.json").write_text(text, encoding="utf-8")
    return file
