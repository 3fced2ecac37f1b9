"""ONNX Runtime sessions: a model's file in, arrays out. No torch."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from photoloupe.arrays import Floats, Pixels
from photoloupe.errors import ModelError
from photoloupe.models.card import Card
from photoloupe.models.view import View
from photoloupe.parallel import available_cores

CUDA = "CUDAExecutionProvider"
TOGETHER = {False: 8, True: 4096}  # views a run, on a processor and on a GPU


class Session:
    """One loaded model.

    threads: by default one a core; gpu: run on the GPU, or not at all. Raises ModelError.
    """

    def __init__(self, card: Card, *, threads: int | None = None, gpu: bool = False) -> None:
        options = session_options(threads or available_cores())
        providers = _providers(gpu)
        parts = [data for data in (card.trunk_bytes, card.model_bytes) if data is not None]
        try:
            self._stages = [
                onnxruntime.InferenceSession(data, options, providers=providers) for data in parts
            ]
        except Exception as error:  # onnxruntime's own errors share no base of their own
            raise ModelError(f"{card.folder / card.file}: cannot be loaded ({error})") from error
        self._together = TOGETHER[gpu]
        self._outputs = [value.name for stage in self._stages for value in stage.get_outputs()]
        if missing := card.answers - set(self._outputs):
            raise ModelError(f"{card.folder / card.file}: no output for {', '.join(missing)}")

    def run(self, views: list[View]) -> dict[str, Floats]:
        """Views of any shapes -> each output by name, (len(views), N) float32, in their order.

        Views of one shape run together, on a processor a few at a time: more are no faster there,
        and need more memory. A view's answer does not depend on the views that run with it.
        """
        groups: dict[tuple[int, ...], list[int]] = {}
        for index, view in enumerate(views):
            groups.setdefault(view.canvas.shape, []).append(index)
        results: dict[str, list[Floats]] = {
            name: [np.empty(0)] * len(views) for name in self._outputs
        }
        parts = (
            group[start : start + self._together]
            for group in groups.values()
            for start in range(0, len(group), self._together)
        )
        for indices in parts:
            arrays = self._run_stages(inputs_of([views[i] for i in indices]))
            for name, rows in results.items():
                for index, row in zip(indices, arrays[name], strict=True):
                    rows[index] = row
        return {name: np.stack(rows) for name, rows in results.items()} if views else {}

    def _run_stages(self, arrays: dict[str, Any]) -> dict[str, Any]:
        """The trunk, if there is one, then the model: each is fed what is there under its names."""
        for stage in self._stages:
            given = {value.name: arrays[value.name] for value in stage.get_inputs()}
            names = [value.name for value in stage.get_outputs()]
            arrays = {**arrays, **dict(zip(names, stage.run(names, given), strict=True))}
        return arrays


def inputs_of(views: list[View]) -> dict[str, Floats | Pixels]:
    """A model's inputs for B views of one shape: pixels (B, H, W, 3) uint8, valid_hw (B, 2)."""
    return {
        "pixels": np.stack([view.canvas for view in views]),
        "valid_hw": np.array([view.valid_hw for view in views], np.float32),
    }


def session_options(threads: int) -> onnxruntime.SessionOptions:
    """ONNX Runtime's options for a session of so many threads that shares the cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Idle workers would spin on the cores that the decoders need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not has_vnni():
        # Without it sums of 8-bit nets overflow, silently, on x86 processors that have no VNNI.
        options.add_session_config_entry("session.x64quantprecision", "1")
    options.log_severity_level = 3
    return options


@cache
def has_vnni() -> bool:
    """Whether this processor multiplies 8-bit numbers without overflow; False if unknown.

    Where it is False, 8-bit models run in a slower form that gives the same answers.
    """
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:  # only Linux has this file
        return False
    return "avx512_vnni" in flags or "avx_vnni" in flags


def _providers(gpu: bool) -> list[str]:
    if gpu and CUDA not in onnxruntime.get_available_providers():
        # Left to itself, ONNX Runtime would go on without, on a machine that costs ten times more.
        raise ModelError("this ONNX Runtime has no CUDA; pip install onnxruntime-gpu in its place")
    return [CUDA] if gpu else ["CPUExecutionProvider"]
