from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from photoloupe import faces
from photoloupe.cards import WEIGHTS, Card, load_card, save_card, shipped_cards
from photoloupe.errors import ModelError

REPOSITORY = Path(__file__).parent.parent


@pytest.mark.parametrize("card", shipped_cards(), ids=lambda card: card.name)
def test_every_shipped_card_is_whole(card: Card) -> None:
    assert len(card.model_bytes) < 25e6
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


def test_every_question_has_exactly_one_model() -> None:
    answered = [task for card in shipped_cards() for task in card.tasks]
    assert sorted(answered) == ["aesthetics", "selfie", "squish"]


def test_every_file_in_weights_has_a_card() -> None:
    cards = shipped_cards()
    names = {card.file for card in cards} | {f"{card.name}.json" for card in cards}
    names |= {faces.MODEL.name, faces.MODEL.with_suffix(".md").name}
    assert names == {path.name for path in WEIGHTS.iterdir()}


def test_a_card_is_saved_as_it_was_loaded(tmp_path: Path) -> None:
    source = WEIGHTS / f"{shipped_cards()[0].name}.json"
    copy = tmp_path / source.name
    copy.write_bytes(source.read_bytes())
    save_card(load_card(copy))
    assert copy.read_bytes() == source.read_bytes()


def test_a_card_with_other_keys_or_tasks_is_refused(tmp_path: Path) -> None:
    values = json.loads((WEIGHTS / f"{shipped_cards()[0].name}.json").read_text())
    path = tmp_path / "card.json"
    for change, words in (({"colour": 1}, "not a model card"), ({"tasks": {"age": {}}}, "age")):
        path.write_text(json.dumps(values | change))
        with pytest.raises(ModelError, match=words):
            load_card(path)
    path.write_text("{")
    with pytest.raises(ModelError, match=r"card\.json"):
        load_card(path)


def test_the_models_page_is_what_the_cards_say() -> None:
    script = runpy.run_path(str(REPOSITORY / "scripts" / "models_page.py"))
    page = (REPOSITORY / "docs" / "models.md").read_text(encoding="utf-8")
    assert page == script["make_page"](), "run scripts/models_page.py"
