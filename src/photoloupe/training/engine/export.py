"""A trained net -> one ONNX file whose weights take two bytes each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn


def round_to_half(net: nn.Module) -> None:
    """Round every parameter to float16's precision, in place, so that file and module agree."""
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(parameter.half().float())


def export_onnx(net: nn.Module, path: Path, outputs: Sequence[str]) -> None:
    """Write `net`, already rounded to half precision, for any batch size and canvas.

    inputs: pixels (B, H, W, 3) uint8, valid_hw (B, 2) float32; outputs: names of what the net
    gives, (B, N) float32 each.
    """
    dynamic = {0: torch.export.Dim("batch", max=4096)}
    sides = {
        axis: 32 * torch.export.Dim(name, min=1, max=64) for axis, name in ((1, "h"), (2, "w"))
    }
    example = torch.zeros((2, 96, 128, 3), dtype=torch.uint8), torch.full((2, 2), 90.0)
    program = torch.onnx.export(
        net.eval(),
        example,
        dynamo=True,
        input_names=["pixels", "valid_hw"],
        output_names=list(outputs),
        dynamic_shapes=({**dynamic, **sides}, dynamic),
        verbose=False,
    )
    write_program(program, path, store_as_half)


def write_program(
    program: torch.onnx.ONNXProgram | None,
    path: Path,
    change: Callable[[onnx.ModelProto], None] | None = None,
) -> None:
    """One file of what the exporter made, changed or not, without its notes, checked."""
    assert program is not None
    model = program.model_proto
    _forget_origin(model)
    if change:
        change(model)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _forget_origin(model: onnx.ModelProto) -> None:
    """Drop the exporter's notes: stack traces that name files of the machine it ran on."""
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    for part in (*model.graph.node, *model.graph.value_info, *model.graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""


def store_as_half(model: onnx.ModelProto) -> None:
    """Keep large float32 constants as float16 and cast them back when the model is loaded."""
    casts, kept = [], []
    for tensor in model.graph.initializer:
        values, half = numpy_helper.to_array(tensor), f"{tensor.name}.half"
        if tensor.data_type == TensorProto.FLOAT and values.size > 64:
            kept.append(numpy_helper.from_array(values.astype("float16"), half))
            casts.append(helper.make_node("Cast", [half], [tensor.name], to=TensorProto.FLOAT))
        else:
            kept.append(tensor)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
