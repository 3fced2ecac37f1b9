"""An ONNX image encoder, made to take views as every model of ours does, and to rate them.

Each photo goes through alone, in a Scan, with its mirror image: encoders in eight bits choose
their scales by all that they are given at once, and a photo's answer must not depend on others.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import NodeProto, TensorProto, helper, numpy_helper

from photoloupe.arrays import Array
from photoloupe.errors import ModelError
from photoloupe.training.encoder.kernel import Kernel
from photoloupe.training.encoder.recipe import EncoderRecipe

FEATURES, RATING = "features", "aesthetics"
LEAST, MOST = (1.2, 0.5), (9.8, 4.0)  # of a rating's mean and spread
LAST = 2**62  # beyond the end of any axis
OPSET = 13  # from which Unsqueeze takes its axes as ours does


@dataclass(frozen=True)
class Encoder:
    """The encoder takes `input_name`, (N, 3, side, side), and gives `output_name`, (N, width)."""

    model: onnx.ModelProto
    input_name: str
    output_name: str
    side: int
    width: int


def load_encoder(path: Path | None) -> Encoder:
    """The file's first input and output count. Raises ModelError if it is no such encoder."""
    if path is None:
        raise ModelError("needs --weights: an image encoder as an ONNX file")
    try:
        model = onnx.load(path)
        first, last = model.graph.input[0], model.graph.output[0]
        sizes = [[d.dim_value for d in v.type.tensor_type.shape.dim] for v in (first, last)]
        (_, channels, side, other), (_, width) = sizes
    except (OSError, DecodeError, IndexError, ValueError) as error:
        raise ModelError(f"{path}: no image encoder ({error!r})") from error
    version = next((o.version for o in model.opset_import if not o.domain), 0)
    if channels != 3 or side != other or not side or not width or version < OPSET:
        raise ModelError(f"{path}: not (N, 3, side, side) to (N, width), or older than {OPSET}")
    return Encoder(model, first.name, last.name, side, width)


def make_model(
    encoder: Encoder, recipe: EncoderRecipe, kernel: Kernel | None = None
) -> onnx.ModelProto:
    """pixels (B, H, W, 3) uint8, valid_hw (B, 2) float32 -> features (B, width), of length 1.

    With a kernel it gives aesthetics (B, 10) instead: logits of a normal over the ratings.
    """
    body = _Body()
    _add_picture(body, encoder, recipe)
    body.nodes += encoder.model.graph.node
    found = _features(body, encoder.output_name)
    name, size = (RATING, 10) if kernel else (FEATURES, encoder.width)
    last = _rate(body, found, kernel) if kernel else found
    body.add("Reshape", last, body.constant([size]), called="answer")
    photo_graph = helper.make_graph(
        body.nodes,
        "photo",
        [_value("photo", TensorProto.UINT8, "h", "w", 3), _value("shown", TensorProto.FLOAT, 2)],
        [_value("answer", TensorProto.FLOAT, size)],
    )
    scan = helper.make_node(
        "Scan", ["pixels", "valid_hw"], [name], body=photo_graph, num_scan_inputs=2
    )
    graph = helper.make_graph(
        [*body.casts, scan],
        "encoder",
        [
            _value("pixels", TensorProto.UINT8, "batch", "h", "w", 3),
            _value("valid_hw", TensorProto.FLOAT, "batch", 2),
        ],
        [_value(name, TensorProto.FLOAT, "batch", size)],
        [*encoder.model.graph.initializer, *body.constants],
    )
    opsets = encoder.model.opset_import
    model = helper.make_model(graph, opset_imports=opsets, ir_version=encoder.model.ir_version)
    onnx.checker.check_model(model)
    return model


class _Body:
    """Nodes that each photo goes through, and the constants they need."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.casts: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, values: Any, kind: Any = np.int64) -> str:
        name = f"ours.{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, kind), name))
        return name

    def number(self, values: Any) -> str:
        return self.constant(values, np.float32)

    def halves(self, values: Array) -> str:
        """Kept in two bytes a number."""
        name = self.constant(values, np.float16)
        wide = f"{name}.wide"
        self.casts.append(helper.make_node("Cast", [name], [wide], to=TensorProto.FLOAT))
        return wide

    def add(self, kind: str, *inputs: str, called: str = "", **attributes: Any) -> str:
        name = called or f"ours.n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name


def _add_picture(body: _Body, encoder: Encoder, recipe: EncoderRecipe) -> None:
    """The picture without its canvas, squashed to the encoder's square, and its mirror image."""
    ends = body.add("Cast", "shown", to=TensorProto.INT64)
    picture = body.add("Slice", "photo", body.constant([0, 0]), ends, body.constant([0, 1]))
    planes = body.add("Transpose", body.add("Cast", picture, to=TensorProto.FLOAT), perm=[2, 0, 1])
    one = body.add("Unsqueeze", planes, body.constant([0]))
    size = body.constant([1, 3, encoder.side, encoder.side])
    square = body.add("Resize", one, "", "", size, mode="cubic", cubic_coeff_a=-0.5)
    near = body.add("Clip", square, body.number(0), body.number(255))
    mean, std = (255 * np.reshape(v, (1, 3, 1, 1)) for v in (recipe.mean, recipe.std))
    level = body.add("Div", body.add("Sub", near, body.number(mean)), body.number(std))
    back = body.constant([-1])
    mirrored = body.add("Slice", level, back, body.constant([-LAST]), body.constant([3]), back)
    body.add("Concat", level, mirrored, called=encoder.input_name, axis=0)


def _features(body: _Body, output_name: str) -> str:
    """(2, width) of picture and mirror image -> (1, width), of length 1."""
    both = _unit(body, output_name)
    return _unit(body, body.add("MatMul", body.number([[0.5, 0.5]]), both))


def _unit(body: _Body, rows: str) -> str:
    squares = body.add("ReduceSum", body.add("Mul", rows, rows), body.constant([1]), keepdims=1)
    return body.add("Div", rows, body.add("Sqrt", squares))


def _rate(body: _Body, features: str, kernel: Kernel) -> str:
    """(1, width) -> (1, 10): the logarithm of a normal's density at each rating."""
    dots = body.add("MatMul", features, body.halves(kernel.points.T))
    # |a - b|^2 = 2 - 2 a b, of length 1
    near = body.add("Mul", body.add("Sub", dots, body.number(1)), body.number(2 * kernel.narrow))
    answer = body.add("MatMul", body.add("Exp", near), body.number(kernel.weights))
    answer = body.add("Add", answer, body.number(kernel.base[None]))
    answer = body.add("Min", body.add("Max", answer, body.number([LEAST])), body.number([MOST]))
    mean, std = (body.add("MatMul", answer, body.number(pick)) for pick in ([[1], [0]], [[0], [1]]))
    apart = body.add("Sub", body.number([np.arange(1, 11)]), mean)
    score = body.add("Div", apart, std)
    return body.add("Mul", body.add("Mul", score, score), body.number(-0.5))


def _value(name: str, kind: int, *shape: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)
