"""Does it help to judge a picture whole, at its own shape, and place by place?

    python benchmarks/composition.py DATA --weights LITE0.pth [--json composition.json]

One trunk (EfficientNet-Lite0, ImageNet-1k), one area of 36,864 pixels, one head, one split, equal
training; only what the trunk is shown and how its features are pooled differs between ways:

    square      squashed to a square, averaged
    centre      the central square, averaged
    letterbox   fitted into a square, padding and all averaged
    native      at its own shape, the picture averaged
    pyramid     at its own shape, averages of 1, 4 and 16 bins side by side
    max pyramid the same with maxima, as published (He et al. 2014)

Two measurements. "beauty": OASIS ratings, five folds of whole themes, all 563 photos; they are all
5:4, so a square loses little. "framing": two windows of one photo, equally large and of one shape
from 1:2 to 2:1, one in its centre and one in a corner; the first is to score higher. Photographers
put what matters near the centre, so this asks how a picture is framed and nothing else (both
windows are equally sharp), but no person judged these windows. Trained on two sources, measured on
three others.

Two heads. "ridge": on frozen features, its strength chosen inside the training part. "tuned": the
trunk's last block and a dense head, so many steps of AdamW. Differences from "native" are paired:
themes, or photos, are drawn again, 95 %.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import torch
from rich.console import Console
from rich.table import Table as Printed
from torch import Tensor, nn
from torch.nn import functional as F

from photoloupe.arrays import Array, Pixels
from photoloupe.figures import Figure, figure, mse, plcc, share, srcc
from photoloupe.models.view import GREY, View, make_view
from photoloupe.questions import aesthetics
from photoloupe.training.engine import augment
from photoloupe.training.engine.losses import aesthetics_loss
from photoloupe.training.engine.sections import TableSection
from photoloupe.training.engine.tables import Row, load_pixels, load_table, rating
from photoloupe.training.published.aesthetics_pyramid.pool import pool_pyramid
from photoloupe.training.trunks import pool_valid
from photoloupe.training.trunks.lite0 import InvertedBlock, Lite0, SameConv

SIDE = 192
AREA = SIDE * SIDE
LEVELS = (1, 2, 4)
STRENGTHS = 10.0 ** np.arange(-4.0, 1.01, 0.5)  # of the ridge, as shares of a feature's power
FOLDS = 5
BATCH = 32
STEPS = {"beauty": 80, "framing": 120}


# --- the ways ------------------------------------------------------------------------------------


def square(pixels: Pixels) -> View:
    small = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return View(np.asarray(small, np.uint8), (SIDE, SIDE))


def centre(pixels: Pixels) -> View:
    side = min(pixels.shape[:2])
    y, x = ((length - side) // 2 for length in pixels.shape[:2])
    return square(pixels[y : y + side, x : x + side])


def letterbox(pixels: Pixels) -> View:
    scale = SIDE / max(pixels.shape[:2])
    height, width = (max(1, round(length * scale)) for length in pixels.shape[:2])
    canvas = np.full((SIDE, SIDE, 3), GREY, np.uint8)
    y, x = (SIDE - height) // 2, (SIDE - width) // 2
    canvas[y : y + height, x : x + width] = cv2.resize(
        pixels, (width, height), interpolation=cv2.INTER_AREA
    )
    return View(canvas, (SIDE, SIDE))


def native(pixels: Pixels) -> View:
    return make_view(pixels, AREA)


Pool = Callable[[Tensor, Tensor], Tensor]


def pyramid(kind: str) -> Pool:
    def pool(features: Tensor, valid_hw: Tensor) -> Tensor:
        return pool_pyramid(features, valid_hw, LEVELS, kind)

    return pool


SHOWN: dict[str, Callable[[Pixels], View]] = {
    "square": square, "centre": centre, "letterbox": letterbox, "native": native,
}  # fmt: skip
WAYS: dict[str, tuple[str, Pool]] = {
    "square": ("square", pool_valid),
    "centre": ("centre", pool_valid),
    "letterbox": ("letterbox", pool_valid),
    "native": ("native", pool_valid),
    "pyramid": ("native", pyramid("average")),
    "max pyramid": ("native", pyramid("max")),
}


# --- what the frozen part of the trunk makes of pictures ------------------------------------------


def half() -> torch.autocast:
    """Convolutions in bfloat16: the same for every way, and three times as fast."""
    return torch.autocast("cpu", torch.bfloat16)


@dataclass(frozen=True)
class Read:
    """middle: (C', h, w) before the trunk's last block; valid_hw: of the picture, in pixels."""

    middle: Tensor
    valid_hw: tuple[int, int]


@torch.no_grad()
def read(pictures: list[Pixels], trunk: Lite0, show: Callable[[Pixels], View]) -> list[Read]:
    found: list[Read] = []
    for batch in batched((show(pixels) for pixels in pictures), 8):
        shapes = {view.canvas.shape for view in batch}
        for alike in [batch] if len(shapes) == 1 else [[view] for view in batch]:
            canvas = torch.from_numpy(np.stack([view.canvas for view in alike]))
            with half():
                middle = trunk.middle(canvas.permute(0, 3, 1, 2).float() / 127.5 - 1).float()
            found += [Read(m.clone(), v.valid_hw) for m, v in zip(middle, alike, strict=True)]
    return found


def batched(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def together(reads: list[Read]) -> tuple[Tensor, Tensor]:
    """(B, C', h, w) on one canvas, zeros beside the pictures, and (B, 2) valid_hw."""
    height, width = (max(r.middle.shape[axis] for r in reads) for axis in (1, 2))
    middle = torch.zeros(len(reads), len(reads[0].middle), height, width)
    for place, one in zip(middle, reads, strict=True):
        place[:, : one.middle.shape[1], : one.middle.shape[2]] = one.middle
    return middle, torch.tensor([one.valid_hw for one in reads], dtype=torch.float32)


@torch.no_grad()
def frozen_features(reads: list[Read], trunk: Lite0, pool: Pool) -> Array:
    """(n, D) float32: each level of a pyramid weighs as much as the plain average does."""
    rows = []
    for batch in batched(reads, 16):
        middle, valid_hw = together(batch)
        with half():
            features = trunk.top(middle)
        rows.append(pool(features.float(), valid_hw).numpy())
    found = np.concatenate(rows)
    if found.shape[1] > trunk.channels:
        bins = np.repeat([1 / n for n in LEVELS], [trunk.channels * n * n for n in LEVELS])
        found *= bins.astype(np.float32)
    return found


# --- ridge ---------------------------------------------------------------------------------------


def folds_of(groups: Array, count: int, seed: int) -> Array:
    """(n,) fold of each row; a group is in one fold."""
    names, which = np.unique(groups, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(names)) % count
    return np.asarray(fold[which])


def ridge(gram: Array, target: Array, strength: float, train: Array, test: Array) -> Array:
    """Predictions for rows `test` by kernel ridge regression on rows `train` of a Gram matrix."""
    inside = gram[np.ix_(train, train)]
    power = strength * float(np.trace(inside))
    weights = np.linalg.solve(inside + power / len(train) * np.eye(len(train)), target[train])
    return np.asarray(gram[np.ix_(test, train)] @ weights)


def chosen_ridge(gram: Array, target: Array, groups: Array, train: Array, test: Array) -> Array:
    """As `ridge`, with the strength that does best on five folds of `train`."""
    fold = folds_of(groups[train], 5, seed=1)
    errors = []
    for strength in STRENGTHS:
        said = np.empty(len(train))
        for k in range(5):
            inner, left = train[fold != k], train[fold == k]
            said[fold == k] = ridge(gram, target, strength, inner, left)
        errors.append(mse(said, target[train]))
    return ridge(gram, target, float(STRENGTHS[int(np.argmin(errors))]), train, test)


# --- tuned ---------------------------------------------------------------------------------------


class Tuned(nn.Module):
    """The trunk's last block, its last convolution, and a dense head on what is pooled."""

    def __init__(self, trunk: Lite0, pool: Pool, outputs: int) -> None:
        super().__init__()
        block, last = trunk._blocks[-1], trunk._conv_head
        assert isinstance(block, InvertedBlock)
        self.block, self.last, self.pool = (
            InvertedBlock(192, 320, 3, 1, 6),
            SameConv(320, 1280, 1),
            pool,
        )
        self.block.load_state_dict(block.state_dict())
        self.last.load_state_dict(last.state_dict())
        cast(Any, self).to(memory_format=torch.channels_last)
        sizes = pool(torch.zeros(1, trunk.channels, 6, 6), torch.full((1, 2), 192.0)).shape[1]
        self.head = nn.Sequential(
            nn.Dropout(0.5), nn.Linear(sizes, 64), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(64, outputs),
        )  # fmt: skip

    def forward(self, middle: Tensor, valid_hw: Tensor) -> Tensor:
        with half():
            features = F.relu6(self.last(self.block(middle)))
        return torch.as_tensor(self.head(self.pool(features.float(), valid_hw)))

    @torch.no_grad()
    def answers(self, reads: list[Read]) -> Tensor:
        return torch.cat([self.eval()(*together(batch)) for batch in batched(reads, 16)])


def tune(net: Tuned, loss: Callable[[np.random.Generator], Tensor], steps: int, seed: int) -> None:
    """So many steps of AdamW with a cosine; `loss` draws its own batch."""
    parts = [{"params": net.head.parameters(), "lr": 1e-3},
             {"params": [*net.block.parameters(), *net.last.parameters()], "lr": 2e-4}]  # fmt: skip
    optimiser = torch.optim.AdamW(parts, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    rng = np.random.default_rng(seed)
    net.train()
    for _ in range(steps):
        optimiser.zero_grad()
        torch.autograd.backward(loss(rng))
        optimiser.step()
        schedule.step()


# --- beauty --------------------------------------------------------------------------------------


def measure_beauty(data: Path, trunk: Lite0, say: Callable[[str], None]) -> dict[str, Any]:
    table = load_table(
        TableSection(csv="aesthetics/oasis.csv", source_column="theme", group_column="theme",
                    hold_out_splits=("val",)),
        data,
    )  # fmt: skip
    rows = [*table.train, *table.test]
    pictures = [load_pixels(row) for row in rows]
    truth = np.array([rating(row)[0] for row in rows])
    target = torch.from_numpy(np.stack([aesthetics.make_target(*rating(row)) for row in rows]))
    themes = np.array([row["group"] for row in rows])
    fold = folds_of(themes, FOLDS, seed=0)
    said: dict[str, dict[str, Array]] = {"ridge": {}, "tuned": {}}
    reads = {}
    for name, show in SHOWN.items():
        both = [pictures, [np.ascontiguousarray(p[:, ::-1]) for p in pictures]]
        reads[name] = [read(these, trunk, show) for these in both]
    for way, (shown, pool) in WAYS.items():
        say(f"beauty, {way}")
        features = frozen_features(reads[shown][0], trunk, pool)
        said["ridge"][way] = beauty_ridge(features, truth, themes, fold)
        said["tuned"][way] = beauty_tuned(reads[shown], target, fold, trunk, pool)
    return {head: compare(found, truth, themes) for head, found in said.items()}


def beauty_ridge(features: Array, truth: Array, themes: Array, fold: Array) -> Array:
    found = np.empty(len(truth))
    for k in range(FOLDS):
        train, test = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        mean = features[train].mean(0)
        gram = ((features - mean) @ (features - mean).T).astype(float)
        level = truth[train].mean()
        found[test] = level + chosen_ridge(gram, truth - level, themes, train, test)
    return found


def beauty_tuned(
    reads: list[list[Read]], target: Tensor, fold: Array, trunk: Lite0, pool: Pool
) -> Array:
    found = np.empty(len(target))
    for k in range(FOLDS):
        train, test = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
        torch.manual_seed(k)
        net = Tuned(trunk, pool, 10)

        def loss(rng: np.random.Generator, net: Tuned = net, train: Array = train) -> Tensor:
            chosen, side = rng.choice(train, BATCH), rng.integers(0, 2)  # mirrored or not
            logits = net(*together([reads[side][i] for i in chosen]))
            return aesthetics_loss(logits, target[chosen]).mean()

        tune(net, loss, STEPS["beauty"], seed=k)
        shares = net.answers([reads[0][i] for i in test]).softmax(1).numpy()
        found[test] = shares @ aesthetics.RATINGS
    return found


def compare(said: dict[str, Array], truth: Array, groups: Array) -> dict[str, list[Figure]]:
    """By way: PLCC, SRCC, MSE, and the difference of the first from "native", paired."""
    found = {}
    for way, scores in said.items():
        rival = said["native"]
        found[way] = [
            figure("PLCC", plcc, scores, truth, groups=groups),
            figure("SRCC", srcc, scores, truth, groups=groups),
            figure("MSE", mse, scores, truth, groups=groups),
            figure("PLCC, less native's", lambda a, b, t: plcc(a, t) - plcc(b, t),
                   scores, rival, truth, groups=groups),
        ]  # fmt: skip
    return found


# --- framing -------------------------------------------------------------------------------------


def windows(photo: Pixels, rng: np.random.Generator) -> tuple[Pixels, Pixels, float]:
    """(central window, one in a corner, their ln of width by height), equally large."""
    height, width = photo.shape[:2]
    aspect = augment.log_uniform(1 / 2, 2, rng)
    zoom = rng.uniform(0.55, 0.75)
    w, h = (
        round(zoom * side) for side in (min(width, height * aspect), min(height, width / aspect))
    )
    free_x, free_y = width - w, height - h
    # A twentieth of the way short of the edge: a frame or a dark corner would give it away.
    x, y = (round(free * rng.choice([0.05, 0.95])) for free in (free_x, free_y))
    middle = photo[free_y // 2 : free_y // 2 + h, free_x // 2 : free_x // 2 + w]
    return middle, photo[y : y + h, x : x + w], float(np.log(w / h))


def measure_framing(
    data: Path, trunk: Lite0, most: int, say: Callable[[str], None]
) -> dict[str, Any]:
    unseen = ("coco256", "urban100", "sunhays80")
    table = load_table(TableSection(csv="photos/photos.csv", hold_out=unseen), data)
    rows = [row for row in table.train if row["source"] in ("imagenet1k", "bsds500")]
    order = np.random.default_rng(0).permutation(len(rows))[:most]
    chosen: list[Row] = [*(rows[int(i)] for i in order), *table.test]
    train, test = np.arange(len(order)), np.arange(len(order), len(chosen))
    pairs = [
        windows(load_pixels(row), np.random.default_rng([3, i])) for i, row in enumerate(chosen)
    ]
    aspect = np.array([pair[2] for pair in pairs])
    said: dict[str, dict[str, Array]] = {"ridge": {}, "tuned": {}}
    shown_reads: dict[str, list[list[Read]]] = {}
    for way, (shown, pool) in WAYS.items():
        say(f"framing, {way}")
        if shown not in shown_reads:
            shown_reads.clear()
            sides = [[np.ascontiguousarray(pair[s]) for pair in pairs] for s in (0, 1)]
            shown_reads[shown] = [read(side, trunk, SHOWN[shown]) for side in sides]
        reads = shown_reads[shown]
        first, second = (frozen_features(side, trunk, pool) for side in reads)
        gram = ((first - second) @ (first - second).T).astype(float)
        ones = np.ones(len(chosen))  # of a difference: no constant, so its sign is what is learnt
        said["ridge"][way] = chosen_ridge(gram, ones, np.arange(len(chosen)), train, test)
        said["tuned"][way] = framing_tuned(reads, train, test, trunk, pool)
    return {head: order_figures(found, aspect[test]) for head, found in said.items()}


def framing_tuned(
    reads: list[list[Read]], train: Array, test: Array, trunk: Lite0, pool: Pool
) -> Array:
    """By how much the central window scores above the other."""
    torch.manual_seed(0)
    net = Tuned(trunk, pool, 1)

    def loss(rng: np.random.Generator) -> Tensor:
        chosen = rng.choice(train, BATCH // 2, replace=False)
        scores = net(*together([reads[side][i] for side in (0, 1) for i in chosen]))[:, 0]
        return F.softplus(scores[len(chosen) :] - scores[: len(chosen)]).mean()

    tune(net, loss, STEPS["framing"], seed=0)
    first, second = (net.answers([side[i] for i in test])[:, 0] for side in reads)
    return (first - second).numpy()


def order_figures(said: dict[str, Array], aspect: Array) -> dict[str, list[Figure]]:
    found, long = {}, np.abs(aspect) > np.log(1.5)
    native_right = (said["native"] > 0).astype(float)
    for way, gap in said.items():
        right = (gap > 0).astype(float)
        found[way] = [
            figure("right", share, right),
            figure("right, longer than 3:2", share, right[long]),
            figure("right, nearer to square", share, right[~long]),
            figure("right, less native's", share, right - native_right),
        ]
    return found


# --- tables --------------------------------------------------------------------------------------


def table(title: str, ways: dict[str, list[Figure]]) -> Printed:
    made = Printed("", *(f["name"] for f in ways["native"]), title=title, title_justify="left")
    for way, figures in ways.items():
        made.add_row(
            way, *(f"{f['value']:.3f} ({f['low']:.3f} to {f['high']:.3f})" for f in figures)
        )
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "data", type=Path, help="folder with aesthetics/oasis.csv, photos/photos.csv"
    )
    parser.add_argument("--weights", type=Path, required=True, help="EfficientNet-Lite0, .pth")
    parser.add_argument("--photos", type=int, default=600, help="to learn framing from")
    parser.add_argument("--only", choices=("beauty", "framing"))
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    console = Console(width=160)
    trunk = Lite0().eval()
    trunk.load_published(args.weights)
    cast(Any, trunk.requires_grad_(False)).to(memory_format=torch.channels_last)
    asked: dict[str, Callable[[], dict[str, Any]]] = {
        "framing": lambda: measure_framing(args.data, trunk, args.photos, console.log),
        "beauty": lambda: measure_beauty(args.data, trunk, console.log),
    }
    results = {}
    for question in [args.only] if args.only else asked:
        results[question] = asked[question]()
        for head, ways in results[question].items():
            console.print(table(f"{question}, {head}", ways))
        if args.json:  # after each, for either takes its time
            args.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
