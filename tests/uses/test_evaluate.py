"""The verb on photos made in code; figures on answers made up by hand."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from photoloupe.cli.main import app
from photoloupe.errors import ModelError
from photoloupe.figures import Figure
from photoloupe.inspector import Inspector
from photoloupe.models.card import find_card
from photoloupe.models.installed import WEIGHTS
from photoloupe.questions import aesthetics
from photoloupe.questions.aesthetics import Aesthetics
from photoloupe.uses.evaluate import Answers, ask, rating_figures
from photoloupe.uses.ratings import Rated, Rating
from tests.conftest import encode, scene, shipped

VOTES = ((0, 0, 0, 0, 1, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0, 0, 0.5, 0.5, 0), (1, *[0] * 9))


def answers(*said: tuple[Rating, float], group: str = "") -> Answers:
    found = Answers()
    for rating, score in said:
        shares = tuple(float(k == round(score)) for k in range(1, 11))
        found.add(rating, Aesthetics(score, 0.0, shares), group)
    return found


def by_name(figures: list[Figure]) -> dict[str, float]:
    return {figure["name"].strip(): figure["value"] for figure in figures}


def rating(shares: tuple[float, ...]) -> Rating:
    return Rating(float(np.dot(shares, range(1, 11))), 1.0, shares)


def test_figures_worked_out_by_hand() -> None:
    """Rated 5, 8.5 and 1; said 5, 8 and 4: errors 0, .5 and 3; only the second is above 5.5."""
    said = answers(*zip(map(rating, VOTES), (5.0, 8.0, 4.0), strict=True))
    found = by_name(rating_figures(said, train_mean=5.0))
    assert found["MSE"] == pytest.approx((0 + 0.25 + 9) / 3, abs=1e-4)
    assert found["baseline: always the training mean"] == pytest.approx(
        (0 + 12.25 + 16) / 3, abs=1e-4
    )
    assert found["SRCC"] == 1
    # Closed form (Talebi and Milanfar 2018, equation 1, r = 2): the CDFs differ nowhere; once by a
    # half; three times by 1.
    emd = (0 + np.sqrt(0.25 / 10) + np.sqrt(3 / 10)) / 3
    assert found["EMD (r = 2)"] == pytest.approx(emd, abs=1e-4)
    assert found["accuracy, good above 5.5"] == 1
    assert found["baseline: always not good"] == pytest.approx(2 / 3, abs=1e-4)


def test_a_constant_is_measured_against_the_ratings_own_mean() -> None:
    plain = answers((Rating(4.0), 6.0), (Rating(8.0), 6.0))
    found = by_name(rating_figures(plain))
    assert found["PLCC"] == 0
    assert found["MSE"] == found["baseline: always the ratings' own mean"] == 4
    assert not any(name.startswith("EMD") for name in found)
    spread = by_name(rating_figures(answers((Rating(4.0, 1.0), 4.0), (Rating(8.0, 1.0), 8.0))))
    assert spread["EMD (r = 2), raters taken as normal"] > 0


def test_emd_is_the_distance_of_sorted_raters() -> None:
    """With r = 1 EMD is Wasserstein's distance (scipy); with r = 2 it can be no less, by Jensen."""
    from scipy.stats import wasserstein_distance

    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(10), 2)
    gap = np.abs(np.cumsum(p) - np.cumsum(q))
    k = aesthetics.RATINGS
    assert gap.sum() == pytest.approx(wasserstein_distance(k, k, p, q))
    assert float(aesthetics.emd(p, q)) >= gap.mean()
    assert float(aesthetics.emd(p, q)) == pytest.approx(np.sqrt((gap**2).mean()))


# --- the verb ------------------------------------------------------------------------------------


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    lines = ["path,score,split,theme"]
    for k in range(8):
        (folder / f"{k}.jpg").write_bytes(encode(scene(96, 64, seed=k), "JPEG"))
        lines.append(f"{k}.jpg,{2 + k / 2},{'train' if k < 4 else 'val'},t{k // 2}")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", "aesthetics", *map(str, arguments)])


def test_the_verb_says_what_inspect_says(photos: Path) -> None:
    result = run("--data", photos, "--labels", photos / "labels.csv", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["photos"], said["failed"]) == (8, 0)
    assert "train 4, val 4" in result.stderr
    reports = Inspector().inspect(str(photos / f"{k}.jpg") for k in range(8))
    score = np.array([report.aesthetics.score for report in reports if report.aesthetics])
    error = float(np.mean((score - (2 + np.arange(8) / 2)) ** 2))
    assert by_name(said["figures"])["MSE"] == pytest.approx(error, abs=1e-4)
    assert said["model"] == reports[0].model["aesthetics"]


def test_a_split_alone_is_measured_beside_the_training_mean(photos: Path) -> None:
    result = run(
        "--data", photos, "--labels", photos / "labels.csv", "--split", "val", "--group", "theme"
    )
    assert result.exit_code == 0, result.output
    assert "on 4 photos" in result.stdout
    assert "always the training mean" in result.stdout
    assert not result.stderr


def test_what_cannot_be_read_is_told_counted_and_left_out(photos: Path) -> None:
    (photos / "2.jpg").write_bytes(b"no photo")
    (photos / "5.jpg").unlink()
    result = run("--data", photos, "--labels", photos / "labels.csv")
    assert result.exit_code == 1
    assert "on 6 photos" in result.stdout
    assert "2.jpg: content is none of" in result.stderr
    assert "[not_found]" in result.stderr
    assert result.stderr.splitlines()[-1] == "photoloupe: 2 failed"


def test_if_nothing_can_be_read_there_is_no_figure(photos: Path, tmp_path: Path) -> None:
    result = run("--data", tmp_path, "--labels", photos / "labels.csv")
    assert result.exit_code == 1
    assert "on 0 photos" in result.stdout
    assert "8 failed" in result.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--split", "test"], "no photo has the split test"),
        (["--group", "person"], "no column person"),
        (["--data", "elsewhere"], "--data elsewhere: not a folder"),
        (["--model", "none.json"], "none.json: not a model card"),
        (["--labels", "none.csv"], "none.csv: not a readable table of ratings"),
    ],
)
def test_mistakes_are_told_in_a_line(photos: Path, options: list[str], words: str) -> None:
    result = run("--data", photos, "--labels", photos / "labels.csv", *options)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_card_is_found_in_its_folder(tmp_path: Path) -> None:
    card = shipped("aesthetics")
    with pytest.raises(ModelError, match="no cards"):
        find_card(tmp_path)
    own = tmp_path / "own"
    own.mkdir()
    for end in ("json", "onnx"):
        shutil.copy(WEIGHTS / f"{card.name}.{end}", own)
    found = replace(card, folder=own)
    assert find_card(own) == find_card(own / f"{card.name}.json") == found
    for name in ("a", "b"):
        shutil.copy(WEIGHTS / f"{card.name}.json", tmp_path / f"{name}.json")
        (tmp_path / f"{name}.onnx").touch()
    with pytest.raises(ModelError, match="2 cards"):
        find_card(tmp_path)


def test_a_model_that_rates_nothing_is_refused() -> None:
    inspector = Inspector()
    inspector.cards = []
    with pytest.raises(ModelError, match="rates no photo"):
        ask(inspector, [Rated("a.jpg", Rating(5.0), {})], Path())
