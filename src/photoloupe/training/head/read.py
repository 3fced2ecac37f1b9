"""What a trunk and the face finder read of levelled copies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError

from photoloupe.arrays import Array, Pixels
from photoloupe.errors import ModelError
from photoloupe.models.faces import FaceFinder
from photoloupe.models.session import inputs_of, session_options
from photoloupe.models.view import make_view
from photoloupe.questions.selfie_faces import MEASURES, measure
from photoloupe.training.engine.levelled import level
from photoloupe.training.engine.tables import Row, load_pixels

NAMES = ("none", *MEASURES)
OUTPUT = "selfie"


@dataclass(frozen=True)
class CopyFeatures:
    """features: (n, copies, F) of the trunk; faces: (n, copies, len(NAMES)) measures."""

    features: Array
    faces: Array


class FeatureReader:
    """The features that a model's last layer makes its selfie logit of.

    Raises ModelError if the model has no such output, or one that no linear layer makes.
    """

    def __init__(self, model: Path, view_pixels: int) -> None:
        try:
            self.model = onnx.load(model)
            self.layer = last_layer(self.model)
            self.name = self.layer.input[0]
            shown = onnx.ModelProto()
            shown.CopyFrom(self.model)
            del shown.graph.output[:]
            shown.graph.output.append(
                onnx.helper.make_tensor_value_info(self.name, onnx.TensorProto.FLOAT, None)
            )
            options = session_options(threads=1)  # photos are read by threads of their own
            self._session = onnxruntime.InferenceSession(shown.SerializeToString(), options)
        except (OSError, DecodeError, StopIteration, RuntimeError) as error:
            raise ModelError(f"{model}: no model with a selfie head ({error!r})") from error
        self._finder, self._view_pixels = FaceFinder(), view_pixels

    def read(self, pixels: Pixels) -> tuple[Array, Array]:
        """(H, W, 3) uint8 -> (F,) features, (len(NAMES),) measures of the faces."""
        view = make_view(pixels, self._view_pixels)
        found = measure(self._finder.find(pixels))
        features = self._session.run([self.name], inputs_of([view]))[0][0]
        return features, np.array([found[name] for name in NAMES])

    def read_copies(self, rows: list[Row], copies: int, seed: int) -> CopyFeatures:
        """The same copies of a photo whatever other photos there are."""

        def one(row: Row) -> tuple[list[Array], list[Array]]:
            photo, name = load_pixels(row), list(row["file"][-24:].encode())
            rngs = [np.random.default_rng([seed, copy, *name]) for copy in range(copies)]
            both = [self.read(level(photo, rng)) for rng in rngs]
            return [features for features, _ in both], [faces for _, faces in both]

        with ThreadPoolExecutor(2) as pool:
            all_read = list(pool.map(one, rows))
        return CopyFeatures(np.array([a for a, _ in all_read]), np.array([b for _, b in all_read]))


def last_layer(model: onnx.ModelProto) -> onnx.NodeProto:
    """The Gemm whose output is the selfie logit; StopIteration if there is none."""
    layers = (n for n in model.graph.node if OUTPUT in n.output and n.op_type == "Gemm")
    return cast(onnx.NodeProto, next(layers))


def write_layer(model: onnx.ModelProto, weight: Array, bias: float) -> onnx.ModelProto:
    """The model with another last layer: weight (F,) and bias, in the precision it has them."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    layer = last_layer(changed)
    for name, values in zip(layer.input[1:], (weight[None], np.array([bias])), strict=True):
        stored = next(t for t in changed.graph.initializer if t.name.removesuffix(".half") == name)
        kind = onnx.helper.tensor_dtype_to_np_dtype(stored.data_type)
        stored.CopyFrom(onnx.numpy_helper.from_array(values.astype(kind), stored.name))
    onnx.checker.check_model(changed)
    return changed
