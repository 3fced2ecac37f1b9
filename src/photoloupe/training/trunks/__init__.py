"""Trunks: what every net of views is built on."""

from __future__ import annotations

from photoloupe.training.trunks.base import Trunk as Trunk
from photoloupe.training.trunks.lite0 import Lite0
from photoloupe.training.trunks.pool import pool_valid as pool_valid
from photoloupe.training.trunks.tiny_vit import TinyViT

TRUNKS: dict[str, type[Trunk]] = {"lite0": Lite0, "tiny_vit": TinyViT}


def make_trunk(name: str, width: float) -> Trunk:
    """A random one; name: a key of TRUNKS; width: times the published channel counts."""
    return TRUNKS[name](width)
