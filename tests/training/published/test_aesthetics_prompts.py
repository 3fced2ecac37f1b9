"""Stages, losses and the square by hand; a tiny random CLIP through the whole recipe."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest
import torch
from scipy.optimize import linprog
from torch import nn
from torch.utils.data import IterableDataset
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer
from typer.testing import CliRunner

from photoloupe.cli.main import app
from photoloupe.errors import ModelError, RecipeError
from photoloupe.inspector import Inspector
from photoloupe.models.card import load_card
from photoloupe.training.engine.fit import Net, fit
from photoloupe.training.engine.losses import LOSSES
from photoloupe.training.published.aesthetics_prompts.net import (
    ExportedPrompts,
    central_square,
    make_prompts_net,
)
from photoloupe.training.published.aesthetics_prompts.recipe import (
    AestheticsPromptsRecipe,
    StagedFit,
)
from photoloupe.training.published.aesthetics_prompts.stages import StagedSteps
from photoloupe.training.recipes import load_recipe
from tests.conftest import encode, scene
from tests.training.published.test_aesthetics_pyramid import make_data

RECIPE = Path(__file__).parents[3] / "recipes" / "aesthetics_clip_staged.toml"


def recipe(quick: bool = True) -> AestheticsPromptsRecipe:
    loaded = load_recipe(RECIPE, quick=quick)
    assert isinstance(loaded, AestheticsPromptsRecipe)
    return loaded


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random CLIP with a tokenizer that knows the letters."""
    folder = tmp_path_factory.mktemp("clip")
    letters = string.ascii_lowercase
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    CLIPTokenizer(vocab={word: k for k, word in enumerate(words)}, merges=[]).save_pretrained(
        folder
    )
    tower = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
             "num_attention_heads": 1}  # fmt: skip
    text = {**tower, "vocab_size": 54, "bos_token_id": 52, "eos_token_id": 53, "pad_token_id": 53}
    vision = {**tower, "image_size": 32, "patch_size": 16}
    torch.manual_seed(0)
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=8)
    CLIPModel(config).save_pretrained(folder)
    return folder


# --- losses --------------------------------------------------------------------------------------


def test_the_emd_loss_is_its_closed_form_and_what_must_be_moved() -> None:
    """Talebi and Milanfar 2018, equation 1; for r = 1 the cheapest transport, found by scipy."""
    torch.manual_seed(0)
    p, q = torch.rand(2, 10).double().softmax(1)
    gap = torch.cumsum(p, 0) - torch.cumsum(q, 0)
    loss = LOSSES["aesthetics"](p.log()[None], q[None]).item()
    assert loss == pytest.approx(float((gap**2).sum() / 10))
    cost = [abs(i - j) for i in range(10) for j in range(10)]
    leaves = [[float(row == i) for i in range(10) for j in range(10)] for row in range(10)]
    arrives = [[float(col == j) for i in range(10) for j in range(10)] for col in range(10)]
    moved = linprog(cost, A_eq=leaves + arrives, b_eq=[*p.tolist(), *q.tolist()]).fun
    assert float(gap.abs().sum()) == pytest.approx(moved, abs=1e-6)
    assert loss >= (moved / 10) ** 2


def test_losses_of_the_net_are_those_of_its_score(clip: Path) -> None:
    net = make_prompts_net(recipe(), clip).eval()
    canvas, valid = torch.from_numpy(scene(64, 64))[None], torch.full((1, 2), 64.0)
    with torch.no_grad():
        shares = net(canvas, valid).softmax(1)
        target, mean = torch.full((1, 10), 0.1), torch.tensor([9.0])
        losses = net.losses({"rated": (canvas, valid, target, mean)})
    error = 9 - float(shares @ torch.arange(1.0, 11))
    assert losses["l1"].item() == pytest.approx(error, abs=1e-4)
    assert losses["mse"].item() == pytest.approx(error**2, rel=1e-4)
    assert losses["mixed"].item() == pytest.approx((error + error**2 + error**3) / 3, rel=1e-4)
    gap = torch.cumsum(shares - target, 1)
    assert losses["emd"].item() == pytest.approx(float((gap**2).mean()), rel=1e-3)


# --- stages --------------------------------------------------------------------------------------


def test_the_stages_are_those_of_the_published_text() -> None:
    staged = recipe(quick=False).fit.of_epochs(10)
    assert staged.steps == 120
    names = [staged.at(10 * epoch + 9) for epoch in range(12)]
    assert names == [
        *[(0, "mse")] * 2, *[(0, "l1")] * 2, *[(0, "mixed")] * 2, *[(1, "mixed")] * 4,
        *[(2, "emd")] * 2,
    ]  # fmt: skip
    steps = StagedSteps(
        make_prompts_net(recipe(), None), recipe().model_copy(update={"fit": staged})
    )
    optimisers = steps.configure_optimizers()
    kinds = [(type(o).__name__, o.param_groups[0]["lr"]) for o in optimisers]
    assert kinds == [("AdamW", 1e-4), ("Adam", 1e-5), ("SGD", 1e-6)]


class Walk(Net):
    """One number that every loss pulls somewhere else; it may be cut short, as by a crash."""

    def __init__(self, most: int = 100) -> None:
        super().__init__()
        self.left = most
        self.trunk, self.heads = nn.Linear(1, 1, bias=False), nn.ModuleDict()
        nn.init.zeros_(self.trunk.weight)

    def losses(self, batches: dict[str, Any]) -> dict[str, torch.Tensor]:
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("cut short")
        place = self.trunk(batches["x"]).mean()
        return {"mse": (place - 1) ** 2, "emd": (place + 1) ** 2, "l1": place, "mixed": place}


