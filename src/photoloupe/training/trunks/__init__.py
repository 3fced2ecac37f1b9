"""Trunks: what every net of views is built on."""

from __future__ import annotations

from photoloupe.training.engine.recipe import ViewsTrunk
from photoloupe.training.trunks.base import Trunk as Trunk
from photoloupe.training.trunks.lite0 import Lite0
from photoloupe.training.trunks.pool import pool_valid as pool_valid
from photoloupe.training.trunks.tiny_vit import TinyViT

KINDS: dict[str, type[Lite0 | TinyViT]] = {"lite0": Lite0, "tiny_vit": TinyViT}


def make_trunk(recipe: ViewsTrunk) -> Trunk:
    """Random, as wide as the recipe says."""
    return KINDS[recipe.net](recipe.width)
