"""An encoder recipe, from rated photos and damaged copies to a model with its card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import onnx
import onnxruntime

from photoloupe.arrays import Array
from photoloupe.figures import Figure, figure, plcc
from photoloupe.media.safe_files import replacing
from photoloupe.models.card import save_card
from photoloupe.models.session import inputs_of, session_options
from photoloupe.models.view import make_view
from photoloupe.parallel import available_cores
from photoloupe.training.damaged_copies.copies import (
    PHOTO,
    Copy,
    copies_of,
    least_gap,
    make_copy,
    number_of,
)
from photoloupe.training.damaged_copies.evaluate import evaluate_rating_and_order
from photoloupe.training.encoder.graph import load_encoder, make_model
from photoloupe.training.encoder.kernel import Kernel, learn, narrowness
from photoloupe.training.encoder.recipe import EncoderRecipe
from photoloupe.training.engine.cross_validation import folds_of, over_folds
from photoloupe.training.engine.evaluate import groups_of
from photoloupe.training.engine.first_card import first_card
from photoloupe.training.engine.tables import Row, draw_rows, load_pixels, load_table, rating

SAVED_EVERY = 128  # views


def run(
    recipe: EncoderRecipe,
    *,
    path: Path,
    data: Path,
    out: Path,
    weights: Path | None,
    workers: int,
) -> str:
    """Leaves `<name>.onnx` and `<name>.json` in `out`; returns the card as text. See kinds.Run.

    Features are kept in `out`, so that a run that was stopped is resumed. workers: not used, every
    core reads.
    """
    del workers
    encoder = load_encoder(weights)
    rated, photos = load_table(recipe.rated, data), load_table(recipe.photos, data)
    out.mkdir(parents=True, exist_ok=True)
    trained = [*rated.train, *draw_rows(photos.train, recipe.train_photos, recipe.seed)]
    views = [(row, copy) for row in trained for copy in (PHOTO, *copies_of(number_of(row)))]
    views += [(row, PHOTO) for row in rated.test]
    bare = make_model(encoder, recipe)
    read = EncoderReader(bare, recipe.view_pixels, out / "features.npz").read(views)
    everything = ViewFeatures(views, read)
    kernel = everything.without({row["file"] for row in rated.test}).learn(recipe, rated.train)
    file = out / f"{recipe.name}.onnx"
    file.write_bytes(make_model(encoder, recipe, kernel).SerializeToString())
    card = first_card(recipe, ["aesthetics"], view_pixels=recipe.view_pixels, path=path, out=out)
    others = draw_rows(photos.test, recipe.test_photos, seed=4)
    figures = [
        *evaluate_rating_and_order(card, rated, others, trained),
        _over_folds(everything, recipe, [*rated.train, *rated.test]),
    ]
    card = replace(card, metrics={"aesthetics": figures})
    save_card(card)
    return card.in_words()


class EncoderReader:
    """An encoder's features of views, kept in the file `store` as they are found.

    model: gives features (B, D) of pixels and valid_hw; view_pixels: area of a view.
    """

    def __init__(self, seer: onnx.ModelProto, view_pixels: int, store: Path) -> None:
        data = seer.SerializeToString()
        self._session = onnxruntime.InferenceSession(data, session_options(threads=1))
        self.view_pixels, self.store = view_pixels, store
        self.version = f"{sha256(data).hexdigest()} {view_pixels}"
        self.kept = _kept(store, self.version)

    def read(self, asked: list[tuple[Row, Copy]]) -> Array:
        """(photo, copy) pairs -> (N, D) float32 of length 1. Raises PhotoError."""
        missing = [one for one in asked if _name(*one) not in self.kept]
        with ThreadPoolExecutor(available_cores()) as pool:
            for first in range(0, len(missing), SAVED_EVERY):
                some = missing[first : first + SAVED_EVERY]
                found = pool.map(self._see, some)
                self.kept |= dict(zip((_name(*one) for one in some), found, strict=True))
                self._save()
        return np.stack([self.kept[_name(*one)] for one in asked])

    def _see(self, one: tuple[Row, Copy]) -> Array:
        row, copy = one
        view = make_view(make_copy(load_pixels(row), copy, number_of(row)), self.view_pixels)
        return np.asarray(self._session.run(None, inputs_of([view]))[0][0])

    def _save(self) -> None:
        names, values = list(self.kept), np.stack(list(self.kept.values()))
        with replacing(self.store) as partial:
            np.savez(partial, version=self.version, names=names, values=values)


def _kept(store: Path, version: str) -> dict[str, Array]:
    """Features of an earlier run with the same encoder."""
    try:
        with store.open("rb") as file, np.load(file) as stored:
            if str(stored["version"]) != version:
                return {}
            return dict(zip(stored["names"].tolist(), stored["values"], strict=True))
    except (OSError, KeyError, ValueError, BadZipFile):
        return {}


def _name(row: Row, copy: Copy) -> str:
    kind, strength = copy
    return f"{row['file']} {kind} {strength}"


class ViewFeatures:
    """(photo, copy) views and their features (N, D), of which a kernel is learned."""

    def __init__(self, views: list[tuple[Row, Copy]], features: Array) -> None:
        self.views, self.features = views, np.asarray(features, np.float64)

    def learn(self, recipe: EncoderRecipe, rated: Iterable[Row]) -> Kernel:
        """A kernel of the ratings of `rated`, and of the order of views of these and unrated."""
        files = {row["file"] for row in rated}
        targets = {i: rating(row) for i, (row, copy) in enumerate(self.views)
                   if copy == PHOTO and row["file"] in files}  # fmt: skip
        pairs, gaps = self._pairs(recipe.margin)
        return learn(
            self.features,
            np.array(list(targets)),
            np.array(list(targets.values())),
            pairs,
            gaps,
            narrow=recipe.narrow * narrowness(self.features[list(targets)]),
            ridge=recipe.ridge,
            order=recipe.order,
        )

    def _pairs(self, margin: float) -> tuple[Array, Array]:
        """(p, 2) of views, the better first; (p, 2) by how much in mean, and none in spread."""
        undamaged = {row["file"]: i for i, (row, copy) in enumerate(self.views) if copy == PHOTO}
        pairs, gaps = [], []
        for i, (row, copy) in enumerate(self.views):
            if gap := least_gap(PHOTO, copy, margin):
                pairs.append((undamaged[row["file"]], i))
                gaps.append((gap, 0.0))
        return np.array(pairs).reshape(-1, 2), np.array(gaps).reshape(-1, 2)

    def without(self, files: set[str]) -> ViewFeatures:
        """All but the views of photos in `files`."""
        keep = [i for i, (row, _) in enumerate(self.views) if row["file"] not in files]
        return ViewFeatures([self.views[i] for i in keep], self.features[keep])

    def of(self, rows: Sequence[Row]) -> Array:
        """(len(rows), D): features of the photos as they are."""
        place = {row["file"]: i for i, (row, copy) in enumerate(self.views) if copy == PHOTO}
        return self.features[[place[row["file"]] for row in rows]]


def _over_folds(known: ViewFeatures, recipe: EncoderRecipe, rated: list[Row]) -> Figure:
    """Every rated photo asked about by a kernel that saw none of its theme."""
    groups = groups_of(rated)

    def fit(chosen: Array) -> Callable[[Array], Array]:
        learnt = [rated[i] for i in chosen]
        held = {row["file"] for row in rated} - {row["file"] for row in learnt}
        kernel = known.without(held).learn(recipe, learnt)
        return lambda asked: kernel(known.of([rated[i] for i in asked]))[:, 0]

    answers = over_folds(folds_of(groups, recipe.folds, recipe.seed), fit)
    truth = np.array([rating(row)[0] for row in rated])
    name = f"PLCC, all rated photos, themes left out in {recipe.folds} parts"
    return figure(name, plcc, answers, truth, groups=groups)
