"""Requests to an ASGI app without a server, and an app whose service holds files alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from photoloupe.web.app import make_app
from photoloupe.web.library.thumbnails import PictureCache
from photoloupe.web.limits import RequestGate, ServiceLimits
from photoloupe.web.metrics import Metrics
from photoloupe.web.settings import Settings

HERE = "http://127.0.0.1:8420"


def ask(
    app: Any,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    base: str = HERE,
) -> httpx.Response:
    """One request to the app; redirects are not followed."""

    async def work() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=base
        ) as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(work())


class FileService:
    """A service whose library is a folder; a photo's id is its file's name. No models."""

    def __init__(self, folder: Path) -> None:
        self.limits = ServiceLimits()
        self.gate, self.metrics, self.pictures = RequestGate(self.limits), Metrics(), PictureCache()
        self._folder = folder

    async def photos(self) -> FileService:
        """The library: itself."""
        return self

    def file_of(self, name: str) -> str:
        """The path of a file."""
        return str(self._folder / name)

    async def read(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call it here."""
        return function(*args)

    work = read


def file_app(folder: Path) -> Any:
    """The app, with a FileService in place of the real one."""
    app = make_app(Settings())
    app.state.service = FileService(folder)
    return app
