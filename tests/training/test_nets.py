from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from photoloupe.arrays import Floats
from photoloupe.errors import ModelError
from photoloupe.models.card import EMBEDDING, Card
from photoloupe.models.session import Session
from photoloupe.models.view import View, make_view
from photoloupe.training.damage.net import DamageNet
from photoloupe.training.damage.recipe import DamageRecipe
from photoloupe.training.engine.fit import Net
from photoloupe.training.multitask.net import ManyHeads
from photoloupe.training.recipes import load_recipe
from photoloupe.training.trunks import pool_valid
from photoloupe.training.trunks.lite0 import Lite0, SameConv
from tests.conftest import scene, shipped

RECIPES = Path(__file__).parent.parent.parent / "recipes"


def tiny_net() -> ManyHeads:
    torch.manual_seed(0)
    return ManyHeads(Lite0(0.1), {"squish": 35, "selfie": 1, "aesthetics": 10}).eval()


def test_same_conv_pads_like_tensorflow() -> None:
    """Stride 2, kernel 3, even size: one column of zeros, right and below only."""
    conv = SameConv(1, 1, 3, 2, bias=False)
    conv.weight.data.fill_(1)
    ones = torch.ones(1, 1, 4, 4)
    assert conv(ones).tolist() == [[[[9, 6], [6, 4]]]]


def test_pooling_counts_picture_and_not_padding() -> None:
    features = torch.zeros(1, 1, 2, 2)
    features[0, 0] = torch.tensor([[1.0, 5.0], [9.0, 13.0]])
    assert pool_valid(features, torch.tensor([[64.0, 64.0]])).item() == 7
    assert pool_valid(features, torch.tensor([[32.0, 32.0]])).item() == 1
    assert pool_valid(features, torch.tensor([[32.0, 48.0]])).item() == pytest.approx(3.5 / 1.5)


def test_published_weights_fold_their_batch_norm(tmp_path: Path) -> None:
    """A file in the published layout gives conv -> batch norm, computed here step by step."""
    trunk, state = Lite0(0.1), {}
    torch.manual_seed(1)
    norms = {"_conv_stem": "_bn0", "_conv_head": "_bn1", "_depthwise_conv": "_bn1",
             "_project_conv": "_bn2", "_expand_conv": "_bn0"}  # fmt: skip
    for name, weight in trunk.named_parameters():
        if name.endswith(".weight"):
            state[name] = torch.randn_like(weight)
            conv = name.removesuffix(".weight")
            norm = conv.removesuffix(conv.split(".")[-1]) + norms[conv.split(".")[-1]]
            for part in ("weight", "bias", "running_mean", "running_var"):
                state[f"{norm}.{part}"] = torch.rand(len(weight)) + 0.5
    path = tmp_path / "weights.pth"
    torch.save(state | {"_fc.weight": torch.zeros(1)}, path)
    trunk.load_published(path)
    x = torch.randn(1, 3, 8, 8)
    raw = F.conv2d(F.pad(x, (0, 1, 0, 1)), state["_conv_stem.weight"], stride=2)
    mean, var = state["_bn0.running_mean"], state["_bn0.running_var"]
    wanted = F.batch_norm(raw, mean, var, state["_bn0.weight"], state["_bn0.bias"], eps=1e-3)
    assert torch.allclose(trunk._conv_stem(x), wanted, atol=1e-5)


def test_a_file_that_is_not_the_weights_is_a_model_error(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "other.pth")
    (tmp_path / "text.pth").write_text("no weights")
    for name in ("other.pth", "text.pth", "none.pth"):
        with pytest.raises(ModelError, match=name):
            Lite0(0.1).load_published(tmp_path / name)


def test_padding_and_company_do_not_move_the_answer() -> None:
    net = tiny_net()
    view = make_view(scene(300, 200), 9000)
    alone = net(torch.from_numpy(view.canvas)[None], torch.tensor([view.valid_hw]).float())
    noisy = np.stack([view.canvas, np.random.default_rng(0).integers(0, 256, view.canvas.shape)])
    both = net(torch.from_numpy(noisy.astype(np.uint8)), torch.tensor([view.valid_hw] * 2).float())
    for one, two in zip(alone, both, strict=True):
        assert torch.allclose(one[0], two[0], atol=1e-5)


def test_onnx_gives_what_torch_gives(trio_run: Path) -> None:
    file = trio_run / "lite0_trio.onnx"
    assert b".py" not in file.read_bytes()  # names nothing of this machine
    net = tiny_net()
    net.go_on_from(file)
    session = Session(card_of(file))
    views = [make_view(scene(w, h), 9000) for w, h in ((300, 200), (200, 300), (90, 90), (900, 60))]
    outputs = session.run(views)
    for index, view in enumerate(views):
        for name, wanted in zip([*net.heads, EMBEDDING], torch_answer(net, view), strict=True):
            assert outputs[name][index] == pytest.approx(wanted, abs=1e-4)


def torch_answer(net: Net, view: View) -> list[Floats]:
    with torch.no_grad():
        answer = net(torch.from_numpy(view.canvas)[None], torch.tensor([view.valid_hw]).float())
    return [output[0].numpy() for output in answer]


def card_of(path: Path) -> Card:
    import hashlib

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(shipped("squish"), file=path.name, sha256=digest, folder=path.parent)


def test_the_shipped_file_gives_what_its_own_weights_give_in_torch() -> None:
    """The trunk of the ONNX file, read back into the torch module, answers alike."""
    import onnx
    from onnx import numpy_helper

    card = shipped("squish")
    model = onnx.load_from_string(card.model_bytes)
    stored = {
        t.name.removesuffix(".half"): numpy_helper.to_array(t) for t in model.graph.initializer
    }
    recipe = load_recipe(RECIPES.parent / card.recipe)
    assert isinstance(recipe, DamageRecipe)
    net = DamageNet(Lite0(), recipe.hidden, 0.0, {"squish": 35, "selfie": 1}).eval()
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            kept = stored.get(name, stored.get(f"heads.{name}"))  # a module may have two names
            if kept is not None:
                tensor.copy_(torch.from_numpy(kept.astype(np.float32)))
    view = make_view(scene(300, 200), card.view_pixels)
    outputs = Session(card).run([view])
    for name, wanted in zip(net.outputs, torch_answer(net, view), strict=True):
        assert outputs[name][0] == pytest.approx(wanted, abs=1e-4)
