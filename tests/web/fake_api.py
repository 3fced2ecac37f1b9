"""A server that only the browser sees: as many photos as one likes, and every way to fail."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.conftest import encode, scene

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

ABOUT = {
    "version": "0", "library": True, "folder": "pretended", "models": {}, "questions": [],
    "limits": {"upload_bytes": 4_000_000, "pixels": 100_000_000},
}  # fmt: skip
FLAT = [0.1] * 10
BURST = 4  # photos 4 to 7 are one; number 6 is its best


def fake_photo(number: int) -> dict[str, Any]:
    """A photo as /v1/photos gives it."""
    in_burst = number // BURST == 1
    return {
        "id": f"p{number}", "path": f"trip/{number:05}.jpg", "width": 96, "height": 64,
        "format": "JPEG", "camera": None, "error": None, "rating": None, "decision": None,
        "burst": "p4" if in_burst else None, "best": number == 6,
        "aesthetics": {"score": 1 + number % 90 / 10, "std": 1.5, "distribution": FLAT},
        "selfie": {"probability": 0.1, "is_selfie": False, "unsure": False, "evidence": []},
        "squish": {
            "width_ratio": 1, "height_ratio": 1, "squished": False, "confidence": 0.9,
            "unsure": False, "evidence": [],
        },
    }  # fmt: skip


@dataclass
class FakeApi:
    """Answers what the page asks. refusals: start of a path -> (status, code, message, headers)."""

    count: int
    about: dict[str, Any] = field(default_factory=lambda: dict(ABOUT))
    refusals: dict[str, tuple[int, str, str, dict[str, str]]] = field(default_factory=dict)
    gone: bool = False
    asked: list[str] = field(default_factory=list)
    words: dict[str, dict[str, Any]] = field(default_factory=dict)
    crops: dict[str, Any] = field(
        default_factory=lambda: {"families": [], "ready": True, "state": "found", "message": None}
    )

    def __post_init__(self) -> None:
        self.picture = encode(scene(), "JPEG")

    def install(self, page: Page) -> None:
        page.route("**/v1/**", self.answer)
        page.route("**/healthz", self.answer)

    def answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        self.asked.append(f"{route.request.method} {url.path}?{url.query}")
        if self.gone:
            return route.abort("connectionrefused")
        for start, (status, code, message, headers) in self.refusals.items():
            if url.path.startswith(start):
                error = {"error": {"code": code, "message": message}}
                return route.fulfill(status=status, json=error, headers=headers)
        if url.path.endswith(("/thumbnail", "/picture")):
            return route.fulfill(body=self.picture, content_type="image/jpeg")
        return route.fulfill(json=self.value(url.path, parse_qs(url.query), route))

    def value(self, path: str, query: dict[str, list[str]], route: Route) -> Any:
        fixed = {
            "/v1/about": self.about,
            "/v1/crops": self.crops,
            "/v1/counts": {"all": self.count, "crops": None, "unrated": self.count},
        }
        if path in fixed:
            return fixed[path]
        if path == "/v1/index":
            numbers = range(4, 8) if "burst" in query else range(self.count)
            return {"ids": [f"p{number}" for number in numbers], "total": len(numbers)}
        if path == "/v1/photos":
            return {"photos": [self.photo(name) for name in query["ids"][0].split(",")]}
        if route.request.method == "PATCH":
            name = path.rpartition("/")[2]
            self.words.setdefault(name, {}).update(json.loads(route.request.post_data or "{}"))
            return self.photo(name)
        return {"photos": [self.photo("p1")], "relations": []}

    def photo(self, name: str) -> dict[str, Any]:
        return {**fake_photo(int(name[1:])), **self.words.get(name, {})}
