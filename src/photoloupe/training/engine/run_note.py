"""`recipe.json` in a run folder: whose run it holds, so that only the same recipe resumes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from photoloupe.errors import ModelError, RecipeError, system_reason
from photoloupe.training.engine.sections import FittedRecipe

NOTE = "recipe.json"
# The keys that a checkpoint does not depend on: those of the card, and how much is measured.
CARD_ONLY = {"name", "licence", "sources", "notes", "leaves"}
NOT_TRAINED = CARD_ONLY | {"test_pairs", "test_copies", "test_photos"}


def claim(out: Path, recipe: FittedRecipe) -> None:
    """Note in the folder `out` whose run it holds. Raises RecipeError if it is another recipe's."""
    note, text = out / NOTE, recipe.model_dump_json(indent=1, exclude=NOT_TRAINED)
    if note.is_file() and note.read_text(encoding="utf-8") != text:
        raise RecipeError(f"{out}: holds a run of another recipe, or of this one before a change")
    note.write_text(text, encoding="utf-8")


def load_note(folder: Path) -> dict[str, Any]:
    """The recipe whose run a folder holds, without the keys in NOT_TRAINED.

    Raises ModelError if there is none.
    """
    try:
        note: dict[str, Any] = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except OSError as error:
        reason = system_reason(error)
        raise ModelError(f"{folder}: not the run of a recipe ({NOTE}: {reason})") from error
    except ValueError as error:
        raise ModelError(f"{folder}: not the run of a recipe ({NOTE} is damaged)") from error
    return note
