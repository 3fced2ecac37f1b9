"""Which of many photos were cut from which, without comparing all pairs.

    read_codes -> CropIndex.candidates -> confirm

Coding a photo, voting over hits, and confirming a pair are pure functions, each of which can run
elsewhere; docs/concepts/crop_search.md says how.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from photoloupe.boxes import Box
from photoloupe.crop_search.cache import CropCache
from photoloupe.crop_search.confirm import Load, confirm, load_picture
from photoloupe.crop_search.index import CropIndex
from photoloupe.crop_search.photo_code import PhotoCode
from photoloupe.crop_search.read_codes import CodedPhoto, code_of, read_codes, read_input_codes
from photoloupe.crop_search.vote import Candidate
from photoloupe.crops.crop import Crop
from photoloupe.crops.placement import Placement
from photoloupe.errors import PhotoError
from photoloupe.media.inputs import Inputs, list_inputs
from photoloupe.media.raw_formats import is_raw_with_copy
from photoloupe.parallel import in_order

CLEAR_VOTES = 6  # every candidate with so many is confirmed;
UNCLEAR = 3  # of those with 2 or more, which unrelated photos reach now and then, the best few;
FEW_ROWS, FEW_TRIES = 64, 10  # a photo with few features and no clear candidate gets more tries

Found = Crop | PhotoError
Proposal = tuple[int, list[Candidate]]  # a photo's number, and where it may lie
Dismissed = Set[tuple[str, str]]  # pairs of sha256, each in sorted order
Progress = Callable[
    [str], None
]  # called with "read", "searched" or "confirmed", once a photo or pair


@dataclass(frozen=True)
class PhotoPair:
    """Two photos, A listed before B, and placements of A in B, the likeliest first."""

    a: CodedPhoto
    b: CodedPhoto
    placements: tuple[Placement, ...]


def find_crops(
    photos: Inputs,
    *,
    image_key: str | None = None,
    cache: CropCache | None = None,
    dismissed: Dismissed = frozenset(),
    jobs: int | None = None,
    progress: Progress = lambda _: None,
) -> Iterator[Found]:
    """Every relation among photos: errors first, then copies, then pairs, in the order listed.

    Copies are related to the first file of that content, and only that one to other photos.
    A photo that cannot be read is a PhotoError among the rows. photos, image_key: as in `inspect`;
    those without a file stay in memory, and are called by their position: `<array 3>`. dismissed:
    pairs of sha256, each sorted, to leave out; jobs: threads, by default one a core.
    """
    read = read_input_codes(list_inputs(photos, image_key), cache, jobs)
    yield from relate(read, dismissed, jobs=jobs, progress=progress)


def relate(
    read: Iterable[CodedPhoto | PhotoError],
    dismissed: Dismissed,
    *,
    jobs: int | None = None,
    progress: Progress = lambda _: None,
) -> Iterator[Found]:
    """As `find_crops`, among photos that are coded already.

    dismissed: pairs of sha256, each sorted, to leave out; progress: called with what was done.
    """
    index, photos, copies = CropIndex(), list[CodedPhoto](), list[tuple[CodedPhoto, CodedPhoto]]()
    first: dict[str, CodedPhoto] = {}
    for photo in read:
        progress("read")
        if isinstance(photo, PhotoError):
            yield photo
        elif photo.sha256 in first:
            copies.append((photo, first[photo.sha256]))
        else:
            first[photo.sha256] = photo
            photos.append(photo)
            index.add(photo.code)
    for copy, original in copies:
        if (copy.sha256, original.sha256) not in dismissed:
            yield same_bytes(copy, original)
    pairs = propose_pairs(index, photos, progress)
    yield from _confirmed((pair for pair in pairs if _is_wanted(pair, dismissed)), jobs, progress)


def find_source(
    photo: str,
    paths: Iterable[str],
    *,
    cache: CropCache | None = None,
    dismissed: Dismissed = frozenset(),
    jobs: int | None = None,
    progress: Progress = lambda _: None,
) -> Iterator[Found]:
    """Which of the photos at `paths` was `photo` cut from, or shows the same? Likeliest first.

    Raises PhotoError if `photo` cannot be read; of the others, errors are among the rows.
    """
    query = code_of(photo, cache)
    yield from find_source_among(
        query, read_codes(paths, cache, jobs), dismissed, jobs=jobs, progress=progress
    )


def find_source_among(
    query: CodedPhoto,
    read: Iterable[CodedPhoto | PhotoError],
    dismissed: Dismissed,
    *,
    jobs: int | None = None,
    progress: Progress = lambda _: None,
) -> Iterator[Found]:
    """As `find_source`, among photos that are coded already."""
    photo, index, photos = query.path, CropIndex(), list[CodedPhoto]()
    for other in read:
        progress("read")
        if isinstance(other, PhotoError):
            yield other
        elif other.sha256 == query.sha256:
            if os.path.realpath(other.path) != os.path.realpath(photo):
                yield same_bytes(query, other)
        else:
            photos.append(other)
            index.add(other.code)
    yield from find_source_in(query, index, photos, dismissed, jobs=jobs, progress=progress)


def find_source_in(
    query: CodedPhoto,
    index: CropIndex,
    photos: Sequence[CodedPhoto],
    dismissed: Dismissed,
    *,
    jobs: int | None = None,
    progress: Progress = lambda _: None,
) -> Iterator[Found]:
    """As `find_source_among`, among photos that are indexed; copies of the query are left out.

    index, photos: the same photos in the same order.
    """
    numbers = (n for n, other in enumerate(photos) if other.sha256 == query.sha256)
    found = worth_confirming(query.code, index.candidates(query.code, but=next(numbers, None)))
    near = [(photos[c.photo], c.placement) for c in found]
    pairs = [PhotoPair(query, b, (placed,)) for b, placed in near if b.sha256 != query.sha256]
    for row in _confirmed((pair for pair in pairs if _is_wanted(pair, dismissed)), jobs, progress):
        if isinstance(row, PhotoError) or row.crop == query.path or row.whole_frame:
            yield row


def propose_pairs(
    index: CropIndex, photos: list[CodedPhoto], progress: Progress = lambda _: None
) -> list[PhotoPair]:
    """Pairs worth confirming, each once, in the order of the photos, whichever proposed it."""

    def proposals() -> Iterator[Proposal]:
        for number, photo in enumerate(photos):
            progress("searched")
            candidates = index.candidates(photo.code, but=number)
            yield number, worth_confirming(photo.code, candidates)

    return [PhotoPair(photos[a], photos[b], placements) for a, b, placements in paired(proposals())]


def paired(proposals: Iterable[Proposal]) -> list[tuple[int, int, tuple[Placement, ...]]]:
    """Proposals -> (a, b, placements of A in B), each pair of numbers once, a < b, in order.

    Placements by falling votes.
    """
    votes: dict[tuple[int, int], list[tuple[int, int, Placement]]] = defaultdict(list)
    for number, candidates in proposals:
        for c in candidates:
            placement = c.placement if number < c.photo else c.placement.inverse()
            pair = min(number, c.photo), max(number, c.photo)
            votes[pair].append((-c.votes, number, placement))
    return [
        (a, b, tuple(vote[2] for vote in sorted(both, key=lambda vote: vote[:2])))
        for (a, b), both in sorted(votes.items())
    ]


def worth_confirming(code: PhotoCode, candidates: list[Candidate]) -> list[Candidate]:
    """The candidates to confirm, of one photo's, both by falling votes.

    All with CLEAR_VOTES or more, and the best UNCLEAR of the rest.
    """
    clear = sum(c.votes >= CLEAR_VOTES for c in candidates)
    if not clear and len(code.rows) < FEW_ROWS:
        return candidates[:FEW_TRIES]
    return [c for c in candidates[: clear + UNCLEAR] if c.votes > 1]


def _confirmed(pairs: Iterable[PhotoPair], jobs: int | None, progress: Progress) -> Iterator[Found]:
    def confirmed() -> Iterator[Found | None]:
        for row in in_order(confirm_photo_pair, pairs, jobs):
            progress("confirmed")
            yield row

    yield from errors_once(confirmed())


def errors_once(rows: Iterable[Found | None]) -> Iterator[Found]:
    """Relations as they are; errors once a photo, however many pairs it is in; no None."""
    unreadable = set[str]()
    for row in rows:
        if isinstance(row, PhotoError):
            if row.path not in unreadable:
                yield row
            unreadable.add(row.path)
        elif row is not None:
            yield row


def confirm_photo_pair(pair: PhotoPair, load: Load = load_picture) -> Found | None:
    """Compare the pixels of one pair: a Crop, a PhotoError, or None for no relation."""
    try:
        return confirm(pair.a, pair.b, pair.placements, load)
    except PhotoError as error:  # it could be read when it was coded
        return error


def same_bytes(copy: CodedPhoto, first: CodedPhoto) -> Crop:
    """The relation of two files of equal bytes, in full-size pixels."""
    box = Box(0, 0, *copy.code.full_wh)
    return Crop(copy.path, first.path, "exact", 1.0, box, crop_box=box, scale_xy=(1.0, 1.0),
                whole_frame=True)  # fmt: skip


def _is_wanted(pair: PhotoPair, dismissed: Dismissed) -> bool:
    shot_twice = is_raw_with_copy(pair.a.path, pair.b.path)
    return not shot_twice and dismissal_key(pair) not in dismissed


def dismissal_key(pair: PhotoPair) -> tuple[str, str]:
    """The sha256 of both photos, sorted: by what a pair is dismissed."""
    a, b = sorted((pair.a.sha256, pair.b.sha256))
    return a, b
