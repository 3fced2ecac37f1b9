"""Trunks: what every net of views is built on."""

from __future__ import annotations

from photoloupe.training.recipe import ViewsTrunk
from photoloupe.training.trunk.base import Trunk as Trunk
from photoloupe.training.trunk.lite0 import Lite0
from photoloupe.training.trunk.pool import pool_valid as pool_valid
from photoloupe.training.trunk.tiny_vit import TinyViT

KINDS: dict[str, type[Lite0 | TinyViT]] = {"lite0": Lite0, "tiny_vit": TinyViT}


def make_trunk(recipe: ViewsTrunk) -> Trunk:
    """Random, as wide as the recipe says."""
    return KINDS[recipe.net](recipe.width)
