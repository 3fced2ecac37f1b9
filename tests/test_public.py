from __future__ import annotations

import pytest

import photoloupe


def test_the_public_names_are_these() -> None:
    assert photoloupe.__all__ == [
        "Aesthetics", "Box", "Crop", "Inspector", "Limits", "ModelError", "Photo", "PhotoError",
        "PhotoReport", "PhotoloupeError", "RecipeError", "Selfie", "Squish", "compare", "inspect",
        "open_photo", "rank", "repair", "selfie", "squish",
    ]  # fmt: skip
    for name in photoloupe.__all__:
        assert getattr(photoloupe, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'predict'"):
        photoloupe.predict  # noqa: B018
