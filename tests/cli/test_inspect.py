from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from photoloupe.cli.main import app
from photoloupe.models.installed import shipped_cards
from tests.conftest import EXAMPLES, encode, scene


def run(*arguments: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def test_inspect_a_folder_as_json_lines() -> None:
    result = run("inspect", EXAMPLES, "--format", "jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    names = [Path(row["path"]).name for row in rows]
    assert names == sorted(path.name for path in EXAMPLES.glob("*.jpg"))
    assert all(1 <= row["aesthetics"]["score"] <= 10 for row in rows)


def test_a_bad_file_is_a_row_and_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_text("no photo")
    for name in ("a.png", "c.png"):
        (tmp_path / name).write_bytes(encode(scene()))
    result = run("inspect", tmp_path, "--format", "jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [row["error"] and row["error"]["code"] for row in rows] == [None, "unsupported", None]
    assert "1 failed" in result.stderr
    table = run("inspect", tmp_path, "--format", "table").stdout.splitlines()
    assert len(table) == 4
    assert table[2].startswith("error")
    assert "b.jpg" in table[2]


def test_only_some_questions_about_only_some_photos(tmp_path: Path) -> None:
    names = [EXAMPLES / "astronaut-squished.jpg", EXAMPLES / "coffee.jpg", tmp_path / "none.jpg"]
    result = run("inspect", *names, "--only", "squish", "--if", "squished")
    assert result.stdout == f"{names[0]}\n"  # for a pipeline
    assert "none.jpg: no such file" in result.stderr
    assert result.exit_code == 1
    result = run("inspect", *names[:2], "--only", "selfie", "--only", "squish", "--format", "jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["aesthetics"] for row in rows] == [None, None]
    assert all(row["selfie"] and row["squish"] for row in rows)


@pytest.mark.parametrize("option", ["--only", "--if"])
def test_a_choice_that_is_none_is_told(option: str) -> None:
    result = run("inspect", EXAMPLES, option, "crop")
    assert result.exit_code == 2
    assert f"{option} crop: not one of" in result.stderr


def test_csv_has_one_column_a_value(tmp_path: Path) -> None:
    (tmp_path / "a, b.png").write_bytes(encode(scene()))
    result = run("inspect", tmp_path / "a, b.png", tmp_path / "none.png", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert result.exit_code == 1
    assert rows[0]["path"] == str(tmp_path / "a, b.png")
    ratings = [float(rows[0][f"aesthetics.distribution.{k}"]) for k in range(1, 11)]
    assert sum(ratings) == pytest.approx(1, abs=1e-4)
    assert rows[0]["squish.squished"] in ("True", "False")
    assert rows[1]["error.code"] == "not_found"
    assert rows[1]["aesthetics.score"] == ""


def test_globs_lists_and_folders_name_the_same_photos(tmp_path: Path) -> None:
    folder = tmp_path / "in" / "deep"
    folder.mkdir(parents=True)
    names = [folder / "a.png", folder / "b.png", folder / "no extension"]
    for name in names:
        name.write_bytes(encode(scene()))
    (folder / "notes.txt").write_text("BM: not listed")
    (folder / ".hidden.png").write_bytes(encode(scene()))

    def listed(*arguments: str | Path, stdin: str | None = None) -> list[str]:
        lines = run("inspect", *arguments, "--format", "jsonl", stdin=stdin).stdout.splitlines()
        return [json.loads(line)["path"] for line in lines]

    every = [str(name) for name in names]
    assert listed(tmp_path) == every
    assert listed("-", stdin="\n".join(every) + "\n") == every
    assert listed(tmp_path / "in" / "*" / "?.png") == every[:2]
    assert listed(tmp_path / "**" / "*.png") == every[:2]
    assert [name for name in listed(tmp_path / "**") if "notes" not in name] == every


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("crop", "none.jpg", EXAMPLES / "alps.jpg"), "none.jpg: no such file"),
        (("inspect", "none*.jpg", "--format", "jsonl"), "1 failed"),
        (
            ("crop", EXAMPLES / "alps.jpg", EXAMPLES / "alps-crop.jpg", "--draw", "."),
            "name of a folder",
        ),
    ],
)
def test_mistakes_are_told_in_a_line(arguments: tuple[str | Path, ...], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == (1 if arguments[0] == "inspect" and "jsonl" in arguments else 2)
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_names_that_are_no_text_and_names_too_long(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.png"
    with open(name, "wb") as file:  # noqa: PTH123 (a name of bytes)
        file.write(encode(scene()))
    long = "x" * 300 + ".jpg"
    program = "from photoloupe.cli import app; app()"
    for form in ("jsonl", "csv", "table"):
        command = [sys.executable, "-c", program, "inspect", "-", "", "--format", form]
        done = subprocess.run(
            command, input=name + b"\n" + long.encode() + b"\n", capture_output=True, check=False,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert b"Traceback" not in done.stderr
        assert done.returncode == 1
        assert b"2 failed" in done.stderr
        assert b"caf\\udce9.png" in done.stdout


def test_a_full_disk_is_told_apart_from_a_bad_photo(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encode(scene()))
    program = "from photoloupe.cli import app; app()"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program, "inspect", str(tmp_path)], stdout=full,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "no space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_crop_exit_codes_and_json(tmp_path: Path) -> None:
    crop, alps, boats = (EXAMPLES / name for name in ("alps-crop.jpg", "alps.jpg", "boats.jpg"))
    yes = run("crop", alps, crop, "--json", "--draw", tmp_path / "out.png")
    assert yes.exit_code == 0
    assert json.loads(yes.stdout)["crop"] == str(crop)
    assert (tmp_path / "out.png").is_file()
    no = run("crop", boats, crop, "--json")
    assert no.exit_code == 1
    said = json.loads(no.stdout)
    assert (said.pop("is_crop"), said.pop("verdict")) == (False, "no")
    assert set(said) == set(json.loads(yes.stdout)) - {"is_crop", "verdict"}
    assert set(said.values()) == {None}
    assert "neither" in run("crop", boats, crop).stdout
    nowhere = run("crop", alps, crop, "--draw", tmp_path / "none" / "out.png")
    assert nowhere.exit_code == 2
    assert "none" in nowhere.stderr


def test_crop_in_the_sensors_pixels(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    cat = Image.open(EXAMPLES / "chelsea.jpg")
    cat.crop((100, 40, 400, 240)).save(tmp_path / "crop.png")
    cat.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    pair = ("crop", tmp_path / "crop.png", tmp_path / "turned.jpg")
    assert "top left corner is at (100, 40)" in run(*pair).stdout
    assert "top left corner is at (40, 51)" in run(*pair, "--sensor").stdout


def test_what_only_overlaps_is_said_and_is_no_crop(tmp_path: Path) -> None:
    alps = Image.open(EXAMPLES / "alps.jpg")
    for name, box in (("left.png", (0, 0, 600, 484)), ("right.png", (400, 0, 1024, 484))):
        alps.crop(box).save(tmp_path / name)
    result = run("crop", tmp_path / "left.png", tmp_path / "right.png")
    assert result.exit_code == 1
    assert "overlaps" in result.stdout


def test_models_lists_each_with_its_figures() -> None:
    result = run("models")
    assert result.exit_code == 0
    assert shipped_cards()[0].version in result.stdout
    for words in ("Apache-2.0", "squish", "selfie", "aesthetics", "baseline"):
        assert words in result.stdout


def test_a_reader_that_leaves_early_is_no_traceback(save: Callable[..., Path]) -> None:
    path = save("a.png", scene())
    names = "\n".join([str(path)] * 3000)
    command = f"{sys.executable} -c 'from photoloupe.cli import app; app()' inspect - | head -1"
    done = subprocess.run(
        command, shell=True, input=names, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == 1
