"""Which published index should hold the descriptors? FAISS, usearch and LanceDB on the same rows.

    pip install faiss-cpu usearch lancedb
    python benchmarks/descriptor_index.py FOLDER... [--photos 2000] [--json out.json]

Rows: the chosen descriptors of every photo. Queries: those of some of the photos, saved as JPEG at
quality 40 and 70 % of the size. Recall: how many of a query's true nearest 10 (by exhaustive
search) are among the 10 found. One thread where the library lets one choose; LanceDB does not.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import faiss
import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.console import Console
from rich.table import Table

from photoloupe.arrays import Float32
from photoloupe.crop_search.codebook import empty_index
from photoloupe.crop_search.photo_code import MOST_ROWS, choose
from photoloupe.crops.picture import make_picture
from photoloupe.media.paths import list_photos
from photoloupe.media.photo import Source, open_photo

NEAREST, QUERIED = 10, 50  # photos whose descriptors are sought
Search = Callable[[Float32], npt.NDArray[np.int64]]
Build = Callable[[Float32], tuple[Search, int]]  # rows -> search, and bytes held


def rows_of(source: Source) -> Float32:
    side = make_picture(source)
    height, width = side.grey.shape
    return side.features.descriptors[choose(side.features, width, height, MOST_ROWS)]


def worse(path: str) -> bytes:
    image, file = Image.fromarray(open_photo(path).pixels), io.BytesIO()
    image.resize((image.width * 7 // 10, image.height * 7 // 10)).save(file, "JPEG", quality=40)
    return file.getvalue()


def shipped_codebook(probes: int) -> Build:
    def build(rows: Float32) -> tuple[Search, int]:
        index = empty_index()
        index.nprobe = probes
        index.add(rows)
        return lambda queries: index.search(queries, NEAREST)[1], 26 * len(rows)

    return build


def usearch_hnsw(rows: Float32) -> tuple[Search, int]:
    from usearch.index import Index

    index = Index(ndim=rows.shape[1], metric="l2sq", dtype="i8")
    index.add(np.arange(len(rows)), rows, threads=1)
    return lambda q: index.search(q, NEAREST, threads=1).keys.astype(np.int64), index.memory_usage


def lancedb_ivf_pq(rows: Float32) -> tuple[Search, int]:
    import lancedb
    import pyarrow
    from lancedb.index import IvfPq

    folder = tempfile.mkdtemp()
    vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(rows.ravel()), rows.shape[1])
    arrays = {"vector": vectors, "row": pyarrow.array(np.arange(len(rows)))}
    table = lancedb.connect(folder).create_table("rows", pyarrow.table(arrays))
    ivf_pq = IvfPq(distance_type="l2", num_partitions=256, num_sub_vectors=16)
    table.create_index("vector", config=ivf_pq)

    def search(queries: Float32) -> npt.NDArray[np.int64]:
        found: npt.NDArray[np.int64] = np.full((len(queries), NEAREST), -1, np.int64)
        for number, query in enumerate(queries):
            asked: Any = table.search(query)
            hits = asked.nprobes(8).limit(NEAREST).select(["row"]).to_arrow()
            found[number, : len(hits)] = hits["row"].to_numpy()
        return found

    size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    return search, size


BUILDS: dict[str, Build] = {
    "FAISS IVF-PQ, shipped codebook, 16 probes": shipped_codebook(16),
    "FAISS IVF-PQ, shipped codebook, 128 probes": shipped_codebook(128),
    "usearch HNSW, int8": usearch_hnsw,
    "LanceDB IVF-PQ, trained on these rows, 8 probes": lancedb_ivf_pq,
}


def measure(
    build: Build, rows: Float32, queries: list[Float32], truth: list[Any]
) -> dict[str, Any]:
    started = time.perf_counter()
    search, held = build(rows)
    built = time.perf_counter() - started
    search(queries[0][:1])
    started = time.perf_counter()
    found = [search(query) for query in queries]
    seconds = time.perf_counter() - started
    hits = [len(set(a) & set(b)) for f, t in zip(found, truth, strict=True)
            for a, b in zip(f.tolist(), t.tolist(), strict=True)]  # fmt: skip
    first = [t[0] in f for fs, ts in zip(found, truth, strict=True)
             for f, t in zip(fs.tolist(), ts.tolist(), strict=True)]  # fmt: skip
    return {"build_s": built, "ms_a_photo": 1000 * seconds / len(queries),
            "recall_of_10": float(np.mean(hits)) / NEAREST, "first_in_10": float(np.mean(first)),
            "bytes_a_row": held / len(rows)}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    names = list(list_photos(args.folders))
    chosen = np.random.default_rng(0).permutation(len(names))[: args.photos]
    rows = np.concatenate([rows_of(names[i]) for i in chosen])
    queries = [q for i in chosen[:QUERIED] if len(q := rows_of(worse(names[i])))]
    exact = faiss.IndexFlatL2(rows.shape[1])
    exact.add(rows)
    truth = [exact.search(query, NEAREST)[1] for query in queries]
    with tempfile.TemporaryDirectory() as scratch:
        tempfile.tempdir = scratch
        results = {name: measure(build, rows, queries, truth) for name, build in BUILDS.items()}
    table = Table("index", *next(iter(results.values())))
    for name, result in results.items():
        table.add_row(name, *(f"{value:.3g}" for value in result.values()))
    Console(width=140).print(f"{len(rows):,} rows of {len(chosen):,} photos", table)
    if args.json:
        args.json.write_text(json.dumps({"rows": len(rows), **results}, indent=1))


if __name__ == "__main__":
    main()
