"""Losses, rates and targets worked out by hand: a wrong sign or factor shows here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photoloupe.questions import aesthetics, squish
from photoloupe.questions.registry import QUESTIONS
from photoloupe.training.damage.net import DamageNet, mean_rating, order_loss
from photoloupe.training.damaged_copies.copies import PHOTO, least_gap
from photoloupe.training.engine import augment, teacher
from photoloupe.training.engine.fit import Net, TrainingSteps, rate_share
from photoloupe.training.engine.losses import LOSSES, mixed_loss
from photoloupe.training.engine.sections import FitSection
from photoloupe.training.multitask import batches
from photoloupe.training.multitask.batches import draw_weights, label_weight, squish_sample
from photoloupe.training.multitask.net import ManyHeads, make_net
from photoloupe.training.multitask.recipe import MultitaskRecipe
from photoloupe.training.published.aesthetics_prompts.recipe import StagedFit
from photoloupe.training.recipes import load_recipe
from photoloupe.training.trunks.lite0 import Lite0
from tests.conftest import scene

TRIO = Path(__file__).parents[2] / "recipes" / "lite0_trio.toml"


def trio(**fit: object) -> MultitaskRecipe:
    recipe = load_recipe(TRIO)
    assert isinstance(recipe, MultitaskRecipe)
    return recipe.model_copy(update={"fit": recipe.fit.model_copy(update=fit)})


# --- losses --------------------------------------------------------------------------------------


def test_losses_by_hand() -> None:
    flat, first = torch.zeros(1, 10), torch.eye(10)[:1]
    wanted = aesthetics.emd(np.full(10, 0.1), np.eye(10)[0]) ** 2
    assert LOSSES["aesthetics"](flat, first).item() == pytest.approx(float(wanted), abs=1e-6)
    assert LOSSES["selfie"](torch.zeros(1, 1), torch.ones(1, 1)).item() == pytest.approx(np.log(2))
    target = torch.from_numpy(squish.make_target(-0.35))[None]
    logits = torch.zeros(1, 35)
    assert LOSSES["squish"](logits, target).item() == pytest.approx(np.log(35), abs=1e-6)
    logits[0, 13] = 2.0  # the bin of -0.4, which holds half of it
    wanted = np.log(34 + np.exp(2)) - 0.5 * 2
    assert LOSSES["squish"](logits, target).item() == pytest.approx(wanted, abs=1e-5)


def test_the_mixed_loss_by_hand() -> None:
    """Errors of 0, 1 and 2: 0, (1 + 1 + 1) / 3 and (2 + 4 + 8) / 3."""
    score, truth = torch.tensor([5.0, 6.0, 3.0]), torch.tensor([5.0, 5.0, 5.0])
    assert mixed_loss(score, truth).tolist() == pytest.approx([0, 1, 14 / 3])


def test_the_order_loss_asks_for_the_gap() -> None:
    score = torch.tensor([5.0, 4.8, 6.0])
    order = torch.tensor([[0.0, 1.0, 0.5], [0.0, 2.0, 0.5]])
    assert order_loss(score, order).item() == pytest.approx((0.3 + 1.5) / 2)
    assert order_loss(score, torch.tensor([[0.0, 1.0, 0.1]])).item() == 0


@pytest.fixture(scope="module")
def tiny() -> ManyHeads:
    torch.manual_seed(0)
    return ManyHeads(Lite0(0.1), {"selfie": 1, "aesthetics": 10}, taught=6).eval()


def canvases(count: int) -> tuple[Tensor, Tensor]:
    pixels = np.stack([scene(32, 32, seed=k) for k in range(count)])
    return torch.from_numpy(pixels), torch.full((count, 2), 32.0)


def test_a_teacher_is_followed_by_the_cosine(tiny: ManyHeads) -> None:
    """Its loss is 0 for features in the head's own direction, 2 for the opposite."""
    shown = canvases(2)
    with torch.no_grad():
        own = tiny.task_logits("teacher", *shown)
        ratings = torch.full((2, 10), 0.1)
        taught = torch.stack([own[0], -own[1]])
        both = [tiny._taught(*shown, features, ratings)["teacher"] for features in (own, taught)]
        rated = tiny._taught(*shown, own, ratings)["taught"].item()
        gap = torch.cumsum(tiny.task_logits("aesthetics", *shown).softmax(1) - ratings, 1)
    assert [loss.item() for loss in both] == pytest.approx([0, 1], abs=1e-5)
    assert rated == pytest.approx(float((gap**2).mean()), rel=1e-4)


