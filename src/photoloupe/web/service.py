"""What stands behind the routes: the nets, the threads, the library. No work in the event loop.

upload -> look (threads) -> Batcher (the nets' thread) -> PhotoReport
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from photoloupe.errors import PhotoError
from photoloupe.inspector import DecodedPhoto, Inspection, Inspector
from photoloupe.media.photo import Content, open_photo
from photoloupe.models.card import installed_cards
from photoloupe.parallel import available_cores
from photoloupe.questions.registry import QUESTIONS
from photoloupe.report import PhotoReport
from photoloupe.web.batching import Batcher
from photoloupe.web.errors import Refusal
from photoloupe.web.library.background_scan import BackgroundScan
from photoloupe.web.library.pictures import PictureCache
from photoloupe.web.limits import Gate
from photoloupe.web.metrics import Metrics
from photoloupe.web.security.allowed_files import Places
from photoloupe.web.settings import Settings

if TYPE_CHECKING:
    from photoloupe.web.library.library import Library
    from photoloupe.web.library.open_library import Shelf

Asked = ParamSpec("Asked")
Given = TypeVar("Given")
PATIENCE = 10.0  # seconds that a request waits for what is still being loaded
READERS = 4  # threads that ask the catalogue, so that they never wait for a decoder
LOG = logging.getLogger("photoloupe.web")


class Service:
    """Made at once; what takes long is loaded in a thread, and requests wait for it."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.limits = settings, settings.limits
        self.jobs = settings.jobs or available_cores()
        self.gate, self.metrics, self.pictures = Gate(self.limits), Metrics(), PictureCache()
        self.metrics.held_bytes.set_function(lambda: self.gate.held_bytes)
        self.scan = BackgroundScan()
        self.places = Places(settings.folder)
        self.message = settings.lacking  # why there is no library, for people
        self._work = ThreadPoolExecutor(self.jobs, thread_name_prefix="photoloupe-work")
        self._read = ThreadPoolExecutor(READERS, thread_name_prefix="photoloupe-read")
        self._start = ThreadPoolExecutor(2, thread_name_prefix="photoloupe-start")
        self._nets: Future[tuple[Inspector, Batcher]] = self._start.submit(self._load_nets)
        self._shelf: Future[Shelf | None] = self._start.submit(self._open)

    def close(self) -> None:
        """Ends every thread; what they are at is finished."""
        self.scan.close()
        self._work.shutdown(cancel_futures=True)
        self._read.shutdown(cancel_futures=True)
        self._start.shutdown()
        if not self._nets.exception():
            self._nets.result()[1].close()
        if (shelf := self._shelf.result()) is not None:
            shelf.library.slow.close()

    # --- loading ---------------------------------------------------------------------------------

    def _load_nets(self) -> tuple[Inspector, Batcher]:
        inspector = Inspector(jobs=self.jobs, limits=self.limits.photo)
        return inspector, Batcher(inspector, self.metrics.batches.observe)

    def _open(self) -> Shelf | None:
        if not self.settings.has_library:
            return None
        try:
            from photoloupe.web.library.open_library import open_shelf

            shelf = open_shelf(self.settings, self.places, self.scan, self.jobs)
            self.metrics.photos.set_function(lambda: len(shelf.library.index()))
        except Exception as error:  # the rest of the service can do without
            LOG.error("no library: %s", error)
            self.message = str(error).rpartition(": ")[2]  # without a path
            return None
        return shelf

    @property
    def ready(self) -> bool:
        return self._nets.done() and self._shelf.done() and not self._nets.exception()

    async def nets(self) -> tuple[Inspector, Batcher]:
        return await self._loaded(self._nets)

    async def library(self) -> Library:
        """Raises Refusal `no_library` or `loading`."""
        return (await self.shelf()).library

    async def shelf(self) -> Shelf:
        """Raises Refusal `no_library` or `loading`."""
        if not self.settings.has_library:
            why = self.message or "no folder or catalogue is served"
            raise Refusal(404, "no_library", why)
        shelf = await self._loaded(self._shelf)
        if shelf is None:
            raise Refusal(404, "no_library", f"no catalogue is served: {self.message}")
        return shelf

    async def _loaded(self, future: Future[Given]) -> Given:
        try:
            wrapped = asyncio.wrap_future(future)
            return await asyncio.wait_for(asyncio.shield(wrapped), PATIENCE)
        except TimeoutError:
            raise Refusal(
                503, "loading", "still loading; try again in a second", {"Retry-After": "1"}
            ) from None

    def about(self, version: str) -> dict[str, Any]:
        """What GET /v1/about answers: what is known now."""
        shelf = self._shelf.result() if self._shelf.done() else None
        nets = self._nets.result()[0] if self._nets.done() and not self._nets.exception() else None
        cards = nets.cards if nets else installed_cards()
        pending = self.settings.has_library and not self._shelf.done()
        return {
            "version": version,
            "library": shelf is not None or pending,
            "folder": self.places.name,
            "message": self.message or self.scan.message,
            "scanning": self.scan.running,
            "bursts": shelf.library.bursts_state if shelf else "computing" if pending else "off",
            "models": {task: card.version_of(task) for card in cards for task in card.tasks},
            "questions": [
                {"name": q.name, "title": q.title, "values": [value.name for value in q.values]}
                for q in QUESTIONS.values()
            ],
            "limits": self.limits.to_dict(),
        }

    # --- threads ---------------------------------------------------------------------------------

    async def work(
        self, function: Callable[Asked, Given], *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Given:
        """In a thread that decodes or compares; at most `jobs` at a time."""
        return await asyncio.wrap_future(self._work.submit(function, *args, **kwargs))

    async def read(
        self, function: Callable[Asked, Given], *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Given:
        """In a thread that asks the catalogue or the file system."""
        return await asyncio.wrap_future(self._read.submit(function, *args, **kwargs))

    async def file(self, name: str) -> str:
        """What a client calls a file that is served -> its real path. Raises Refusal."""
        if self.settings.folder:
            return await self.read(self.places.found, name)
        library = await self.library()
        return await self.read(library.known_file, name)

    # --- photos ----------------------------------------------------------------------------------

    async def inspect(self, photos: Sequence[Content | str]) -> list[PhotoReport]:
        """One report a photo, in order; of several requests at once, the nets run together."""
        answers = await asyncio.gather(*(self.answer(photo) for photo in photos))
        return [answer.report for answer in answers]

    async def answer(self, photo: Content | str) -> Inspection:
        """photo: an upload, or the path of a file whose owner serves it."""
        inspector, batcher = await self.nets()
        batcher.expect(1)
        try:
            look = await self.work(_look, inspector, photo)
            if isinstance(look, PhotoError):
                name = photo.name if isinstance(photo, Content) else photo
                return Inspection(PhotoReport(path=name, error=look))
            future = batcher.submit(look)
        finally:
            batcher.expect(-1)
        return await asyncio.wrap_future(future)


def _look(inspector: Inspector, photo: Content | str) -> DecodedPhoto | PhotoError:
    if isinstance(photo, Content):
        return inspector.decode_photo(photo)
    least = inspector.least_pixels
    try:
        return inspector.decode_photo(
            open_photo(photo, min_pixels=least)
        )  # limits as everywhere else
    except PhotoError as error:
        return error


def renamed(report: PhotoReport, path: str) -> PhotoReport:
    """The report of a file, under the name that a client knows it by."""
    return replace(report, path=path)
