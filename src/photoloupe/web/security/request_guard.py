"""Checks of every request: Host, origin and token; and the security headers of every response.

Host: a page of another site can point its own name at 127.0.0.1 (DNS rebinding), but the browser
then sends that name as Host. Addresses cannot be rebound, so requests by address are accepted.
"""

from __future__ import annotations

import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode

from fastapi.responses import RedirectResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photoloupe.web.errors import RequestError
from photoloupe.web.settings import Settings, is_address, is_loopback

OPEN_PATHS = ("/healthz", "/readyz")  # health checks need no token
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
POLICY = "; ".join(
    [
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "connect", "font", "manifest")),
        "img-src 'self' blob: data:",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers would not send Origin
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class RequestGuard:
    """ASGI middleware in front of all routes."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings
        named = {*settings.hosts, settings.host} - {"0.0.0.0", "::"}
        self._hosts = {"localhost", *(name.lower() for name in named)}
        self._secret = cookie_value(settings.token) if settings.token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), headers.get("origin"))
            await send(message)

        try:
            answer = self._checked(scope, headers)
        except RequestError as error:
            response = error.response()
            response.headers["Connection"] = "close"  # the body was not read
            await response(scope, receive, with_headers)
            return
        await (answer or self._app)(scope, receive, with_headers)

    def _checked(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        """A response in place of the app's, or None: pass it on. Raises RequestError."""
        self._check_host(headers.get("host", ""))
        self._check_site(scope, headers)
        if self._settings.token is None or scope["path"] in OPEN_PATHS:
            return None
        if scope["method"] == "OPTIONS" and headers.get("origin") in self._settings.origins:
            return None
        return self._check_token(scope, headers)

    def _check_host(self, host: str) -> None:
        name = host_name(host)
        in_network = not is_loopback(self._settings.host)
        good = name in self._hosts or (is_address(name) and (in_network or is_loopback(name)))
        if not good:
            raise RequestError(
                421, "bad_host", f"unknown Host header {host[:100]!r}; allow it with --allow-host"
            )

    def _check_site(self, scope: Scope, headers: Headers) -> None:
        """Refuse requests that pages of other sites make; links to the page are allowed.

        Browsers report it in the headers Origin and Sec-Fetch-Site.
        """
        origin = headers.get("origin")
        if origin in self._settings.origins:
            return
        crosses = headers.get("sec-fetch-site") == "cross-site" and scope["path"] != "/"
        if origin is not None and scope["method"] not in SAFE_METHODS:
            crosses = crosses or origin.partition("://")[2] != headers.get("host")
        if crosses:
            raise RequestError(
                403, "cross_site", "requests from pages of other sites are not allowed"
            )

    def _check_token(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        token, secret = self._settings.token, self._secret
        assert token is not None
        assert secret is not None
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        if scope["method"] == "GET" and equal_in_constant_time(asked.pop("token", [""])[0], token):
            return _with_cookie(scope, urlencode(asked, doseq=True), secret)
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and equal_in_constant_time(given.strip(), token):
            return None
        if equal_in_constant_time(_cookie(headers, cookie_name(secret)), secret) or _is_page(scope):
            return None
        what = "token required: send Authorization: Bearer TOKEN, or open the page as /?token=TOKEN"
        raise RequestError(401, "no_token", what, {"WWW-Authenticate": "Bearer"})

    def _add(self, headers: MutableHeaders, origin: str | None) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if origin in self._settings.origins:
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def _is_page(scope: Scope) -> bool:
    """The page itself holds no data, and asks for the token."""
    path: str = scope["path"]
    return bool(scope["method"] == "GET") and (path == "/" or path.startswith("/static/"))


def _with_cookie(scope: Scope, query: str, secret: str) -> RedirectResponse:
    """A redirect to the same address without the token, which becomes a cookie."""
    path = "/" + scope["path"].lstrip("/\\")  # never //elsewhere
    response = RedirectResponse(path + (f"?{query}" if query else ""), 303)
    response.set_cookie(
        cookie_name(secret),
        secret,
        httponly=True,
        samesite="strict",
        secure=scope["scheme"] == "https",
    )
    return response


def cookie_value(token: str) -> str:
    """A digest of the token: proves that the browser had it, without holding it."""
    return hmac.digest(token.encode(), b"photoloupe cookie", hashlib.sha256).hex()


def cookie_name(secret: str) -> str:
    """Browsers send a cookie to all ports of a host, so each token has its own name."""
    return f"photoloupe_{secret[:8]}"


def equal_in_constant_time(given: str, wanted: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


def host_name(host: str) -> str:
    """The Host header's name: `localhost:8420` -> `localhost`; `[::1]:8420` -> `::1`."""
    if host.startswith("["):
        name, closed, _ = host[1:].partition("]")
        return name.lower() if closed else ""
    return host.partition(":")[0].rstrip(".").lower()


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""