def test_a_noisy_label_weighs_less(tiny: ManyHeads) -> None:
    assert [label_weight(row) for row in ({}, {"label_quality": "clean"})] == [1, 1]
    assert label_weight({"label_quality": "noisy"}) == 0.35
    shown, labels = canvases(2), torch.tensor([[1.0], [0.0]])
    ratings, even = torch.full((2, 10), 0.1), torch.ones(2)
    weights = torch.tensor([0.35, 1.0])
    with torch.no_grad():
        logits = tiny.task_logits("selfie", *shown)
        found = tiny.losses(
            {"selfie": (*shown, labels, weights), "aesthetics": (*shown, ratings, even)}
        )
    one, two = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")[:, 0].tolist()
    assert found["selfie"].item() == pytest.approx((0.35 * one + two) / 1.35, rel=1e-4)


def test_damage_tilts_the_rating_downwards() -> None:
    torch.manual_seed(0)
    net = DamageNet(Lite0(0.1), 4, 0.0).eval()
    pixels, valid = canvases(1)
    with torch.no_grad():
        read = net.trunk(pixels, valid)
        damage, shown = net.damage(read), net.shown(read[:, : net.trunk.channels])
        wanted = shown - damage * (torch.arange(10) - 4.5)
        assert torch.allclose(net.logits(read), wanted)
        assert mean_rating(net.logits(read)) < mean_rating(shown)


def test_a_fourth_question_is_taught_by_its_registry_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head of its size, its samples and its loss, by the names that the entry gives."""
    fourth = replace(QUESTIONS["selfie"], name="sunny", outputs=10, loss="aesthetics")
    monkeypatch.setitem(QUESTIONS, "sunny", fourth)
    recipe = trio().model_dump(exclude_none=True)
    tasks = {"sunny": recipe["tasks"]["aesthetics"]}
    made = MultitaskRecipe.model_validate(
        {**recipe, "tasks": tasks, "trunk": {"width": 0.1}, "view_pixels": 1024}
    )
    net = make_net(made).eval()
    shown, target = canvases(2), torch.full((2, 10), 0.1)
    with torch.no_grad():
        found = net.losses({"sunny": (*shown, target, torch.ones(2))})["sunny"]
        wanted = LOSSES["aesthetics"](net.task_logits("sunny", *shown), target).mean()
    assert found == wanted
    monkeypatch.setattr(batches, "load_pixels", lambda row: scene(60, 40))
    row = {"table": "a", "selfie": "1", "sunny": "1"}
    stream = batches.Batches("sunny", made.tasks["sunny"], [row], 1024, seed=0)
    target = stream.batch(np.random.default_rng(0))[2]
    assert torch.equal(target, torch.ones_like(target))


# --- steps and rates -----------------------------------------------------------------------------


def test_rates_warm_up_then_fall_along_half_a_cosine() -> None:
    fit = FitSection(steps=110, warmup_steps=10)
    rates = [rate_share(fit, step) for step in (0, 4, 9, 10, 35, 60, 85, 110, 200)]
    falls = [0.5 * (1 + np.cos(np.pi * share)) for share in (0, 0.25, 0.5, 0.75, 1, 1)]
    assert rates == pytest.approx([0.1, 0.5, 1.0, *falls], abs=1e-9)
    assert rate_share(FitSection(steps=10, warmup_steps=0), 0) == 1


def test_rates_may_drop_to_a_tenth_instead() -> None:
    fit = FitSection(steps=30, warmup_steps=0, drop_steps=10)
    assert [rate_share(fit, step) for step in (0, 9, 10, 19, 20)] == pytest.approx(
        [1, 1, 0.1, 0.1, 0.01]
    )


class Weights(Net):
    """Two numbers, and losses that are given."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(1, 1), nn.Dropout())
        self.heads = nn.ModuleDict({"a": nn.Linear(1, 1)})

    def losses(self, batches: dict[str, Any]) -> dict[str, Tensor]:
        return {name: torch.tensor(value) for name, value in batches.items()}


def test_trunk_and_heads_have_their_own_rates_and_one_decay() -> None:
    recipe = trio(trunk_rate=3e-4, head_rate=2e-3, weight_decay=0.07, warmup_steps=10)
    net = Weights()
    made = TrainingSteps(net, recipe).configure_optimizers()
    groups = made["optimizer"].param_groups
    parts = net.trunk, net.heads
    for group, part in zip(groups, parts, strict=True):
        assert all(a is b for a, b in zip(group["params"], part.parameters(), strict=True))
    assert [group["initial_lr"] for group in groups] == [3e-4, 2e-3]
    assert [group["lr"] for group in groups] == pytest.approx([3e-5, 2e-4])  # of the first step
    assert [group["weight_decay"] for group in groups] == [0.07, 0.07]
    assert isinstance(made["optimizer"], torch.optim.AdamW)
    assert made["lr_scheduler"]["interval"] == "step"


