"""What the routes use: models, threads and the library. Nothing slow runs in the event loop.

upload -> Inspector.decode_photo (threads) -> Batcher (the models' thread) -> PhotoReport
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
from photoloupe.models.installed import installed_cards
from photoloupe.parallel import available_cores
from photoloupe.questions.registry import QUESTIONS
from photoloupe.report import PhotoReport
from photoloupe.web.batching import Batcher
from photoloupe.web.errors import RequestError, reason_without_path
from photoloupe.web.library.background_scan import BackgroundScan
from photoloupe.web.library.thumbnails import PictureCache
from photoloupe.web.limits import RequestGate
from photoloupe.web.metrics import Metrics
from photoloupe.web.security.allowed_files import AllowedFolder
from photoloupe.web.settings import Settings

if TYPE_CHECKING:
    from photoloupe.web.library.open_library import Library
    from photoloupe.web.library.served_photos import ServedPhotos

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
LOADING_SECONDS = 10.0  # that a request waits for models or catalog
READERS = 4  # threads that read the catalog, so that reads never wait for a decoder
LOG = logging.getLogger("photoloupe.web")


class Service:
    """Made at once; models and catalog are loaded in threads, and requests wait for them."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.limits = settings, settings.limits
        self.jobs = settings.jobs or available_cores()
        self.gate, self.metrics, self.pictures = RequestGate(self.limits), Metrics(), PictureCache()
        self.metrics.held_bytes.set_function(lambda: self.gate.held_bytes)
        self.scan = BackgroundScan()
        self.folder = AllowedFolder(settings.folder)
        self.message = settings.library_problem  # why there is no library
        self._work = ThreadPoolExecutor(self.jobs, thread_name_prefix="photoloupe-work")
        self._read = ThreadPoolExecutor(READERS, thread_name_prefix="photoloupe-read")
        self._start = ThreadPoolExecutor(2, thread_name_prefix="photoloupe-start")
        self._models: Future[tuple[Inspector, Batcher]] = self._start.submit(self._load_models)
        self._library: Future[Library | None] = self._start.submit(self._open_library)

    def close(self) -> None:
        """End every thread, once it has finished its current job."""
        self.scan.close()
        self._work.shutdown(cancel_futures=True)
        self._read.shutdown(cancel_futures=True)
        self._start.shutdown()
        if not self._models.exception():
            self._models.result()[1].close()
        if (library := self._library.result()) is not None:
            library.photos.worker.close()

    # --- loading ---------------------------------------------------------------------------------

    def _load_models(self) -> tuple[Inspector, Batcher]:
        inspector = Inspector(jobs=self.jobs, limits=self.limits.photo)
        return inspector, Batcher(inspector, self.metrics.batches.observe)

    def _open_library(self) -> Library | None:
        if not self.settings.has_library:
            return None
        try:
            from photoloupe.web.library.open_library import open_library

            library = open_library(self.settings, self.folder, self.scan, self.jobs)
            self.metrics.photos.set_function(lambda: len(library.photos.index()))
        except Exception as error:  # uploads can be answered without a library
            LOG.error("no library: %s", error)
            self.message = reason_without_path(str(error))
            return None
        return library

    @property
    def ready(self) -> bool:
        """Whether models and catalog are loaded."""
        return self._models.done() and self._library.done() and not self._models.exception()

    async def models(self) -> tuple[Inspector, Batcher]:
        """The loaded models. Raises RequestError `loading`, or what loading them raised."""
        return await self._loaded(self._models)

    async def photos(self) -> ServedPhotos:
        """The photos of the library. Raises RequestError `no_library` or `loading`."""
        return (await self.library()).photos

    async def library(self) -> Library:
        """The library. Raises RequestError `no_library` or `loading`."""
        if not self.settings.has_library:
            reason = self.message or "no folder or catalog is served"
            raise RequestError(404, "no_library", reason)
        library = await self._loaded(self._library)
        if library is None:
            raise RequestError(404, "no_library", f"no catalog is served: {self.message}")
        return library

    async def _loaded(self, future: Future[Result]) -> Result:
        try:
            wrapped = asyncio.wrap_future(future)
            return await asyncio.wait_for(asyncio.shield(wrapped), LOADING_SECONDS)
        except TimeoutError:
            raise RequestError(
                503, "loading", "still loading; try again in a second", {"Retry-After": "1"}
            ) from None

    def about(self, version: str) -> dict[str, Any]:
        """The response of GET /v1/about, with what is loaded so far."""
        library = self._library.result() if self._library.done() else None
        loaded = self._models.done() and not self._models.exception()
        cards = self._models.result()[0].cards if loaded else installed_cards()
        pending = self.settings.has_library and not self._library.done()
        return {
            "version": version,
            "library": library is not None or pending,
            "folder": self.folder.name,
            "message": self.message or self.scan.message,
            "scanning": self.scan.running,
            "bursts": library.photos.bursts_state if library else "computing" if pending else "off",
            "models": {task: card.version_of(task) for card in cards for task in card.tasks},
            "questions": [
                {"name": q.name, "title": q.title, "values": [value.name for value in q.values]}
                for q in QUESTIONS.values()
            ],
            "limits": self.limits.to_dict(),
        }

    # --- threads ---------------------------------------------------------------------------------

    async def work(
        self,
        function: Callable[Arguments, Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Call it in a thread that decodes or compares; at most `jobs` at a time."""
        return await asyncio.wrap_future(self._work.submit(function, *args, **kwargs))

    async def read(
        self,
        function: Callable[Arguments, Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Call it in a thread that reads the catalog or the file system."""
        return await asyncio.wrap_future(self._read.submit(function, *args, **kwargs))

    async def file(self, name: str) -> str:
        """A client's path of a served file -> its real path. Raises RequestError `outside`."""
        if self.settings.folder:
            return await self.read(self.folder.resolve, name)
        photos = await self.photos()
        return await self.read(photos.catalogd_file, name)

    # --- photos ----------------------------------------------------------------------------------

    async def inspect(self, photos: Sequence[Content | str]) -> list[PhotoReport]:
        """One report per photo, in order. Photos of concurrent requests share batches."""
        answers = await asyncio.gather(*(self.answer(photo) for photo in photos))
        return [answer.report for answer in answers]

    async def answer(self, photo: Content | str) -> Inspection:
        """Inspect an upload, or a served file by its path. Unreadable photos give a report too."""
        inspector, batcher = await self.models()
        batcher.expect(1)
        try:
            decoded = await self.work(_decode, inspector, photo)
            if isinstance(decoded, PhotoError):
                name = photo.name if isinstance(photo, Content) else photo
                return Inspection(PhotoReport(path=name, error=decoded))
            future = batcher.submit(decoded)
        finally:
            batcher.expect(-1)
        return await asyncio.wrap_future(future)


def _decode(inspector: Inspector, photo: Content | str) -> DecodedPhoto | PhotoError:
    if isinstance(photo, Content):
        return inspector.decode_photo(photo)
    try:  # with the usual limits of files, not those of uploads
        return inspector.decode_photo(open_photo(photo, min_pixels=inspector.least_pixels))
    except PhotoError as error:
        return error


def with_path(report: PhotoReport, path: str) -> PhotoReport:
    """The report with the path that the client knows."""
    return replace(report, path=path)
