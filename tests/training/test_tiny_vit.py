"""TinyViT as a trunk: published weights, exports, and that it is what the recipe names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from photoloupe.errors import ModelError
from photoloupe.models.card import EMBEDDING
from photoloupe.models.session import Session
from photoloupe.models.view import make_view
from photoloupe.training.engine.export import export_onnx, round_to_half
from photoloupe.training.engine.onnx_weights import read_exported
from photoloupe.training.multitask.net import ManyHeads, make_net
from photoloupe.training.multitask.recipe import MultitaskRecipe
from photoloupe.training.recipes import load_recipe
from photoloupe.training.trunks.tiny_vit import MEAN, STD, Attention, Dense, TinyViT
from tests.conftest import scene
from tests.training.test_nets import card_of, torch_answer

RECIPE = Path(__file__).parent.parent.parent / "recipes" / "tiny_vit_taught.toml"


@pytest.fixture
def trunk(short_trunks: None) -> TinyViT:
    """No two of its parameters are alike, as in a trained one: a file keeps what is alike once."""
    torch.manual_seed(0)
    net = TinyViT(0.1).eval()
    for parameter in net.parameters():
        if parameter.ndim == 1 or parameter.shape[0] in (49, 196):
            nn.init.normal_(parameter, 0.5, 0.1)
    return net


def publish(net: TinyViT, path: Path) -> None:
    """The net's parameters in the published file's layout: names for some, numbers for the rest."""
    named: dict[str, Tensor] = {f"head.norm.{k}": v for k, v in net.norm.named_parameters()}
    convs, products = [], []
    for name, part in net.named_modules():
        if isinstance(part, nn.Conv2d):
            assert part.bias is not None
            convs += [part.weight, part.bias]
        elif isinstance(part, Dense):
            products.append(part.weight)
        stage = f"stages.{int(name.split('.')[1]) + 1}" if name.startswith("stages.") else ""
        if isinstance(part, Attention):
            before = f"{stage}.blocks.{int(name.split('.')[2]) - 1}.attn"
            named[f"{before}.attention_biases"] = part.bias.T
            named |= {f"{before}.norm.{k}": v for k, v in part.norm.named_parameters()}
            named |= {f"{before}.qkv.bias": part.qkv.bias, f"{before}.proj.bias": part.project.bias}
        elif stage and name.endswith((".norm", ".expand", ".project")) and "attention" not in name:
            words = {"norm": "norm", "expand": "fc1", "project": "fc2"}[name.split(".")[-1]]
            before = f"{stage}.blocks.{int(name.split('.')[2]) - 1}.mlp.{words}"
            if not isinstance(part, nn.Conv2d):
                kinds = [k for k, _ in part.named_parameters() if words == "norm" or k == "bias"]
                named |= {f"{before}.{k}": getattr(part, k) for k in kinds}
    numbered = {f"onnx::Conv_{k}": v for k, v in enumerate(convs)}
    numbered |= {f"onnx::MatMul_{k}": v for k, v in enumerate(products)}
    stored = [
        numpy_helper.from_array(np.ascontiguousarray(v.detach().numpy()), name)
        for name, v in (named | numbered).items()
    ]
    onnx.save(helper.make_model(helper.make_graph([], "net", [], [], stored)), path)


def test_published_weights_are_taken_whole_and_given_their_own_levels(
    trunk: TinyViT, tmp_path: Path
) -> None:
    publish(trunk, tmp_path / "tiny.onnx")
    taken = TinyViT(0.1).eval()
    taken.load_published(tmp_path / "tiny.onnx")
    picture = torch.rand(1, 3, 64, 96)
    mean, std = torch.tensor(MEAN)[:, None, None], torch.tensor(STD)[:, None, None]
    inside = np.s_[..., 4:-4, 4:-4]  # at the edges zero means grey now, and meant the mean
    wanted, found = trunk.stem[0]((picture - mean) / std), taken.stem[0](picture * 2 - 1)
    assert torch.allclose(found[inside], wanted[inside], atol=1e-4)
    for name, value in trunk.state_dict().items():
        if not name.startswith("stem.0."):
            assert torch.equal(taken.state_dict()[name], value), name


def test_a_recipe_begins_from_published_weights_or_goes_on_from_a_model(
    trunk: TinyViT, tmp_path: Path
) -> None:
    """Both are ONNX files."""
    recipe = load_recipe(RECIPE, quick=True)
    assert isinstance(recipe, MultitaskRecipe)
    publish(trunk, tmp_path / "tiny.onnx")
    begun = make_net(recipe, tmp_path / "tiny.onnx")
    assert torch.equal(begun.trunk.state_dict()["norm.weight"], trunk.norm.weight)
    heads = [
        numpy_helper.from_array(value.numpy() + 1, name)
        for name, value in begun.state_dict().items()
    ]
    graph = helper.make_graph([], "net", [], [], heads)
    onnx.save(helper.make_model(graph), tmp_path / "model.onnx")
    went_on = make_net(recipe, tmp_path / "model.onnx")
    for name, value in begun.state_dict().items():
        assert torch.equal(went_on.state_dict()[name], value + 1), name
    (tmp_path / "text.onnx").write_text("no weights")
    for name in ("text.onnx", "none.onnx"):
        with pytest.raises(ModelError, match=name):
            make_net(recipe, tmp_path / name)


def test_a_file_that_is_not_the_weights_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no weights")
    onnx.save(helper.make_model(helper.make_graph([], "net", [], [])), tmp_path / "empty.onnx")
    for name in ("text.onnx", "empty.onnx", "none.onnx"):
        with pytest.raises(ModelError, match=name):
            TinyViT(0.1).load_published(tmp_path / name)


def test_a_bias_is_of_the_distance_and_far_cells_are_not_looked_at() -> None:
    attention = Attention(8, reach=3, farthest=2)
    attention.bias.data = torch.arange(9.0)[:, None]
    bias = attention._bias(2, 5)[0, 0].view(2, 5, 2, 5)
    assert bias[0, 0, 0].tolist()[:3] == [0, 1, 2]
    assert bias[0, 1, 1].tolist()[:4] == [4, 3, 4, 5]  # a row of distance 1 begins at 3
    assert (bias[0, 0, :, 3:] < -1000).all()
    beyond = Attention(8, reach=3, farthest=None)
    beyond.bias.data = torch.arange(9.0)[:, None]
    assert beyond._bias(1, 5)[0, 0, 0].tolist() == [0, 1, 2, 2, 2]


def test_frozen_parts_do_not_learn() -> None:
    net = TinyViT(0.1)
    net.freeze(0)
    assert all(p.requires_grad for p in net.parameters())
    net.freeze(3)  # the stem's two blocks and the first halving
    held = {name.rpartition(".")[0] for name, p in net.named_parameters() if not p.requires_grad}
    assert {"stem.0", "stem.4.expand", "stages.0.0.project"} <= held
    assert not any(name.startswith("stages.0.1") for name in held)


@pytest.mark.filterwarnings("default::UserWarning", "default::FutureWarning")
@pytest.mark.filterwarnings("default::DeprecationWarning")
def test_onnx_gives_what_torch_gives_and_keeps_every_name(trunk: TinyViT, tmp_path: Path) -> None:
    net = ManyHeads(trunk, {"squish": 35, "selfie": 1, "aesthetics": 10}).eval()
    round_to_half(net)
    export_onnx(net, tmp_path / "net.onnx", [*net.heads, EMBEDDING])
    assert set(net.state_dict()) <= set(read_exported(tmp_path / "net.onnx"))
    card = replace(card_of(tmp_path / "net.onnx"), embedding=trunk.middle_channels)
    views = [make_view(scene(w, h), 9000) for w, h in ((300, 200), (200, 300), (90, 90), (900, 60))]
    outputs = Session(card).run(views)
    for index, view in enumerate(views):
        for name, wanted in zip([*net.heads, EMBEDDING], torch_answer(net, view), strict=True):
            assert outputs[name][index] == pytest.approx(wanted, abs=1e-4)
    again = ManyHeads(TinyViT(0.1), {"squish": 35, "selfie": 1, "aesthetics": 10})
    again.go_on_from(tmp_path / "net.onnx")
    assert torch.equal(again.trunk.state_dict()["norm.weight"], trunk.norm.weight)
