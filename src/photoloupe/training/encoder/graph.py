"""ONNX graphs written node by node: what a builder holds, and how its parts are named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 21, 10


class GraphBuilder:
    """Nodes and constants of a graph in the making; names begin with `prefix`."""

    def __init__(self, prefix: str = "n") -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []
        self._prefix = prefix
        self._small: dict[tuple[bytes, str, tuple[int, ...]], str] = {}

    def constant(self, values: Any, kind: Any = np.float32) -> str:
        """The name of a constant; small ones of the same values are kept once."""
        array = np.array(values, kind, order="C")
        key = (array.tobytes(), array.dtype.str, array.shape)
        if array.size < 64 and key in self._small:
            return self._small[key]
        name = f"{self._prefix}.c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        self._small[key if array.size < 64 else (b"", name, ())] = name
        return name

    def integers(self, *values: int) -> str:
        """A constant (len(values),) int64."""
        return self.constant(list(values), np.int64)

    def halves(self, values: Any, kind: int = TensorProto.FLOAT) -> str:
        """A constant that takes two bytes a number in the file, cast to `kind` on loading."""
        return self.add("Cast", self.constant(values, np.float16), to=kind)

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Add a node of one output; returns the output's name, `name` if that is given."""
        return self.add_many(operator, *inputs, names=[name or self._next()], **attributes)[0]

    def add_many(
        self, operator: str, *inputs: str, names: list[str], **attributes: Any
    ) -> list[str]:
        """Add a node with several outputs; returns `names`."""
        label = f"{self._prefix}.{operator}.{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, names, name=label, **attributes))
        return names

    def split(self, value: str, sizes: Iterable[int], axis: int) -> list[str]:
        """Parts of so many numbers along an axis."""
        sizes = list(sizes)
        first = self._next()
        names = [f"{first}.{part}" for part in range(len(sizes))]
        return self.add_many("Split", value, self.integers(*sizes), names=names, axis=axis)

    def shape(self, *parts: int | str) -> str:
        """A shape put together of numbers and of the names of (1,) int64 values."""
        named = [self.integers(part) if isinstance(part, int) else part for part in parts]
        return self.add("Concat", *named, axis=0)

    def _next(self) -> str:
        return f"{self._prefix}.{len(self.nodes)}"


def value(name: str, kind: int, *shape: int | str) -> onnx.ValueInfoProto:
    """A graph's input or output: a number fixes a side, a name leaves it open."""
    return helper.make_tensor_value_info(name, kind, shape)


def finished(graph: onnx.GraphProto) -> onnx.ModelProto:
    """A graph as a model of this opset, checked. Raises onnx.checker.ValidationError."""
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model
