"""One file -> the inputs of the models. Many threads do this at once; the models run later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from photoloupe.catalog.scan.file_queue import QueuedFile
from photoloupe.catalog.scan.row_index import CODE, FACTS, MODELS, Target, content_key
from photoloupe.catalog.schema import text_to_path
from photoloupe.errors import PhotoError
from photoloupe.inspector import DecodedPhoto, Inspector
from photoloupe.media.blank import no_photograph
from photoloupe.media.photo import Content, open_photo, read_content

if TYPE_CHECKING:
    from photoloupe.crop_search.photo_code import PhotoCode


LEAST_PIXELS = 128 * 128  # of a photo that is opened for its facts

Claim = Callable[[str], bool]  # sha256 -> may the caller work out its answers?
ReadContent = Callable[[str], Content]  # path -> its bytes; raises PhotoError


@dataclass(frozen=True)
class ReadFile:
    """One file that was read.

    sha256: of its content, None if it cannot be read; todo: bits of what is worked out, 0 if its
    row has all of that; is_copy: another row has the answers for this content, or soon will;
    photo: decoded for the models in `todo`, without views if there are none; code: for crops, if
    asked for; note: why there is no photograph to judge.
    """

    file: QueuedFile
    sha256: str | None = None
    todo: int = 0
    is_copy: bool = False
    photo: DecodedPhoto | None = None
    code: PhotoCode | None = None
    error: PhotoError | None = None
    note: str | None = None


class Inspectors:
    """An Inspector for each set of models: most photos need all, after an update some need one."""

    def __init__(self, target: Target, **options: Any) -> None:
        """options: as `Inspector` takes them."""
        self.target, self._options = target, options
        self._made, self._lock = dict[int, Inspector](), threading.Lock()

    def inspector(self, todo: int) -> Inspector | None:
        """For the models in `todo`, made once; None if there are none. Raises ModelError."""
        todo &= MODELS
        with self._lock:
            if todo and todo not in self._made:
                cards = [card for bit, card in enumerate(self.target.cards) if todo >> bit & 1]
                self._made[todo] = Inspector(cards, **self._options)
            return self._made.get(todo)


def read_file(
    file: QueuedFile, claim: Claim, models: Inspectors, read: ReadContent | None = None
) -> ReadFile:
    """Read a file, and decode it unless another file gives the answers for its content.

    read: by default from a file of this machine. A file that cannot be read gives an `error`.
    """
    path, sha256 = text_to_path(file.path), None
    try:
        content = (read or read_content)(path)
        sha256 = content.sha256
        as_before = content_key(sha256) == file.content
        todo = file.todo if as_before else models.target.everything
        if todo and not claim(sha256):
            return ReadFile(file, sha256, is_copy=True)
        photo = _decode(content, models.inspector(todo))
        code = _code(content) if todo & CODE else None
        if photo is None and todo & FACTS:
            photo = _without_views(content)
        note = photo.note if photo else None
        return ReadFile(file, sha256, todo, photo=photo, code=code, note=note)
    except PhotoError as error:
        return ReadFile(file, sha256, models.target.everything, error=error)


def _decode(content: Content, inspector: Inspector | None) -> DecodedPhoto | None:
    if inspector is None:
        return None
    photo = inspector.decode_photo(content)
    if isinstance(photo, PhotoError):
        raise photo
    return photo


def _without_views(content: Content) -> DecodedPhoto:
    """For its facts alone: decoded as small as tells whether there is a photograph."""
    photo = open_photo(content, min_pixels=LEAST_PIXELS)
    return DecodedPhoto(photo.facts, [], note=no_photograph(photo))


def _code(content: Content) -> PhotoCode:
    """Decodes once more, at another size: the models get the pixels that `inspect` gives them."""
    from photoloupe.crop_search.photo_code import make_code
    from photoloupe.crops.picture import LONG_SIDE, make_picture

    return make_code(make_picture(open_photo(content, min_pixels=LONG_SIDE * LONG_SIDE)))
