from __future__ import annotations

import json
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from photoloupe import Inspector
from photoloupe.cli.main import app
from photoloupe.errors import ModelError
from photoloupe.models import faces
from photoloupe.models.card import TIERS, Card, load_card, save_card
from photoloupe.models.installed import MODEL_VARIABLE, WEIGHTS, installed_cards, shipped_cards
from photoloupe.models.session import Session
from photoloupe.models.view import make_view
from tests.conftest import EXAMPLES, scene, shipped

REPOSITORY = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("card", shipped_cards(None), ids=lambda card: card.name)
def test_every_shipped_card_is_whole(card: Card) -> None:
    assert len(card.model_bytes) < 25e6
    assert len(card.trunk_bytes or b"") < 95e6
    assert card.licence
    assert card.sources
    assert card.notes
    assert (REPOSITORY / card.recipe).is_file()
    assert card.recipe in card.command
    for task in card.tasks:
        figures = card.metrics[task]
        assert all(f["low"] <= f["value"] <= f["high"] for f in figures)
        assert any("baseline" in f["name"] for f in figures)
        assert any("shortcut" in f["name"] for f in figures)


@pytest.mark.parametrize("tier", TIERS)
def test_every_question_has_exactly_one_model_in_a_tier(tier: str) -> None:
    cards = shipped_cards(tier)
    answered = [task for card in cards for task in card.tasks]
    assert sorted(answered) == ["aesthetics", "selfie", "squish"]
    assert sum(card.embedding > 0 for card in cards) == 1


def test_a_tier_can_be_named_by_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODEL_VARIABLE, "fast")
    assert installed_cards() == shipped_cards("fast")
    assert installed_cards("best") == shipped_cards("best")


def test_every_file_in_weights_has_a_card() -> None:
    cards = shipped_cards(None)
    names = {card.file for card in cards} | {f"{card.name}.json" for card in cards}
    models = {faces.MODEL.name, *(card.file for card in cards)}
    models |= {card.trunk for card in cards if card.trunk}
    notices = {path.name for path in WEIGHTS.glob("*.md")}
    assert notices <= {name.replace(".onnx", ".md") for name in models}
    assert names | models | notices == {path.name for path in WEIGHTS.iterdir()}


def test_a_card_is_saved_as_it_was_loaded(tmp_path: Path) -> None:
    source = WEIGHTS / f"{shipped_cards()[0].name}.json"
    copy = tmp_path / source.name
    copy.write_bytes(source.read_bytes())
    save_card(load_card(copy))
    assert copy.read_bytes() == source.read_bytes()


def test_a_card_with_other_keys_is_refused(tmp_path: Path) -> None:
    values = json.loads((WEIGHTS / f"{shipped_cards()[0].name}.json").read_text())
    path = tmp_path / "card.json"
    path.write_text(json.dumps(values | {"colour": 1}))
    with pytest.raises(ModelError, match="not a model card"):
        load_card(path)
    path.write_text("{")
    with pytest.raises(ModelError, match=r"card\.json"):
        load_card(path)


def test_a_card_that_answers_an_unknown_question_is_refused() -> None:
    with pytest.raises(ModelError, match="unknown question age"):
        Inspector([replace(shipped_cards()[0], tasks={"age": {}})])


def test_the_models_page_is_what_the_cards_say() -> None:
    script = runpy.run_path(str(REPOSITORY / "scripts" / "models_page.py"))
    page = (REPOSITORY / "docs" / "models.md").read_text(encoding="utf-8")
    assert page == script["make_page"](), "run scripts/models_page.py"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    """A model that only rates, named by the variable."""
    card = shipped("aesthetics")
    (tmp_path / "own.onnx").write_bytes(card.model_bytes)
    (tmp_path / card.trunk).write_bytes(card.trunk_bytes or b"")
    save_card(replace(card, name="own", file="own.onnx", tasks={"aesthetics": {}},
                      folder=tmp_path))  # fmt: skip
    monkeypatch.setenv(MODEL_VARIABLE, str(tmp_path))
    return load_card(tmp_path / "own.json")


def test_a_named_model_answers_its_questions_and_what_ships_the_rest(own: Card) -> None:
    answer = next(Inspector().stream_inspections([EXAMPLES / "chelsea.jpg"]))
    names = {task: version.partition("@")[0] for task, version in answer.report.model.items()}
    ships = {task: shipped(task).name for task in ("squish", "selfie")}
    assert names == {**ships, "aesthetics": "own"}
    assert own.embedding  # and yet pictures are compared by what ships
    assert [card.name for card in installed_cards() if card.embedding] == [shipped("selfie").name]
    assert answer.embedding is not None


def test_a_named_model_that_is_not_there_is_told_in_a_line(
    own: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MODEL_VARIABLE, str(own.folder / "none"))
    result = CliRunner().invoke(app, ["inspect", str(EXAMPLES)])
    assert result.exit_code == 2
    assert str(own.folder / "none") in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("card", shipped_cards(None), ids=lambda card: card.name)
def test_company_moves_no_bit_of_an_answer(card: Card) -> None:
    views = [make_view(scene(400, 300, seed=n), card.view_pixels, card.view) for n in range(9)]
    session = Session(card)
    together = session.run(views)
    for count in (1, 2, 5):
        for name, rows in session.run(views[:count]).items():
            assert np.array_equal(rows, together[name][:count]), name
