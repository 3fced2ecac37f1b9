"""The shipped codebook: descriptors to 18-byte codes and back, and an empty index over such codes.

A code is a cell (2 bytes: a nearest of 256 centroids for each half of the descriptor) and a product
code (16 bytes: a nearest of 256 centroids for each sixteenth; Jégou, Douze and Schmid 2011). The
centroids are data of this package, so a photo's codes depend on the photo alone, and machines
that never met can code photos apart and search them together.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from photoloupe.arrays import Float32

try:
    import faiss
except ImportError as error:
    raise ImportError("crop search needs FAISS: pip install 'photoloupe[search]'") from error

PATH = Path(__file__).parent / "codebook.npz"
WIDTH = 128  # numbers a descriptor
CELL_PARTS, CODE_PARTS, BITS = 2, 16, 8
CELLS = 2 ** (CELL_PARTS * BITS)
CODE_BYTES = 18
PROBES = 16  # cells searched for one descriptor: docs/concepts/crop_search.md

Codes = npt.NDArray[np.uint8]


def make_index(coarse: Float32, fine: Float32) -> Any:
    """Centroids (2, 256, 64) and (16, 256, 8) float32 -> an empty faiss.IndexIVFPQ."""
    cells = faiss.MultiIndexQuantizer(WIDTH, CELL_PARTS, BITS)
    index = faiss.IndexIVFPQ(cells, WIDTH, CELLS, CODE_PARTS, BITS)
    # Codes of the descriptor itself, not of what its cell leaves over: one table serves all
    # cells, which makes wide probing cheap, and a code means the same wherever it is joined.
    index.by_residual = False
    for quantizer, centroids in ((cells.pq, coarse), (index.pq, fine)):
        faiss.copy_array_to_vector(centroids.ravel(), quantizer.centroids)
    cells.ntotal, cells.is_trained, index.is_trained = CELLS, True, True
    index.nprobe = PROBES
    return index


def empty_index() -> Any:
    """A new, empty faiss.IndexIVFPQ, made from the shipped centroids."""
    with np.load(PATH) as arrays:
        return make_index(*(arrays[name].astype(np.float32) for name in ("coarse", "fine")))


@cache
def _coder() -> Any:
    return empty_index()


def encode(descriptors: Float32) -> Codes:
    """(N, 128) float32 -> (N, 18) uint8."""
    if not len(descriptors):
        return np.empty((0, CODE_BYTES), np.uint8)
    return np.asarray(_coder().sa_encode(np.ascontiguousarray(descriptors)), np.uint8)


def decode(codes: Codes) -> Float32:
    """(N, 18) uint8 -> (N, 128) float32, the descriptors to the precision of their codes."""
    if not len(codes):
        return np.empty((0, WIDTH), np.float32)
    return np.asarray(_coder().sa_decode(np.ascontiguousarray(codes)), np.float32)


@cache
def codebook_id() -> str:
    """12 hex digits that identify the shipped centroids: other codebooks give other codes."""
    return hashlib.sha256(PATH.read_bytes()).hexdigest()[:12]
