"""The verb crops on many machines: every relation among the photos of a catalog.

    codes in the catalog -> asking (actors, a part of the index each) -> confirming (actors)

The names of all photos are in this process's memory, and nothing else of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from math import ceil
from typing import Any

import numpy as np
import pyarrow.compute as pc

from photoloupe.catalog.ask.relations import require_codes
from photoloupe.catalog.schema import text_to_path
from photoloupe.catalog.snapshot import Snapshot
from photoloupe.catalog.store import Catalog
from photoloupe.cluster.confirm_actor import ConfirmActor
from photoloupe.cluster.engine import (
    ANY,
    Cluster,
    batches_of,
    connected,
    count_actors,
    put_shared,
    run_stages,
)
from photoloupe.cluster.search_actor import PhotoRange, SearchActor
from photoloupe.crop_search.photo_code import ROW, Ints, PhotoCode
from photoloupe.crop_search.read_codes import CodedPhoto
from photoloupe.crop_search.search import (
    Found,
    PhotoPair,
    Proposal,
    dismissal_key,
    errors_once,
    paired,
    same_bytes,
)
from photoloupe.errors import PhotoError

PART_PHOTOS = 160_000  # in a part of the index: 2 GB of memory (docs/concepts/scale.md)
PHOTOS, PAIRS = 64, 32  # a task: some seconds
COLUMNS = ("path", "sha256", "width", "height", "error", "gone_at")

Tell = Callable[[str], None]  # as in crops.search


def find_crops(
    catalog: Catalog | str,
    *,
    dismissed: Collection[tuple[str, str]] = (),
    cluster: Cluster = ANY,
    parts: int | None = None,
    tell: Tell = lambda _: None,
) -> Iterator[Found]:
    """As `crops.search.relate`, among the photos that a catalog has the crop codes of, by Ray.

    dismissed: pairs of sha256, each sorted; parts: of the index, by default as many as memory asks
    for. Every machine must reach catalog and photos. Raises CatalogError, OSError, ValueError,
    ImportError.
    """
    base = catalog if isinstance(catalog, Catalog) else Catalog(catalog)
    require_codes(base)
    with base.own_errors():
        listed = ListedPhotos(Snapshot.of(base.table_uri))
    yield from listed.errors
    with connected(cluster):
        for copy, original in listed.copies():
            if (copy.sha256, original.sha256) not in dismissed:
                yield same_bytes(copy, original)
        proposals = chain.from_iterable(_proposals(listed, cluster, parts))
        placed = list(paired(_each(proposals, tell, "searched")))
        pairs = (PhotoPair(listed.photo(a), listed.photo(b), found) for a, b, found in placed)
        wanted = [pair for pair in pairs if dismissal_key(pair) not in dismissed]
        yield from errors_once(_confirmed(wanted, cluster, tell))


def _proposals(
    listed: ListedPhotos, cluster: Cluster, parts: int | None
) -> Iterator[list[Proposal]]:
    count = len(listed.places)
    parts = parts or max(1, ceil(count / PART_PHOTOS))
    if count_actors(cluster) < parts:
        raise ValueError(f"{count:,} photos need {parts} actors, one a part of the index")
    places = put_shared(listed.places)
    asked = [(SearchActor, (listed.snapshot, places, part, parts)) for part in range(parts)]
    spans = (PhotoRange(first, min(first + PHOTOS, count)) for first in range(0, count, PHOTOS))
    yield from run_stages(spans, asked, cluster)


def _confirmed(pairs: list[PhotoPair], cluster: Cluster, tell: Tell) -> Iterator[Found | None]:
    """In the order of the pairs, once all are confirmed."""
    found: list[Found | None] = [None] * len(pairs)
    tasks = batches_of(enumerate(pairs), PAIRS)
    answers = chain.from_iterable(run_stages(tasks, [(ConfirmActor, ())], cluster))
    for place, answer in _each(answers, tell, "confirmed"):
        found[place] = answer
    yield from found


def _each(items: Iterable[Any], tell: Tell, stage: str) -> Iterator[Any]:
    for item in items:
        tell(stage)
        yield item


class ListedPhotos:
    """Photos of a snapshot that are there, numbered: of each content, the first.

    places: (N,) int64, of their rows; errors: photos that cannot be read.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot, self.rows = snapshot, snapshot.columns(*COLUMNS)
        there, failed = pc.is_null(self.rows["gone_at"]), pc.is_valid(self.rows["error"])
        self.errors = list(map(_error, self.rows.filter(pc.and_(there, failed)).to_pylist()))
        places = np.flatnonzero(pc.and_not(there, failed).to_numpy())
        contents = self.rows["sha256"].take(places).combine_chunks().dictionary_encode()
        same = np.asarray(contents.indices)  # 0 for the first content, 1 for the next that differs
        first = np.unique(same, return_index=True)[1]
        self.places: Ints = places[first]
        again = np.setdiff1d(np.arange(len(places)), first)
        self._copies = np.stack([places[again], places[first[same[again]]]], 1).tolist()

    def photo(self, number: int) -> CodedPhoto:
        """Without its code, which only the machines that ask with it need."""
        return self._at(int(self.places[number]))

    def copies(self) -> Iterator[tuple[CodedPhoto, CodedPhoto]]:
        """Each further photo of one content, and the first."""
        return ((self._at(copy), self._at(first)) for copy, first in self._copies)

    def _at(self, place: int) -> CodedPhoto:
        path, sha256, width, height = (self.rows[name][place].as_py() for name in COLUMNS[:4])
        return CodedPhoto(text_to_path(path), sha256, PhotoCode((width, height), np.empty(0, ROW)))


def _error(row: dict[str, Any]) -> PhotoError:
    return PhotoError(row["error"]["code"], text_to_path(row["path"]), row["error"]["message"])