class Ones(IterableDataset[torch.Tensor]):
    def __iter__(self) -> Any:
        while True:
            yield torch.ones(1, 1)


@pytest.mark.filterwarnings("default")
def test_a_stage_takes_its_own_steps_and_a_stopped_run_goes_on(tmp_path: Path) -> None:
    """Adam's first step is its rate, whatever the slope; SGD's is the rate times the slope."""
    stages = (
        {"optimiser": "adam", "rate": 0.1, "epochs": 2, "losses": ("mse",)},
        {"optimiser": "sgd", "rate": 0.25, "epochs": 1, "losses": ("emd",)},
    )
    full = recipe()

    def run(folder: Path, most: int = 100) -> float:
        staged = StagedFit.model_validate(
            {"stages": stages, "checkpoint_steps": 1, "precision": "32-true"}
        ).of_epochs(1)
        folder.mkdir(exist_ok=True)
        made = full.model_copy(update={"fit": staged})
        net = fit(
            made, lambda: Walk(most), lambda done: {"x": Ones()}, folder, 0, make_steps=StagedSteps
        )
        return next(net.parameters()).item()

    straight = run(tmp_path / "straight")
    adam = torch.optim.Adam([weight := nn.Parameter(torch.zeros(()))], lr=0.1)
    for _ in range(2):
        adam.zero_grad()
        torch.autograd.backward((weight - 1) ** 2)
        adam.step()
    wanted = float(weight.detach()) - 0.25 * 2 * (float(weight.detach()) + 1)
    assert straight == pytest.approx(wanted, abs=1e-6)
    with pytest.raises(RuntimeError, match="cut short"):
        run(tmp_path / "stopped", most=1)
    assert run(tmp_path / "stopped", most=2) == pytest.approx(wanted, abs=1e-6)


# --- the net -------------------------------------------------------------------------------------


def test_the_central_square_is_cut_from_the_picture_alone() -> None:
    canvas = torch.zeros(1, 1, 64, 128)
    canvas[:, :, :40, :100] = torch.arange(100.0)  # the picture: columns numbered, 40 rows
    square = central_square(canvas, torch.tensor([[40.0, 100.0]]), 20)
    wanted = 30 + 40 * (torch.arange(20) + 0.5) / 20 - 0.5  # columns 30 to 70
    assert square.shape == (1, 1, 20, 20)
    assert torch.allclose(square[0, 0], wanted.expand(20, 20), atol=1e-3)


def test_logits_are_clips_own_logits_per_text(clip: Path) -> None:
    net = make_prompts_net(recipe(), clip).eval()
    canvas = torch.from_numpy(scene(32, 32))[None]
    pixels = ((canvas - net.image.mean) / net.image.std).permute(0, 3, 1, 2)
    with torch.no_grad():
        said = net.trunk(input_ids=net.tokens, attention_mask=net.mask, pixel_values=pixels)
        logits = net(canvas, torch.full((1, 2), 32.0))
        kept = ExportedPrompts(net)(canvas, torch.full((1, 2), 32.0))
    assert torch.allclose(logits, said.logits_per_text.T, atol=1e-4)
    assert torch.allclose(kept, logits, atol=1e-5)


def test_what_is_no_clip_is_refused(tmp_path: Path, clip: Path) -> None:
    with pytest.raises(ModelError, match="no CLIP with its tokenizer"):
        make_prompts_net(recipe(), tmp_path)
    long = recipe().model_copy(update={"prompt": "a photo of {} " * 20})
    with pytest.raises(ModelError, match="over 77 tokens"):
        make_prompts_net(long, clip)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("epochs = 6", "epochs = 5"), "fit.stages.0: epochs cannot be shared"),
        (('"mixed"]  #', '"mixd"]  #'), r"fit.stages.0.losses.2: Input should be 'mse'"),
        (("seed = 20", "warmup_steps = 5"), "fit: warmup_steps: the stages say it"),
        ((', "ten"]', "]"), "words: Tuple should have at least 10 items"),
        (("rate {} out", "rate out"), "prompt: String should match"),
    ],
)
def test_a_mistake_in_the_recipe_names_the_key(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    path = tmp_path / "r.toml"
    path.write_text(RECIPE.read_text().replace(*change, 1))
    with pytest.raises(RecipeError, match=words):
        load_recipe(path)


# --- the run -------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("few_resamples")
def test_train_writes_a_model_that_inspect_can_use(clip: Path, tmp_path: Path) -> None:
    data, out = make_data(tmp_path), tmp_path / "run"
    arguments = ["train", RECIPE, "--data", data, "--weights", clip, "--out", out, "--quick",
                 "--workers", "0"]  # fmt: skip
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    card = load_card(out / "aesthetics_clip_staged.json")
    names = {figure["name"] for figure in card.metrics["aesthetics"]}
    assert {"PLCC", "SRCC", "MSE", "accuracy, good above 5"} <= names
    report = Inspector([card]).inspect([encode(scene(300, 200))])[0]
    assert report.aesthetics
    assert sum(report.aesthetics.distribution) == pytest.approx(1)
