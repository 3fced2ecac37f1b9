"""Features of views, kept in a file as they are found, so that a stopped run is resumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import onnx
import onnxruntime

from photoloupe.arrays import Array
from photoloupe.media.safe_files import replacing
from photoloupe.models.session import session_options
from photoloupe.models.view import PATCH, make_view
from photoloupe.parallel import available_cores
from photoloupe.training.encoder.copies import make_named_copy
from photoloupe.training.engine.tables import Row, load_pixels

SAVED_EVERY = 128  # views
ViewName = tuple[str, str]  # of a photo, of its copy


class FeatureStore:
    """An encoder's features of views, in the file `store`.

    model: pixels -> features (B, D), its first output; patches: area of a view.
    """

    def __init__(self, model: onnx.ModelProto, patches: int, store: Path) -> None:
        data = model.SerializeToString()
        self._session = onnxruntime.InferenceSession(data, session_options(threads=1))
        self._output = model.graph.output[0].name
        self._patches, self._store = patches, store
        self.version = f"{sha256(data).hexdigest()} {patches}"
        self.kept = load_features(store, self.version)

    def read(self, views: Sequence[ViewName], photos: Mapping[str, Row]) -> Array:
        """(N, D) float32 of N views of photos by name. Raises PhotoError."""
        missing = [view for view in dict.fromkeys(views) if view not in self.kept]
        with ThreadPoolExecutor(available_cores()) as pool:
            for first in range(0, len(missing), SAVED_EVERY):
                some = missing[first : first + SAVED_EVERY]
                found = pool.map(lambda view: self._read_one(view, photos[view[0]]), some)
                self.kept |= dict(zip(some, found, strict=True))
                save_features(self._store, self.version, self.kept)
        return np.stack([self.kept[view] for view in views])

    def _read_one(self, view: ViewName, row: Row) -> Array:
        name, copy = view
        shown = make_view(
            make_named_copy(load_pixels(row), copy, name), self._patches * PATCH**2, "patches"
        )
        found = self._session.run([self._output], {"pixels": shown.canvas[None]})[0]
        return np.asarray(found[0])


def save_features(store: Path, version: str, kept: Mapping[ViewName, Array]) -> None:
    """Write the features (D,) of views; the file is replaced in full or not at all."""
    names, copies = zip(*kept, strict=True)
    values = np.stack(list(kept.values()))
    with replacing(store) as temporary, temporary.open("wb") as file:
        np.savez(file, version=version, names=names, copies=copies, values=values)


def load_features(store: Path, version: str) -> dict[ViewName, Array]:
    """The features (D,) of an earlier run with the same encoder and area; else none."""
    try:
        with store.open("rb") as file, np.load(file) as stored:
            if str(stored["version"]) != version:
                return {}
            views = zip(stored["names"].tolist(), stored["copies"].tolist(), strict=True)
            return dict(zip(views, stored["values"], strict=True))
    except (OSError, KeyError, ValueError, BadZipFile):
        return {}
