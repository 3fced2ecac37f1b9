"""The net of a run as a compiled file with its card: `photoloupe export selfie --run` finds it."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from photoloupe.errors import ModelError
from photoloupe.training.engine.compile import SUFFIXES, Signature, write_compiled
from photoloupe.training.published.selfie_squashed.net import load_class_net


def export_run(form: str, run: Path, folder: Path) -> Path:
    """Write the net of the folder `run` into `folder`; returns the file.

    form: a key of SUFFIXES. Raises ModelError if the run has no net, or no figures yet.
    """
    judge = load_class_net(run)
    try:
        card = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{run}: its run has no figures yet ({error})") from error
    side = judge.side
    pixels = torch.zeros((2, side, side, 3), dtype=torch.uint8)
    signature = Signature({"pixels": pixels}, ({0: torch.export.Dim("batch")},), ("logits",))
    card["input"] = f"pixels (B, {side}, {side}, 3) uint8 RGB, the photo squashed to a square"
    card["output"] = f"logits (B, {len(judge.classes)}) float32: {', '.join(judge.classes)}"
    file = folder / f"{card['name']}{SUFFIXES[form]}"
    return write_compiled(judge.net, signature, file, form, card)
