"""A program with a fourth question: one registry entry, one model, and then the command line.

    python -m tests.questions.toy MODEL_FOLDER ARGUMENTS...

The question is how bright a photo is. Nothing but `register` and the card in MODEL_FOLDER knows it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from photoloupe.models.card import Card, save_card
from photoloupe.questions.question import Cell, Question, Value
from photoloupe.questions.registry import QUESTIONS


@dataclass(frozen=True)
class Brightness:
    mean: float
    is_bright: bool
    evidence: tuple[str, ...]


BRIGHTNESS = Question(
    name="brightness",
    title="Brightness",
    outputs=1,
    decode=lambda logits, settings, photo: Brightness(
        float(logits[0]),
        float(logits[0]) > settings["threshold"],
        (f"a file of {photo.facts.width} pixels across",),
    ),
    values=(
        Value("mean", least=0, most=255),
        Value("is_bright", "flag"),
        Value("evidence", "texts"),
    ),
    cell=Cell("bright", 6, lambda answer: f"{answer.mean:.0f}", order=4),
    example={"mean": 90.0, "is_bright": False, "evidence": []},
    conditions={"bright": lambda answer: answer.is_bright},
)


def register() -> None:
    QUESTIONS[BRIGHTNESS.name] = BRIGHTNESS


def make_model(folder: Path) -> None:
    """An ONNX file that gives a view's mean, padding included, and its card."""
    nodes = [
        helper.make_node("Cast", ["pixels"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["real", "axes"], ["flat"], keepdims=0),
        helper.make_node("Reshape", ["flat", "shape"], ["brightness"]),
        helper.make_node("Identity", ["valid_hw"], ["unused"]),
    ]
    graph = helper.make_graph(
        nodes,
        "brightness",
        [
            helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", "h", "w", 3]),
            helper.make_tensor_value_info("valid_hw", TensorProto.FLOAT, ["n", 2]),
        ],
        [
            helper.make_tensor_value_info("brightness", TensorProto.FLOAT, ["n", 1]),
            helper.make_tensor_value_info("unused", TensorProto.FLOAT, ["n", 2]),
        ],
        [
            helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3]),
            helper.make_tensor("shape", TensorProto.INT64, [2], [-1, 1]),
        ],
    )
    opsets = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    onnx.save(model, folder / "toy.onnx")
    sha256 = hashlib.sha256((folder / "toy.onnx").read_bytes()).hexdigest()
    save_card(
        Card(
            name="toy", file="toy.onnx", sha256=sha256, view_pixels=4096,
            tasks={"brightness": {"threshold": 100.0}}, licence="Apache-2.0", sources=[],
            recipe="none", command="none", metrics={}, notes=[], folder=folder,
        )
    )  # fmt: skip


if __name__ == "__main__":
    register()
    os.environ["PHOTOLOUPE_MODEL"] = sys.argv.pop(1)
    from photoloupe.cli import app

    app()
