"""Eight bits without losing the small channels: what activations are divided by, weights keep.

Method: Xiao et al. 2023, "SmoothQuant: Accurate and Efficient Post-Training Quantization for Large
Language Models", with a channel's average moved into the biases first, and both folded into the
norms and layers before and after a product, so that they cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import onnxruntime

from photoloupe.arrays import Array, Pixels
from photoloupe.training.encoder.clip_weights import HEAD, LAYERS, ClipWeights

SMOOTHED = ("a", "o", "f")  # inputs of: query, key and value; attention's output; the inner layer
LEAST_SPREAD, LEAST_WEIGHT = 1e-4, 1e-6
Layer = tuple[Array, Array]  # weight (in, out) and bias (out,), or a norm's scale and shift


@dataclass(frozen=True)
class Smoothing:
    """spread, centre: by site and block, such as "a0": (in,) the largest distance from a channel's
    average, and that average, over photos; strength: 0 to 1, how much of it weights take over.
    """

    spread: Mapping[str, Array]
    centre: Mapping[str, Array]
    strength: float


def measure(
    session: onnxruntime.InferenceSession, photos: Iterable[Pixels], strength: float
) -> Smoothing:
    """What the products of a tower with taps are given, averaged over photos (H, W, 3) uint8."""
    names = [output.name for output in session.get_outputs() if "." in output.name]
    found: dict[str, list[Array]] = {name: [] for name in names}
    for pixels in photos:
        for name, array in zip(names, session.run(names, {"pixels": pixels[None]}), strict=True):
            found[name].append(array)
    means = {name: np.mean(arrays, 0) for name, arrays in found.items()}
    sites = [name.removesuffix(".Max") for name in names if name.endswith(".Max")]
    centre = {site: means[f"{site}.Mean"] for site in sites}
    spread = {
        site: np.maximum(means[f"{site}.Max"] - at, at - means[f"{site}.Min"])
        for site, at in centre.items()
    }
    return Smoothing(spread, centre, strength)


@dataclass(frozen=True)
class Block:
    """One block's norms and layers: attention is of query, key and value, (in, 3 width)."""

    index: int
    first_norm: Layer
    attention: Layer
    output: Layer
    second_norm: Layer
    inner: Layer
    outer: Layer


def block_of(weights: ClipWeights, index: int, smoothing: Smoothing | None) -> Block:
    """Block number `index`; attention's scale is folded into the query."""
    name = f"{LAYERS}.{index}"
    query, key, value = (_layer(weights, f"{name}.self_attn.{c}_proj") for c in "qkv")
    query = query[0] / HEAD**0.5, query[1] / HEAD**0.5
    output = _layer(weights, f"{name}.self_attn.out_proj")
    norms = [_norm(weights, f"{name}.layer_norm{number}") for number in (1, 2)]
    inner, outer = (_layer(weights, f"{name}.mlp.fc{number}") for number in (1, 2))
    if smoothing is None:
        return Block(index, norms[0], _joined(query, key, value), output, norms[1], inner, outer)
    centre = {s: np.asarray(smoothing.centre[f"{s}{index}"], np.float64) for s in SMOOTHED}
    query, key, value = (_moved(layer, centre["a"]) for layer in (query, key, value))
    value = value[0], value[1] - centre["o"]
    output, inner = _moved(output, centre["o"]), _moved(inner, centre["f"])
    ease = {
        "a": _ease(smoothing, f"a{index}", _joined(query, key, value)[0]),
        "o": _ease(smoothing, f"o{index}", output[0]),
        "f": _ease(smoothing, f"f{index}", inner[0]),
    }
    query, key, value = (_raised(layer, ease["a"]) for layer in (query, key, value))
    value = value[0] / ease["o"][None], value[1] / ease["o"]
    return Block(
        index,
        _eased(norms[0], ease["a"], centre["a"]),
        _joined(query, key, value),
        _raised(output, ease["o"]),
        _eased(norms[1], ease["f"], centre["f"]),
        _raised(inner, ease["f"]),
        outer,
    )


def _layer(weights: ClipWeights, name: str) -> Layer:
    weight = weights[f"{name}.weight"].T.astype(np.float64)
    return weight, weights[f"{name}.bias"].astype(np.float64)


def _norm(weights: ClipWeights, name: str) -> Layer:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _joined(*layers: Layer) -> Layer:
    return np.concatenate([w for w, _ in layers], 1), np.concatenate([b for _, b in layers])


def _ease(smoothing: Smoothing, site: str, weight: Array) -> Array:
    """(in,) what activations are divided by; its geometric mean is 1."""
    spread = np.maximum(smoothing.spread[site], LEAST_SPREAD) ** smoothing.strength
    largest = np.maximum(np.abs(weight).max(1), LEAST_WEIGHT) ** (1 - smoothing.strength)
    ratio = spread / largest
    return np.asarray(ratio / np.exp(np.log(ratio).mean()))


def _moved(layer: Layer, centre: Array) -> Layer:
    """The layer for inputs from which `centre` was subtracted."""
    weight, bias = layer
    return weight, bias + centre @ weight


def _raised(layer: Layer, ease: Array) -> Layer:
    """The layer for inputs that were divided by `ease`."""
    weight, bias = layer
    return weight * ease[:, None], bias


def _eased(norm: Layer, ease: Array, centre: Array) -> Layer:
    scale, shift = norm
    return scale / ease, (shift - centre) / ease
