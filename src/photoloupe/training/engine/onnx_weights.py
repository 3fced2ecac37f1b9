"""The parameters of a model that ships, out of its ONNX file, for a recipe that starts from it."""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor


def read_exported(path: Path) -> dict[str, Tensor]:
    """Parameters (...,) of a model that `export_onnx` wrote, by name, as float32.

    Raises what onnx.load does, OSError and DecodeError.
    """
    return {
        tensor.name.removesuffix(".half"): torch.from_numpy(
            numpy_helper.to_array(tensor).astype("float32")
        )
        for tensor in onnx.load(path).graph.initializer
    }
