"""A CLIP image tower (Radford et al. 2021) as an ONNX graph that takes photos of any shape.

pixels (B, H, W, 3) uint8, sides multiples of 16 -> cls (B, width), the class token after the last
norm, which heads read as well as the embedding; embedding (B, n) of length 1. Its learned
positions are interpolated to the photo's own grid of patches (cubic, as torch does it).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper

from photoloupe.arrays import Array
from photoloupe.models.view import MOST_PATCHES, PATCH
from photoloupe.training.encoder.clip_weights import EMBEDDINGS, HEAD, PROJECTION, ClipWeights
from photoloupe.training.encoder.graph import GraphBuilder, finished, value
from photoloupe.training.encoder.products import Products
from photoloupe.training.encoder.smoothing import Block, Smoothing, block_of

FEATURES, EMBEDDING = "cls", "embedding"
MEAN = np.array([0.48145466, 0.4578275, 0.40821073])  # of the pixels CLIP was taught on, 0 to 1
STD = np.array([0.26862954, 0.26130258, 0.27577711])
GATE = 1.702  # of CLIP's x * sigmoid(1.702 x)
RAISED = 1024.0  # times a patch's weights in float16, so that none is subnormal
CUBIC = -0.75  # torch's bicubic


def interpolation(count: int, known: int) -> Array:
    """A matrix (M, N), `count` by `known`: it reads a line of N values at M places, by cubics."""
    matrix = np.zeros((count, known))
    for place in range(count):
        at = (place + 0.5) * known / count - 0.5
        base = int(np.floor(at))
        for step in range(-1, 3):
            column = min(max(base + step, 0), known - 1)
            matrix[place, column] += _cubic(abs(at - base - step))
    return matrix


def _cubic(d: float, a: float = CUBIC) -> float:
    if d <= 1:
        return ((a + 2) * d - (a + 3)) * d * d + 1
    return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a if d < 2 else 0.0


def make_tower(
    weights: ClipWeights, smoothing: Smoothing | None = None, *, taps: bool = False
) -> onnx.ModelProto:
    """In eight bits with a smoothing, else in float32.

    taps: also give, for each input x (M, in) of a product in block i, `x<i>.Max`, `.Min` and
    `.Mean` (in,) over all tokens, which a smoothing is made of.
    """
    tower = _Tower(weights, GraphBuilder(), smoothing, taps)
    tower.build()
    graph = tower.graph
    outputs = [
        value(FEATURES, TensorProto.FLOAT, "batch", weights.width),
        value(EMBEDDING, TensorProto.FLOAT, "batch", weights.embedding),
        *(value(tap, TensorProto.FLOAT, f"channels_{tap}") for tap in tower.taken),
    ]
    pixels = value("pixels", TensorProto.UINT8, "batch", "height", "width", 3)
    return finished(helper.make_graph(graph.nodes, "clip_vit", [pixels], outputs, graph.constants))


@dataclass
class _Sizes:
    """Names of (1,) int64 values: the batch's photos, a photo's rows and columns of patches, both
    multiplied, and its tokens: one more.
    """

    batch: str
    rows: str
    columns: str
    patches: str
    tokens: str


@dataclass
class _Tower:
    weights: ClipWeights
    graph: GraphBuilder
    smoothing: Smoothing | None
    taps: bool
    taken: list[str] = field(default_factory=list)

    def build(self) -> None:
        graph, sizes = self.graph, self._sizes()
        products = Products(graph, self._one(sizes) if self.smoothing else None)
        tokens = self._norm(self._tokens(sizes), "vision_model.pre_layrnorm")
        tokens = graph.add("Reshape", tokens, graph.integers(-1, self.weights.width))
        last = self.weights.layers - 1
        for index in range(last + 1):
            block = block_of(self.weights, index, self.smoothing)
            tokens = self._attend(tokens, block, sizes, products, last=index == last)
            tokens = self._think(tokens, block, products)
        features = self._norm(tokens, "vision_model.post_layernorm")
        graph.add("Identity", features, name=FEATURES)
        weight = self.weights[f"{PROJECTION}.weight"].T
        embedded = products.linear(features, weight, np.zeros(weight.shape[1]))
        squares = graph.add("Mul", embedded, embedded)
        length = graph.add("ReduceSum", squares, graph.integers(1), keepdims=1)
        graph.add("Div", embedded, graph.add("Sqrt", length), name=EMBEDDING)

    def _sizes(self) -> _Sizes:
        graph, shape = self.graph, self.graph.add("Shape", "pixels")
        batch, height, width = (
            graph.add("Slice", shape, graph.integers(axis), graph.integers(axis + 1))
            for axis in range(3)
        )
        rows, columns = (graph.add("Div", side, graph.integers(PATCH)) for side in (height, width))
        patches = graph.add("Mul", rows, columns)
        return _Sizes(batch, rows, columns, patches, graph.add("Add", patches, graph.integers(1)))

    def _one(self, sizes: _Sizes) -> str:
        ratio = self.graph.add("Div", sizes.tokens, sizes.tokens)
        return self.graph.add("Squeeze", self.graph.add("Cast", ratio, to=TensorProto.FLOAT))

    def _tokens(self, sizes: _Sizes) -> str:
        """(B, tokens, width): the class token, then the patches, with their positions."""
        graph, width = self.graph, self.weights.width
        cells = graph.shape(sizes.batch, sizes.rows, PATCH, sizes.columns, PATCH, 3)
        pixels = graph.add("Reshape", graph.add("Cast", "pixels", to=TensorProto.FLOAT), cells)
        cut = graph.add("Transpose", pixels, perm=[0, 1, 3, 2, 4, 5])
        flat = graph.shape(sizes.batch, sizes.patches, PATCH * PATCH * 3)
        weight, bias = self._patch_layer()
        patches = graph.add("MatMul", graph.add("Reshape", cut, flat), weight)
        table = self.weights[f"{EMBEDDINGS}.position_embedding.weight"]
        places = graph.add("Add", self._positions(table[1:], sizes), graph.constant(bias))
        patches = graph.add("Add", patches, places)
        token = (self.weights[f"{EMBEDDINGS}.class_embedding"] + table[0])[None, None]
        token = graph.add("Expand", graph.constant(token), graph.shape(sizes.batch, 1, width))
        return graph.add("Concat", token, patches, axis=1)

    def _patch_layer(self) -> tuple[str, Array]:
        """The layer that takes a patch's bytes, with CLIP's normalisation folded into it."""
        kernel = self.weights[f"{EMBEDDINGS}.patch_embedding.weight"].astype(np.float64)
        bias = -(kernel * (MEAN / STD)[None, :, None, None]).sum((1, 2, 3))
        scaled = kernel / (255 * STD)[None, :, None, None]
        weight = scaled.transpose(2, 3, 1, 0).reshape(-1, self.weights.width)
        if self.smoothing is None:
            return self.graph.constant(weight), bias.astype(np.float32)
        halves = self.graph.halves(weight * RAISED)
        lower = self.graph.constant(np.float32(1 / RAISED))
        return self.graph.add("Mul", halves, lower), bias.astype(np.float32)

    def _positions(self, table: Array, sizes: _Sizes) -> str:
        """(1, patches, width), out of the (grid^2, width) that were learned."""
        graph, grid, width = self.graph, self.weights.grid, self.weights.width
        lines = np.zeros((MOST_PATCHES + 1, MOST_PATCHES, grid), np.float32)
        for count in range(1, MOST_PATCHES + 1):
            lines[count, :count] = interpolation(count, grid)
        stored, zero = graph.constant(lines), graph.integers(0)

        def readers(count: str) -> str:
            chosen = graph.add("Squeeze", graph.add("Gather", stored, count, axis=0), zero)
            return graph.add("Slice", chosen, zero, count, zero)

        known = graph.constant(table.reshape(grid, grid * width))
        down = graph.add("MatMul", readers(sizes.rows), known)
        down = graph.add("Reshape", down, graph.shape(sizes.rows, grid, width))
        across = graph.add("MatMul", readers(sizes.columns), down)
        return graph.add("Reshape", across, graph.shape(1, sizes.patches, width))

    def _norm(self, x: str, name: str) -> str:
        return self._scaled_norm(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _scaled_norm(self, x: str, scale: Array, shift: Array) -> str:
        names = self.graph.constant(scale), self.graph.constant(shift)
        return self.graph.add("LayerNormalization", x, *names, axis=-1, epsilon=1e-5)

    def _attend(
        self, tokens: str, block: Block, sizes: _Sizes, products: Products, *, last: bool
    ) -> str:
        """Tokens (M, width) and what attention adds to them; of the last block, class tokens."""
        graph, width = self.graph, self.weights.width
        x = self._tap(self._scaled_norm(tokens, *block.first_norm), "a", block)
        weight, bias = block.attention
        length: int | str = sizes.tokens
        if last:  # only the class token is read after it
            pairs = products.linear(x, weight[:, width:], bias[width:])
            key, attended = graph.split(pairs, [width] * 2, axis=1)
            only = self._class_tokens(x, sizes)
            query = products.linear(only, weight[:, :width], bias[:width])
            tokens, length = self._class_tokens(tokens, sizes), 1
        else:
            every = products.linear(x, weight, bias)
            query, key, attended = graph.split(every, [width] * 3, axis=1)
        query = self._heads(query, sizes, length, [0, 2, 1, 3])
        key = self._heads(key, sizes, sizes.tokens, [0, 2, 3, 1])
        attended = self._heads(attended, sizes, sizes.tokens, [0, 2, 1, 3])
        near = graph.add("Softmax", graph.add("MatMul", query, key), axis=-1)
        mixed = graph.add("Transpose", graph.add("MatMul", near, attended), perm=[0, 2, 1, 3])
        mixed = graph.add("Reshape", mixed, graph.integers(-1, width))
        mixed = self._tap(mixed, "o", block)
        return graph.add("Add", tokens, products.linear(mixed, *block.output))

    def _heads(self, x: str, sizes: _Sizes, length: int | str, order: list[int]) -> str:
        shape = self.graph.shape(sizes.batch, length, self.weights.width // HEAD, HEAD)
        return self.graph.add("Transpose", self.graph.add("Reshape", x, shape), perm=order)

    def _class_tokens(self, x: str, sizes: _Sizes) -> str:
        graph, width = self.graph, self.weights.width
        x = graph.add("Reshape", x, graph.shape(sizes.batch, sizes.tokens, width))
        first = graph.add("Slice", x, graph.integers(0), graph.integers(1), graph.integers(1))
        return graph.add("Reshape", first, graph.integers(-1, width))

    def _think(self, tokens: str, block: Block, products: Products) -> str:
        """Tokens (M, width) and what two layers with a gate add to them."""
        graph = self.graph
        x = self._tap(self._scaled_norm(tokens, *block.second_norm), "f", block)
        x = products.linear(x, *block.inner)
        scaled = graph.add("Mul", x, graph.constant(np.float32(GATE)))
        x = self._tap(graph.add("Mul", x, graph.add("Sigmoid", scaled)), "g", block)
        return graph.add("Add", tokens, products.linear(x, *block.outer, gated=True))

    def _tap(self, x: str, site: str, block: Block) -> str:
        for kind in ("Max", "Min", "Mean") if self.taps else ():
            name = f"{site}{block.index}.{kind}"
            self.graph.add(f"Reduce{kind}", x, self.graph.integers(0), name=name, keepdims=0)
            self.taken.append(name)
        return x
