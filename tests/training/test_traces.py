from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from photoloupe.training.run import run_recipe
from photoloupe.training.traces.bank import Bank
from photoloupe.training.traces.export import export_traces
from photoloupe.training.traces.history import make_mosaic, remake
from photoloupe.training.traces.net import TraceNet
from photoloupe.training.traces.read import read_traces
from photoloupe.training.traces.samples import make_sample
from photoloupe.training.traces.vary import vary
from tests.conftest import encode, scene

RECIPE = Path(__file__).parent.parent.parent / "recipes" / "squish_traces.toml"


def test_traces_of_a_transposed_photo_are_the_traces_transposed() -> None:
    pixels = scene(150, 90, seed=1)
    there, back = read_traces(pixels), read_traces(pixels.transpose(1, 0, 2))
    np.testing.assert_allclose(there.transposed().maps, back.maps, atol=1e-3)
    np.testing.assert_allclose(there.transposed().lines, back.lines, atol=1e-3)


@pytest.mark.parametrize("shape", [(8, 8), (8, 300), (300, 8), (64, 64), (1100, 40)])
def test_any_frame_can_be_read(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    traces = read_traces(noise)
    assert np.isfinite(traces.maps).all()
    assert np.isfinite(traces.lines).all()


def test_white_noise_reads_as_its_variance() -> None:
    noise = np.random.default_rng(0).normal(128, 10, (256, 256, 1)).clip(0, 255)
    traces = read_traces(np.repeat(noise, 3, axis=2).astype(np.uint8))
    assert np.exp(traces.maps[1, 4:, 4:]).mean() == pytest.approx(100, rel=0.15)


def test_a_sample_is_the_same_every_time() -> None:
    photo = scene(200, 150, seed=2)
    first, second = (
        make_sample(remake(photo, rng), rng, level=True)
        for rng in (np.random.default_rng(5), np.random.default_rng(5))
    )
    assert first[1] == second[1]
    np.testing.assert_array_equal(first[0], second[0])


def test_the_frame_says_nothing_about_the_axis() -> None:
    photo = scene(240, 180, seed=3)
    made = [make_sample(photo, np.random.default_rng(k)) for k in range(150)]
    shapes = np.array([np.log(p.shape[1] / p.shape[0]) for p, _ in made])
    assert abs(np.corrcoef(shapes, [s.log_ratio for _, s in made])[0, 1]) < 0.2


def test_a_mosaic_keeps_whole_blocks() -> None:
    assert make_mosaic([scene(100, 70, seed=k) for k in range(4)]).shape == (128, 192, 3)


def test_weights_make_size_say_nothing() -> None:
    rng = np.random.default_rng(0)
    t = rng.choice([0.0, 1.5], 8000)
    area = np.exp(rng.normal(np.where(t == 0, 9.0, 8.5), 0.5))
    weight = Bank(np.zeros(0), np.zeros(0), t, area).weights()
    small = area < np.median(area)
    share = (weight * (t == 0))[small].sum() / weight[small].sum()
    assert share == pytest.approx(0.5, abs=0.03)


def test_varied_readings_differ_alike_along_x_and_y() -> None:
    maps, lines = torch.zeros(3, 4, 33, 33), torch.zeros(3, 2, 5, 129)
    maps, lines = vary(maps, lines, torch.Generator().manual_seed(0))
    assert torch.equal(maps, maps.transpose(2, 3))
    assert torch.equal(lines[:, 0], lines[:, 1])
    assert maps.std() > 0


@pytest.mark.filterwarnings("default")
def test_the_net_mirrors_its_answer_and_its_file_agrees(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = TraceNet(width=8).eval()
    maps, lines = torch.randn(3, 4, 33, 33), torch.randn(3, 2, 5, 129)
    logits = net(maps, lines)
    turned = net(maps.transpose(2, 3), lines.flip(1))
    torch.testing.assert_close(turned, logits.flip(1))
    export_traces(net, tmp_path / "net.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx")
    (served,) = session.run(None, {"maps": maps.numpy(), "lines": lines.numpy()})
    np.testing.assert_allclose(served, logits.detach().numpy(), atol=2e-3)


@pytest.mark.filterwarnings("default")
def test_the_recipe_runs(tmp_path: Path) -> None:
    for name, column in (("photos", "source"), ("aesthetics", "theme")):
        folder = tmp_path / name
        folder.mkdir()
        table = folder / ("photos.csv" if name == "photos" else "oasis.csv")
        with table.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file", "split", column])
            for k in range(8):
                pixels = scene(120, 90, seed=10 * len(name) + k)
                (folder / f"{k}.jpg").write_bytes(encode(pixels, "JPEG"))
                held = ("urban100", "sunhays80", "coco256")[k % 3]
                source = held if name == "photos" and k >= 5 else "pets"
                writer.writerow([f"{k}.jpg", "val" if k == 4 else "train", source])
    words = run_recipe(RECIPE, tmp_path, tmp_path / "run", quick=True)
    assert "MAE of (width, height) ratios" in words
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["metrics"]
