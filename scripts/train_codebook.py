"""Learn the codebook of the crop search from any folder of photos, once.

    python scripts/train_codebook.py FOLDER... [--photos 3000] [--out codebook.npz]

Writes the centroids as float16, about 130 kB. The same photos give the same centroids on the same
machine. A new codebook makes every stored code void: `codes.code_version` changes with it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import faiss
import numpy as np

from photoloupe.arrays import Float32
from photoloupe.crop_search.codebook import BITS, CELL_PARTS, CODE_PARTS, PATH, WIDTH
from photoloupe.crop_search.photo_code import choose
from photoloupe.crops.picture import make_picture
from photoloupe.errors import PhotoError
from photoloupe.media.paths import list_photos

A_PHOTO = 100  # descriptors of one photo that are learned from


def descriptors(path: str) -> Float32:
    try:
        side = make_picture(path)
    except PhotoError:
        return np.empty((0, WIDTH), np.float32)
    height, width = side.grey.shape
    return side.features.descriptors[choose(side.features, width, height, A_PHOTO)]


def centroids(learn: Float32, parts: int) -> Float32:
    quantizer = faiss.ProductQuantizer(WIDTH, parts, BITS)
    quantizer.train(learn)
    found = faiss.vector_to_array(quantizer.centroids)
    return np.asarray(found.reshape(parts, 2**BITS, WIDTH // parts), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--photos", type=int, default=3000)
    parser.add_argument("--out", type=Path, default=PATH)
    args = parser.parse_args()
    names = list(list_photos(args.folders))
    chosen = np.random.default_rng(0).permutation(len(names))[: args.photos]
    learn = np.concatenate([descriptors(names[i]) for i in sorted(chosen)])
    coarse, fine = (centroids(learn, parts) for parts in (CELL_PARTS, CODE_PARTS))
    np.savez_compressed(args.out, coarse=coarse.astype(np.float16), fine=fine.astype(np.float16))
    print(f"{len(learn):,} descriptors of {len(chosen):,} photos -> {args.out}")


if __name__ == "__main__":
    main()
