"""Tables of photos made in code: rated ones, others, and what a teacher sees of both."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from tests.conftest import encode, scene


def write_tables(data: Path) -> None:
    for folder, name, extra in (
        ("aesthetics", "oasis.csv", ("theme", "beauty_mean_1_7", "beauty_sd")),
        ("photos", "photos.csv", ("source",)),
    ):
        (data / folder).mkdir(parents=True)
        with (data / folder / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, ["file", "split", *extra])
            writer.writeheader()
            for k in range(9):
                picture = scene(90 + 5 * k, 80, seed=k + 20 * (folder == "photos"))
                (data / folder / f"{k}.jpg").write_bytes(encode(picture, "JPEG"))
                source = ("pets", "urban100", "sunhays80", "coco256")[max(0, k - 5)]
                values = {
                    "theme": f"t{k // 2}", "beauty_mean_1_7": 2 + k / 2, "beauty_sd": 1.2,
                    "source": source,
                }  # fmt: skip
                split = "val" if k > 5 and folder == "aesthetics" else "train"
                row = {"file": f"{k}.jpg", "split": split}
                writer.writerow(row | {name: values[name] for name in extra})
    files = [f"{folder}/{k}.jpg" for folder in ("aesthetics", "photos") for k in range(9)]
    (data / "teacher").mkdir()
    features = np.random.default_rng(0).normal(size=(len(files), 8))
    np.savez(data / "teacher" / "clip.npz", files=files, embeds=features)
