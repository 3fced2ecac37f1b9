"""A trained trace net -> one ONNX file."""

from __future__ import annotations

from pathlib import Path

import torch

from photoloupe.training.engine.export import write_half
from photoloupe.training.traces.net import TraceNet
from photoloupe.training.traces.read import LINE, LINES, MAP, MAPS


def export_traces(net: TraceNet, path: Path) -> None:
    """Write `net`, already rounded to half precision, for any batch size.

    inputs: maps (B, 4, 33, 33), lines (B, 2, 5, 129) float32, as `read_traces` gives them;
    output: squish (B, 35) float32 logits.
    """
    batch = {0: torch.export.Dim("batch", max=4096)}
    program = torch.onnx.export(
        net.eval(),
        (torch.zeros(2, MAPS, MAP, MAP), torch.zeros(2, 2, LINES, LINE)),
        dynamo=True,
        input_names=["maps", "lines"],
        output_names=["squish"],
        dynamic_shapes=(batch, batch),
        verbose=False,
    )
    write_half(program, path)
