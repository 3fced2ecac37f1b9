"""A CLIP image tower made in code, in the form of ONNX Runtime's dynamic quantisation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH, GRID, BLOCKS, INNER, EMBEDDED = 64, 3, 2, 96, 512
TOWER = "vision_model"


def random_clip(seed: int = 0) -> dict[str, np.ndarray]:
    """Parameters by transformers' names, float32; linear weights are on a grid of 8 bits."""
    rng = np.random.default_rng(seed)
    sizes = {f"{TOWER}.embeddings.patch_embedding.weight": (WIDTH, 3, 16, 16),
             f"{TOWER}.embeddings.position_embedding.weight": (GRID**2 + 1, WIDTH),
             f"{TOWER}.embeddings.class_embedding": (WIDTH,),
             "visual_projection.weight": (EMBEDDED, WIDTH)}  # fmt: skip
    norms = [f"{TOWER}.pre_layrnorm", f"{TOWER}.post_layernorm"]
    for block in range(BLOCKS):
        layer = f"{TOWER}.encoder.layers.{block}"
        norms += [f"{layer}.layer_norm1", f"{layer}.layer_norm2"]
        shapes = {f"self_attn.{c}_proj": (WIDTH, WIDTH) for c in ("q", "k", "v", "out")}
        for name, shape in (
            shapes | {"mlp.fc1": (INNER, WIDTH), "mlp.fc2": (WIDTH, INNER)}
        ).items():
            sizes |= {f"{layer}.{name}.weight": shape, f"{layer}.{name}.bias": shape[:1]}
    values = {name: _draw(rng, shape) for name, shape in sizes.items()}
    for name in norms:
        values |= {f"{name}.weight": 1 + _draw(rng, (WIDTH,)), f"{name}.bias": _draw(rng, (WIDTH,))}
    return values


def _draw(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(-100, 101, shape).astype(np.float32) / np.float32(512)


def save_clip(path: Path, values: dict[str, np.ndarray]) -> Path:
    """Linear weights as integers with a zero point and scales, the rest as it is."""
    nodes, tensors = [], []
    for name, array in values.items():
        if array.ndim != 2 or "embedding" in name:
            tensors.append(numpy_helper.from_array(array, name))
            continue
        layer = name.removesuffix(".weight")
        nodes.append(_product(layer))
        integers = np.rint(array.T * 512).astype(np.int8)
        scale = np.full(integers.shape[1], 1 / 512, np.float32)
        zero = np.zeros(integers.shape[1], np.int8)
        for part, stored in (("quantized", integers), ("scale", scale), ("zero_point", zero)):
            tensors.append(numpy_helper.from_array(stored, f"w.{layer}_{part}"))
    graph = helper.make_graph(
        nodes, "clip", [], [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])], tensors
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)]), path)
    return path


def _product(layer: str) -> onnx.NodeProto:
    steps = layer.replace(".layers.", ".layers#").split(".")
    output = "/" + "/".join(step.replace("#", ".") for step in steps) + "/MatMul_output_0_quantized"
    if layer == "visual_projection":
        output = "image_embeds_quantized"
    return helper.make_node("MatMulInteger", ["x", f"w.{layer}_quantized"], [output])


def forward(values: dict[str, np.ndarray], pixels: np.ndarray) -> np.ndarray:
    """The class token (WIDTH,) of a square photo (48, 48, 3) uint8, in float64, step by step."""
    mean = np.array([0.48145466, 0.4578275, 0.40821073])
    std = np.array([0.26862954, 0.26130258, 0.27577711])
    level = (pixels / 255 - mean) / std
    cut = level.reshape(GRID, 16, GRID, 16, 3).transpose(0, 2, 4, 1, 3).reshape(GRID**2, -1)
    kernel = values[f"{TOWER}.embeddings.patch_embedding.weight"].reshape(WIDTH, -1)
    x = np.concatenate([values[f"{TOWER}.embeddings.class_embedding"][None], cut @ kernel.T])
    x = x + values[f"{TOWER}.embeddings.position_embedding.weight"]
    x = _norm(x, values, f"{TOWER}.pre_layrnorm")
    for block in range(BLOCKS):
        layer = f"{TOWER}.encoder.layers.{block}"
        y = _norm(x, values, f"{layer}.layer_norm1")
        q, k, v = (_linear(y, values, f"{layer}.self_attn.{c}_proj") for c in "qkv")
        near = np.exp(q @ k.T / 8)
        mixed = near / near.sum(1, keepdims=True) @ v
        x = x + _linear(mixed, values, f"{layer}.self_attn.out_proj")
        y = _linear(_norm(x, values, f"{layer}.layer_norm2"), values, f"{layer}.mlp.fc1")
        x = x + _linear(y / (1 + np.exp(-1.702 * y)), values, f"{layer}.mlp.fc2")
    return np.asarray(_norm(x[:1], values, f"{TOWER}.post_layernorm")[0])


def _norm(x: np.ndarray, values: dict[str, np.ndarray], name: str) -> np.ndarray:
    level = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5)
    return np.asarray(level * values[f"{name}.weight"] + values[f"{name}.bias"])


def _linear(x: np.ndarray, values: dict[str, np.ndarray], name: str) -> np.ndarray:
    return np.asarray(x @ values[f"{name}.weight"].T + values[f"{name}.bias"])
