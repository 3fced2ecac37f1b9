"""Matrix products of an encoder's graph: in float32, or in eight bits with a scale a row.

Every row of activations has a scale of its own, so that a photo's answer does not depend on the
photos that share its batch, as it does where one scale serves all. Weights have a scale a column.
The operators are such that ONNX Runtime fuses MatMulInteger, Cast and Mul; activations are unsigned
because its signed products are ten times slower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from photoloupe.arrays import Array
from photoloupe.training.encoder.graph import GraphBuilder

MOST = 127  # of a weight in eight bits
MIDDLE = 128  # stands for 0 among unsigned activations
GATED = 32  # the same after a gate, which gives nothing below -0.1636
LEAST_GATED = 0.17  # what GATED steps must reach below 0
SMALLEST = 1e-6  # of a row's largest value


def quantised(weight: Array) -> tuple[Array, Array]:
    """A weight (N, M), inputs by outputs -> (N, M) int8 and (M,) float32 scales."""
    scale = np.abs(weight).max(0) / MOST
    integers = np.clip(np.rint(weight / scale), -MOST, MOST)
    return integers.astype(np.int8), scale.astype(np.float32)


@dataclass
class Products:
    """Adds products to a graph. one: the name of a float32 1 that no folding of constants finds,
    without which the pattern is not fused; None: products in float32.
    """

    graph: GraphBuilder
    one: str | None

    def linear(self, rows: str, weight: Array, bias: Array, *, gated: bool = False) -> str:
        """rows (M, N) float32 -> (M, K); weight: (N, K); bias: (K,).

        gated: the rows come out of a gate.
        """
        graph = self.graph
        if self.one is None:
            return graph.add(
                "Add", graph.add("MatMul", rows, graph.constant(weight)), graph.constant(bias)
            )
        integers, scale = quantised(weight)
        step, zero = self._steps(rows, gated)
        flat = graph.add("Squeeze", step, graph.integers(1))
        zeros = graph.add("Expand", graph.constant(zero, np.uint8), graph.add("Shape", flat))
        bytes_ = graph.add("QuantizeLinear", rows, flat, zeros, axis=0)
        product = graph.add(
            "MatMulInteger",
            bytes_,
            graph.constant(integers, np.int8),
            graph.constant(zero, np.uint8),
        )
        product = graph.add("Cast", product, to=TensorProto.FLOAT)
        scales = graph.add("Mul", self.one, graph.constant(scale))
        product = graph.add("Mul", graph.add("Mul", product, scales), step)
        return graph.add("Add", product, graph.constant(bias))

    def _steps(self, rows: str, gated: bool) -> tuple[str, int]:
        """(M, 1) what one step of eight bits stands for in each row; which byte stands for 0."""
        graph, axis = self.graph, self.graph.integers(1)
        if gated:
            top = graph.add("ReduceMax", rows, axis, keepdims=1)
            step = graph.add("Mul", top, graph.constant(np.float32(1 / (255 - GATED))))
            least = graph.constant(np.float32(LEAST_GATED / GATED))
            return graph.add("Max", step, least), GATED
        top = graph.add("ReduceMax", graph.add("Abs", rows), axis, keepdims=1)
        top = graph.add("Max", top, graph.constant(SMALLEST))
        return graph.add("Mul", top, graph.constant(np.float32(1 / MOST))), MIDDLE
