from __future__ import annotations

from importlib.resources import files

import pytest

import photoloupe


def test_the_public_names_are_these() -> None:
    assert photoloupe.__all__ == [
        "Aesthetics", "Box", "CatalogError", "Crop", "ExpressionError", "Inspector", "LabelError",
        "Limits", "ModelError", "Photo", "PhotoError", "PhotoReport", "PhotoloupeError",
        "RecipeError", "Reports", "Selfie", "Squish", "aesthetics", "compare", "inspect",
        "open_photo", "rank", "repair", "selfie", "squish",
    ]  # fmt: skip
    for name in photoloupe.__all__:
        assert getattr(photoloupe, name).__name__ == name


def test_dir_lists_the_public_names_and_nothing_private() -> None:
    assert dir(photoloupe) == sorted([*photoloupe.__all__, "__version__"])


def test_type_checkers_are_told_that_the_package_is_typed() -> None:
    assert (files("photoloupe") / "py.typed").is_file()


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'predict'"):
        photoloupe.predict  # noqa: B018
