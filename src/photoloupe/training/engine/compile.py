"""A net as one file that runs without its code: TorchScript, `torch.export` or ONNX."""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from photoloupe.media.safe_files import replacing
from photoloupe.training.engine.export import write_program

SUFFIXES = {"torchscript": ".torchscript.pt", "pt2": ".pt2", "onnx": ".onnx"}


@dataclass(frozen=True)
class Signature:
    """What a net is given and gives.

    inputs: by name, of two or more samples; axes: for each input, axis -> torch.export.Dim, those
    that may be of another length; outputs: names.
    """

    inputs: dict[str, Tensor]
    axes: tuple[dict[int, Any], ...]
    outputs: tuple[str, ...]


@torch.no_grad()
def compile_net(net: nn.Module, signature: Signature, path: Path, form: str) -> None:
    """Write `net` to `path` in the format `form`, a key of SUFFIXES."""
    example = tuple(signature.inputs.values())
    net.eval()
    if form == "torchscript":
        _script(net, example, path)
        return
    if form == "pt2":
        program = torch.export.export(net, example, dynamic_shapes=signature.axes)
        torch.export.save(program, path)
        return
    made = torch.onnx.export(
        net,
        example,
        dynamo=True,
        input_names=list(signature.inputs),
        output_names=list(signature.outputs),
        dynamic_shapes=signature.axes,
        verbose=False,
    )
    write_program(made, path)


def _script(net: nn.Module, example: tuple[Tensor, ...], path: Path) -> None:
    """TorchScript is deprecated, and its tracer warns of lengths that it takes for constants."""
    trace: Any = torch.jit.trace
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(trace(net, example), str(path))


def write_compiled(
    net: nn.Module, signature: Signature, file: Path, form: str, card: dict[str, Any]
) -> Path:
    """The compiled net as `file`, and `card` with its hash as `<file>.json`; returns `file`.

    A file that is there stays until the new one is complete.
    """
    with replacing(file) as partial:
        compile_net(net, signature, partial, form)
    card = {**card, "file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    file.with_name(f"{file.name}.json").write_text(text, encoding="utf-8")
    return file
