"""The heads as a graph of their own: an encoder's features in, answers of each photo out.

The arithmetic is in float64, and a Scan gives each photo's features to the same nodes alone, so no
bit of an answer depends on the photos that share its batch.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper

from photoloupe.arrays import Array
from photoloupe.training.encoder.graph import GraphBuilder, finished, value
from photoloupe.training.encoder.heads import LEAST, MOST, RatingHead
from photoloupe.training.engine.regression import Linear

AESTHETICS, SELFIE = "aesthetics", "selfie"
RATINGS = np.arange(1, 11)


def make_heads(features: str, rating: RatingHead, selfie: Linear) -> onnx.ModelProto:
    """A model of the heads alone: input (B, D) float32 -> aesthetics (B, 10), selfie (B, 1).

    features: the input's name, that of the encoder's output.
    """
    outer, width = GraphBuilder("heads"), len(rating.mean)
    body = _answer_one(outer, width, rating, selfie)
    outer.add_many("Scan", features, names=[AESTHETICS, SELFIE], body=body, num_scan_inputs=1)
    outputs = ((AESTHETICS, len(RATINGS)), (SELFIE, 1))
    return finished(
        helper.make_graph(
            outer.nodes,
            "heads",
            [value(features, TensorProto.FLOAT, "batch", width)],
            [value(name, TensorProto.FLOAT, "batch", size) for name, size in outputs],
            outer.constants,
        )
    )


def _answer_one(
    outer: GraphBuilder, width: int, rating: RatingHead, selfie: Linear
) -> onnx.GraphProto:
    """What every photo's (width,) features go through; constants are those of `outer`."""
    body = GraphBuilder("one")
    wide = body.add("Cast", "photo", to=TensorProto.DOUBLE)
    row = body.add("Unsqueeze", wide, _number(outer, [0], np.int64))
    logits = _rate(body, outer, row, rating)
    weighed = body.add("MatMul", row, _number(outer, selfie.weight[:, None]))
    odds = body.add("Add", weighed, _number(outer, selfie.bias))
    for number, name, size in ((logits, "rated", len(RATINGS)), (odds, "called", 1)):
        flat = body.add("Reshape", number, _number(outer, [size], np.int64))
        body.add("Cast", flat, name=name, to=TensorProto.FLOAT)
    return helper.make_graph(
        body.nodes,
        "photo",
        [value("photo", TensorProto.FLOAT, width)],
        [value("rated", TensorProto.FLOAT, len(RATINGS)), value("called", TensorProto.FLOAT, 1)],
    )


def _rate(body: GraphBuilder, outer: GraphBuilder, row: str, head: RatingHead) -> str:
    """(1, width) float64 -> (1, 10): the logarithm of a normal's density at each rating."""
    level = body.add("Sub", row, _number(outer, head.mean))
    level = body.add("Div", level, _number(outer, head.std))
    points = head.points.astype(np.float16)
    lengths = (points.astype(np.float64) ** 2).sum(1)[None]
    stored = outer.halves(points.T, TensorProto.DOUBLE)
    twice = body.add("Mul", body.add("MatMul", level, stored), _number(outer, -2.0))
    own = body.add("ReduceSum", body.add("Mul", level, level), _number(outer, [1], np.int64))
    apart = body.add("Add", body.add("Add", twice, own), _number(outer, lengths))
    apart = body.add("Max", apart, _number(outer, 0.0))
    alike = body.add("Exp", body.add("Mul", apart, _number(outer, -head.gamma)))
    answers = body.add("MatMul", alike, _number(outer, head.weights))
    return _distribution(body, outer, body.add("Add", answers, _number(outer, head.base)), head)


def _distribution(body: GraphBuilder, outer: GraphBuilder, answers: str, head: RatingHead) -> str:
    """(1, 4) mean, spread, beauty and damage -> (1, 10) logits."""
    mean, spread, damage = (
        body.add("MatMul", answers, _number(outer, np.eye(4)[:, [column]])) for column in (0, 1, 3)
    )
    excess = body.add("Sub", damage, _number(outer, head.threshold))
    excess = body.add("Max", excess, _number(outer, 0.0))
    mean = body.add("Sub", mean, body.add("Mul", excess, _number(outer, head.strength)))
    mean, spread = (
        body.add("Min", body.add("Max", number, _number(outer, least)), _number(outer, most))
        for number, least, most in zip((mean, spread), LEAST, MOST, strict=True)
    )
    score = body.add("Div", body.add("Sub", _number(outer, RATINGS[None]), mean), spread)
    return body.add("Mul", body.add("Mul", score, score), _number(outer, -0.5))


def _number(outer: GraphBuilder, values: Array | float | list[int], kind: type = np.float64) -> str:
    return outer.constant(values, kind)
