"""Rules of the guard one by one, in front of an app that answers everything."""

from __future__ import annotations

import hmac
from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
import pytest

from photoloupe.web.security.request_guard import RequestGuard, cookie_name, cookie_value
from photoloupe.web.settings import Settings
from tests.web.asking import HERE, ask

TOKEN = "sixteen letters."
SECRET = cookie_value(TOKEN)


async def anything(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answered"})


def guarded(**settings: Any) -> RequestGuard:
    return RequestGuard(anything, Settings(**settings))


def status(path: str = "/v1/about", method: str = "GET", **headers: str) -> int:
    """Of a request to a service with a token."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(guarded(token=TOKEN), path, named, method=method).status_code


@pytest.mark.parametrize("token", [TOKEN[:-1], TOKEN + ".", TOKEN.upper(), TOKEN[1:], ""])
def test_only_the_exact_token_opens(token: str) -> None:
    assert status(authorization=f"Bearer {TOKEN}") == 200
    assert status(authorization=f"Bearer {token}") == 401
    assert status(f"/v1/about?token={token}") == 401
    name = cookie_name(SECRET)
    assert status(cookie=f"{name}={SECRET}") == 200
    assert status(cookie=f"{name}={token}") == 401
    assert status(cookie=f"{name}={cookie_value(token)}") == 401


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []
    compare = hmac.compare_digest

    def spy(given: bytes, wanted: bytes) -> bool:
        compared.append(given)
        return compare(given, wanted)

    monkeypatch.setattr(hmac, "compare_digest", spy)
    status("/v1/about?token=one", authorization="Bearer two", cookie=f"{cookie_name(SECRET)}=three")
    assert compared == [b"one", b"two", b"three"]


def cookie_of(response: httpx.Response) -> Morsel[str]:
    return SimpleCookie(response.headers["Set-Cookie"])[cookie_name(SECRET)]


@pytest.mark.parametrize(("scheme", "secure"), [("http", ""), ("https", True)])
def test_the_cookie_s_flags(scheme: str, secure: Any) -> None:
    base = HERE.replace("http:", f"{scheme}:")
    response = ask(guarded(token=TOKEN), f"/?token={TOKEN}", base=base)
    cookie = cookie_of(response)
    assert (response.status_code, cookie.value) == (303, SECRET)
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")
    assert cookie["secure"] == secure
    assert (cookie["domain"], cookie["max-age"], cookie["expires"]) == ("", "", "")


def test_the_cookie_does_not_hold_the_token() -> None:
    assert TOKEN not in SECRET
    assert len(SECRET) == 64


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_needs_no_token(path: str) -> None:
    assert status(path) == 200
    assert status(path + "/") == 401


@pytest.mark.parametrize("path", ["/metrics", "/v1/photos", "/staticx", "/static"])
def test_all_else_needs_the_token(path: str) -> None:
    assert status(path) == 401
    assert status("/", "POST") == 401


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1:8420", 200), ("[::1]", 200), ("localhost", 200), ("photos.example", 200),
     ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("192.168.1.7", 421), ("", 421),
     ("photos.example.evil", 421)],
)  # fmt: skip
def test_the_host_header(host: str, expected: int) -> None:
    app = guarded(hosts=("photos.example",))
    assert ask(app, "/v1/about", {"Host": host}).status_code == expected


def test_in_a_network_any_address_is_its_host() -> None:
    app = guarded(host="0.0.0.0", insecure=True)
    assert ask(app, "/v1/about", {"Host": "192.168.1.7:8420"}).status_code == 200
    assert ask(app, "/v1/about", {"Host": "evil.example"}).status_code == 421


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [("POST", {"Origin": HERE}, 200), ("POST", {"Origin": "https://evil.example"}, 403),
     ("POST", {"Origin": "null"}, 403), ("GET", {"Sec-Fetch-Site": "cross-site"}, 403),
     ("GET", {"Sec-Fetch-Site": "same-origin"}, 200), ("POST", {"Origin": HERE + "1"}, 403),
     ("PATCH", {"Origin": "http://127.0.0.1"}, 403)],
)  # fmt: skip
def test_other_sites(method: str, headers: dict[str, str], expected: int) -> None:
    assert ask(guarded(), "/v1/undo", headers, method=method).status_code == expected


def test_the_headers_of_every_response() -> None:
    for path, expected in (("/", 200), ("/v1/about", 401)):
        response = ask(guarded(token=TOKEN), path)
        assert response.status_code == expected
        headers = response.headers
        policy = headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= {*policy}
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
