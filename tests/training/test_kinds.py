"""The registry of kinds: every one loads, and a new one is a folder and a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from photoloupe.errors import RecipeError
from photoloupe.training.engine.sections import BaseRecipe
from photoloupe.training.kinds import KINDS, part_of, recipe_type, run_of
from photoloupe.training.recipes import load_recipe
from photoloupe.training.run import run_recipe

TOY_RECIPE = """
from typing import Literal
from photoloupe.training.engine.sections import BaseRecipe, Count

class ToyRecipe(BaseRecipe):
    kind: Literal["toy"]
    size: Count = 1

Recipe = ToyRecipe
"""
TOY_RUN = """
def run(recipe, *, path, data, out, weights, workers):
    return f"{recipe.size} {path.name} {data.name} {out.name} {weights} {workers}"
"""
TOY = 'kind = "toy"\nsize = 7\nsources = ["made in code"]\n[quick]\nsize = 2\n'


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A recipe of a kind that is one folder and one line."""
    folder = tmp_path / "toy_kind"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "recipe.py").write_text(TOY_RECIPE)
    (folder / "run.py").write_text(TOY_RUN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(KINDS, "toy", "toy_kind")
    path = tmp_path / "toy.toml"
    path.write_text(TOY)
    yield path
    for name in [name for name in sys.modules if name.split(".")[0] == "toy_kind"]:
        del sys.modules[name]


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_has_a_recipe_of_its_name_and_a_run(kind: str) -> None:
    assert issubclass(recipe_type(kind), BaseRecipe)
    assert recipe_type(kind).model_fields["kind"].annotation.__args__ == (kind,)  # type: ignore[union-attr]
    assert callable(run_of(kind))


def test_a_new_kind_is_a_folder_and_a_line(toy: Path) -> None:
    data, out = toy.parent / "data", toy.parent / "out"
    assert run_recipe(toy, data, out, workers=3) == "7 toy.toml data out None 3"
    assert run_recipe(toy, data, out, quick=True) == "2 toy.toml data out None 1"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("size = 7", "sise = 7"), r"toy\.toml: sise: Extra inputs"),
        (("size = 7", "size = 0"), r"toy\.toml: size: Input should be greater than 0"),
        (('"toy"', '"tea"'), r"toy\.toml: kind: should be one of multitask, .*, toy$"),
        (('kind = "toy"', ""), r"toy\.toml: kind: should be one of multitask"),
        (("sources =", "notes ="), r"toy\.toml: sources: Field required"),
    ],
)
def test_a_mistake_in_its_recipe_names_the_key(
    toy: Path, change: tuple[str, str], words: str
) -> None:
    toy.write_text(TOY.replace(*change))
    with pytest.raises(RecipeError, match=words):
        load_recipe(toy)


def test_what_a_kind_lacks_is_named(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecipeError, match="kind toy: has no export"):
        part_of("toy", "export")
    with pytest.raises(RecipeError, match="kind: should be one of"):
        part_of("tea", "run")
    run = toy.parent / "toy_kind" / "run.py"
    run.write_text("import no_such_library")
    with pytest.raises(ImportError, match=r"training needs no_such_library: pip install"):
        run_of("toy")
    assert load_recipe(toy).kind == "toy"  # checking a recipe needs its model alone


def test_recipes_are_checked_without_torch() -> None:
    """Only kinds that run import it: a wrong key is reported at once."""
    import subprocess

    program = (
        "from photoloupe.training.recipes import load_recipe\n"
        "from pathlib import Path\nimport sys\n"
        "for path in Path('recipes').glob('*.toml'): load_recipe(path)\n"
        "print(*{'torch', 'onnx', 'transformers', 'lightning'} & set(sys.modules))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
