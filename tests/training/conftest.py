"""One run of the multitask recipe for all tests: its net is exported once a session."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner

from photoloupe.cli.main import app
from photoloupe.training.trunks import lite0, tiny_vit
from tests.conftest import encode, scene

TRIO = Path(__file__).parents[2] / "recipes" / "lite0_trio.toml"


@pytest.fixture(scope="session")
def trio_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the three tables that the recipe reads, a few pictures made in code each."""
    folder = tmp_path_factory.mktemp("data")
    rows: dict[str, list[dict[str, object]]] = {"photos/photos": [], "selfie/selfie": [],
                                                "aesthetics/oasis": []}  # fmt: skip
    for k in range(24):
        name, split = f"{k}.jpg", "val" if k % 3 == 0 else "train"
        shape = (120, 90) if k % 2 else (90, 120)
        source = ("pets", "urban100", "sunhays80", "coco256")[k % 4 if k % 8 < 4 else 0]
        rows["photos/photos"].append({"file": name, "split": split, "source": source})
        sources = ("press", "ucf", "td_real", "flickr8k", "td_masks", "coco256", "td_phone", "ucf")
        source = sources[k % 8]
        rows["selfie/selfie"].append({"file": name, "selfie": int(source[:2] in ("uc", "td")),
                                      "label_quality": "clean", "source": source,
                                      "source_path": f"--{k // 16:024x}/{k}.jpg"})  # fmt: skip
        rows["aesthetics/oasis"].append({"file": name, "split": split, "theme": f"t{k}",
                                         "beauty_mean_1_7": 2 + k / 6, "beauty_sd": 1})  # fmt: skip
        for number, table in enumerate(rows):
            path = folder / table
            path.parent.mkdir(exist_ok=True)
            pixels = scene(*shape, seed=100 * number + k)
            (path.parent / name).write_bytes(encode(pixels, "JPEG"))
    for table, lines in rows.items():
        with (folder / f"{table}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, lines[0].keys())
            writer.writeheader()
            writer.writerows(lines)
    return folder


def train_trio(data: Path, out: Path) -> str:
    """`photoloupe train` of the quick form into `out`; what it printed."""
    arguments = ["train", TRIO, "--data", data, "--out", out, "--quick", "--workers", "0"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's exporter warns of itself
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="session")
def trio_run(trio_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run: a tiny net for three questions, its card, its checkpoints."""
    out = tmp_path_factory.mktemp("trio")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("photoloupe.figures.RESAMPLES", 9)
        (out / "printed.txt").write_text(train_trio(trio_data, out))
    return out


@pytest.fixture
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals of figures from 9 resamples in place of 999."""
    monkeypatch.setattr("photoloupe.figures.RESAMPLES", 9)


def shorten_trunks(patch: pytest.MonkeyPatch) -> None:
    """Trunks of every kind of layer with as few of them as can be: they are exported sooner."""
    patch.setattr(lite0, "LITE0_STAGES", tuple((1, *stage[1:]) for stage in lite0.LITE0_STAGES))
    near, middle, far = tiny_vit.STAGES
    stages = (1, *near[1:]), (0, *middle[1:]), (1, *far[1:])
    patch.setattr(tiny_vit, "STAGES", stages)


@pytest.fixture
def short_trunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """See `shorten_trunks`."""
    shorten_trunks(monkeypatch)
