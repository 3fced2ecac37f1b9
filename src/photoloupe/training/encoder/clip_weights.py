"""A CLIP image tower's float32 weights, out of an ONNX file whose products are in eight bits.

Such files (ONNX Runtime's dynamic quantisation of transformers' CLIPVisionModelWithProjection) keep
the names of the parameters; a weight is (integer - zero point) * scale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import numpy_helper

from photoloupe.arrays import Array
from photoloupe.errors import ModelError
from photoloupe.models.view import PATCH

HEAD = 64  # channels of one head of attention
PROJECTION = "visual_projection"
EMBEDDINGS = "vision_model.embeddings"
LAYERS = "vision_model.encoder.layers"


@dataclass(frozen=True)
class ClipWeights:
    """Parameters by transformers' names; a linear layer's weight is (out, in), float32."""

    values: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.values[name]

    @property
    def width(self) -> int:
        """Channels of a token."""
        return len(self.values[f"{EMBEDDINGS}.class_embedding"])

    @property
    def grid(self) -> int:
        """Patches along a side of the square that it was taught on."""
        positions = len(self.values[f"{EMBEDDINGS}.position_embedding.weight"]) - 1
        return int(np.rint(np.sqrt(positions)))

    @property
    def layers(self) -> int:
        """Blocks of attention."""
        return sum(name.endswith("layer_norm1.weight") for name in self.values)

    @property
    def embedding(self) -> int:
        """Numbers in its embedding."""
        return len(self.values[f"{PROJECTION}.weight"])


def load_clip(path: Path | None) -> ClipWeights:
    """The weights of an ONNX file. Raises ModelError if it holds no such tower."""
    if path is None:
        raise ModelError("needs --weights: a CLIP image tower as an ONNX file")
    try:
        weights = ClipWeights(_restored(onnx.load(path)))
        kernel = weights[f"{EMBEDDINGS}.patch_embedding.weight"]
        complete = kernel.shape == (weights.width, 3, PATCH, PATCH) and weights.layers > 0
    except (OSError, DecodeError, KeyError, IndexError) as error:
        raise ModelError(f"{path}: no CLIP image tower ({error!r})") from error
    if (
        not complete
        or weights.width % HEAD
        or weights.grid**2 + 1 != len(weights[f"{EMBEDDINGS}.position_embedding.weight"])
    ):
        raise ModelError(f"{path}: no CLIP image tower of patches of {PATCH} pixels")
    return weights


def _restored(model: onnx.ModelProto) -> dict[str, Array]:
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    values = {name: array for name, array in stored.items() if name.startswith("vision_model")}
    for node in model.graph.node:
        if node.op_type == "MatMulInteger":
            base = node.input[1].removesuffix("_quantized")
            zero = stored[f"{base}_zero_point"].astype(np.float32)
            weight = (stored[node.input[1]].astype(np.float32) - zero) * stored[f"{base}_scale"]
            values[_name(node.output[0])] = np.ascontiguousarray(weight.T)
    return values


def _name(output: str) -> str:
    """/vision_model/encoder/layers.0/mlp/fc1/MatMul_... -> vision_model.encoder.layers.0.mlp..."""
    if output.startswith("image_embeds"):
        return f"{PROJECTION}.weight"
    return ".".join(output.split("/")[1:-1]) + ".weight"
