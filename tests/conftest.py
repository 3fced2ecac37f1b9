"""Pictures made in code, and the example photos."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import photoloupe
from photoloupe.arrays import Pixels
from photoloupe.models.card import Card
from photoloupe.models.installed import shipped_cards

EXAMPLES = Path(__file__).parent.parent / "examples" / "photos"


def shipped(question: str) -> Card:
    """The card of the model that answers this."""
    return next(card for card in shipped_cards() if question in card.tasks)


def scene(width: int = 96, height: int = 64, seed: int = 0) -> Pixels:
    """A random picture, texture at every scale, colour coarse: (height, width, 3) uint8."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for cells, channels in ((3, 3), (6, 3), (12, 1), (24, 1), (48, 1)):
        small = np.broadcast_to(rng.integers(0, 256, (cells, cells, channels)), (cells, cells, 3))
        image = Image.fromarray(small.astype(np.uint8))
        total += np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), np.float32)
    return (total / 5).astype(np.uint8)


def encode(pixels: Pixels, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


@pytest.fixture(autouse=True, scope="session")
def _own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the data folder of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """save(name, pixels, **options) -> path of an image file in a fresh folder."""

    def write(name: str, pixels: Pixels, kind: str = "PNG", **options: Any) -> Path:
        path = tmp_path / name
        path.write_bytes(encode(pixels, kind, **options))
        return path

    return write


def uninstall(monkeypatch: pytest.MonkeyPatch, library: str, room: str) -> None:
    """As if `library` were not installed, and the room that needs it were not loaded yet.

    Modules know their rooms by attributes, too: left changed, later tests would patch another copy.
    """
    names = [name for name in sys.modules if name.startswith(f"photoloupe.{room}")]
    if names:
        monkeypatch.setattr(photoloupe, room, getattr(photoloupe, room))
    for name in names:
        monkeypatch.delitem(sys.modules, name)
    modules: Any = sys.modules
    monkeypatch.setitem(modules, library, None)