def test_losses_are_added_with_the_recipes_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TrainingSteps, "log", lambda *_, **__: None)
    recipe = trio()
    weights = recipe.loss_weights
    assert weights == {"squish": 1.0, "selfie": 0.5, "aesthetics": 20.0}
    steps = TrainingSteps(Weights(), recipe)
    total = steps.training_step({"squish": 3.0, "selfie": 5.0, "aesthetics": 7.0}, 0)
    assert total.item() == pytest.approx(3 + 2.5 + 140)


@pytest.mark.parametrize(("step", "learns"), [(0, False), (2, False), (3, True), (4, True)])
def test_the_trunk_is_held_for_so_many_steps(
    monkeypatch: pytest.MonkeyPatch, step: int, learns: bool
) -> None:
    monkeypatch.setattr(TrainingSteps, "global_step", step)
    net = Weights().train()
    steps = TrainingSteps(net, trio(heads_only_steps=3))
    steps.on_train_batch_start()
    assert {p.requires_grad for p in net.trunk.parameters()} == {learns}
    assert net.trunk.training == learns
    assert all(p.requires_grad for p in net.heads.parameters())


def test_stages_share_their_epochs_among_losses() -> None:
    stages = [
        {"optimiser": "adamw", "rate": 1e-4, "epochs": 4, "losses": ["mse", "l1"]},
        {"optimiser": "sgd", "rate": 1e-6, "epochs": 1, "losses": ["emd"]},
    ]
    fit = StagedFit.model_validate({"stages": stages}).of_epochs(3)
    assert fit.steps == 15
    assert [fit.at(step) for step in (0, 5, 6, 11, 12, 14)] == [
        (0, "mse"), (0, "mse"), (0, "l1"), (0, "l1"), (1, "emd"), (1, "emd"),
    ]  # fmt: skip


# --- targets and draws ---------------------------------------------------------------------------


def test_a_squish_target_lies_in_its_two_nearest_bins() -> None:
    target = squish.make_target(-0.73)
    assert np.flatnonzero(target).tolist() == [9, 10]  # -0.8 and -0.7
    assert target[[9, 10]] == pytest.approx([0.3, 0.7], abs=1e-5)
    assert squish.make_target(0)[17] == 1


def test_one_photo_in_five_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "load_pixels", lambda row: scene(60, 40))
    rng = np.random.default_rng(0)
    truths = [float(squish_sample({}, 1.5, rng)[1] @ squish.BINS) for _ in range(400)]
    assert np.mean(np.abs(truths) < 0.01) == pytest.approx(0.2, abs=0.04)
    assert np.min(truths) < -1.3
    assert np.max(truths) == pytest.approx(np.log(5), abs=0.2)


def test_no_crop_is_longer_than_six_to_one() -> None:
    rng = np.random.default_rng(0)
    drawn = np.array([augment.draw_log_ratio(3.0, 0.0, rng) for _ in range(2000)])
    assert drawn.min() > np.log(3) - np.log(6)
    assert drawn.min() == pytest.approx(np.log(3) - np.log(6), abs=0.02)
    assert drawn.max() == pytest.approx(np.log(5), abs=0.02)


def test_labels_of_a_table_are_drawn_equally_often() -> None:
    rows = [{"table": "a", "selfie": label} for label in "1000"]
    rows += [{"table": "b", "selfie": "0"}] * 5
    assert draw_weights("selfie", rows) == pytest.approx([1 / 3] + [1 / 9] * 3 + [1 / 15] * 5)


def test_a_loosely_worse_copy_is_asked_less() -> None:
    assert least_gap(PHOTO, ("blur", 1.0), 0.5) == 0.5
    assert least_gap(PHOTO, ("crop", 1.0), 0.5) == pytest.approx(0.2)
    assert least_gap(PHOTO, ("blur", 0.35), 0.5) == pytest.approx(0.175)


def test_the_teachers_ridge_is_the_one_that_was_chosen(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    embeds = rng.normal(size=(12, 4)).astype(np.float32)
    rows = [
        {"file": str(tmp_path / f"{k}.jpg"), "beauty_mean_1_7": str(2 + k / 3), "beauty_sd": "1"}
        for k in range(12)
    ]
    np.savez(tmp_path / "clip.npz", files=[f"{k}.jpg" for k in range(12)], embeds=embeds)
    photos = teacher.load_teacher(tmp_path / "clip.npz", tmp_path, rows, rows[:8])
    unit = embeds / np.linalg.norm(embeds, axis=1, keepdims=True)
    ratings = np.array([[1 + 1.5 * (1 + k / 3), 1.5] for k in range(8)])
    wanted = teacher.ridge(unit[:8], ratings, 0.5, unit[8:])
    assert [photo.rating[0] for photo in photos[8:]] == pytest.approx(wanted[:, 0], abs=1e-4)
    assert [photo.rating for photo in photos[:8]] == [pytest.approx(tuple(r)) for r in ratings]
