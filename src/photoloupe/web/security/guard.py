"""Who may ask: the right Host, no other site, the token; and what browsers are told about answers.

Host: a page of another site can point its own name at 127.0.0.1 (DNS rebinding), but it cannot make
the browser say another name than that. Addresses cannot be rebound, so any is as good as its name.
"""

from __future__ import annotations

import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode

from fastapi.responses import RedirectResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photoloupe.web.errors import Refusal
from photoloupe.web.settings import Settings, is_address, is_loopback

OPEN = ("/healthz", "/readyz")  # for those who restart what is ill
SAFE = ("GET", "HEAD", "OPTIONS")
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
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers would hide their own origin
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """In front of everything."""

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
        except Refusal as refusal:
            response = refusal.response()
            response.headers["Connection"] = "close"  # the body was not read
            await response(scope, receive, with_headers)
            return
        await (answer or self._app)(scope, receive, with_headers)

    def _checked(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        """An answer of its own, or None: go on. Raises Refusal."""
        self._check_host(headers.get("host", ""))
        self._check_site(scope, headers)
        if self._settings.token is None or scope["path"] in OPEN:
            return None
        if scope["method"] == "OPTIONS" and headers.get("origin") in self._settings.origins:
            return None
        return self._check_token(scope, headers)

    def _check_host(self, host: str) -> None:
        name = host_name(host)
        anywhere = not is_loopback(self._settings.host)
        good = name in self._hosts or (is_address(name) and (anywhere or is_loopback(name)))
        if not good:
            raise Refusal(421, "bad_host", f"the service does not answer to {host[:100]!r}")

    def _check_site(self, scope: Scope, headers: Headers) -> None:
        """Other sites can POST forms here and show our pictures; their browsers say that they do.

        A link to the page is all that they may have.
        """
        origin = headers.get("origin")
        if origin in self._settings.origins:
            return
        crosses = headers.get("sec-fetch-site") == "cross-site" and scope["path"] != "/"
        if origin is not None and scope["method"] not in SAFE:
            crosses = crosses or origin.partition("://")[2] != headers.get("host")
        if crosses:
            raise Refusal(403, "cross_site", "a page of another site may not do this")

    def _check_token(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        token, secret = self._settings.token, self._secret
        assert token is not None
        assert secret is not None
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        if scope["method"] == "GET" and same(asked.pop("token", [""])[0], token):
            return _with_cookie(scope, urlencode(asked, doseq=True), secret)
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and same(given.strip(), token):
            return None
        if same(_cookie(headers, cookie_name(secret)), secret) or _is_page(scope):
            return None
        what = "a token is needed: Authorization: Bearer TOKEN, or open the page as /?token=TOKEN"
        raise Refusal(401, "no_token", what, {"WWW-Authenticate": "Bearer"})

    def _add(self, headers: MutableHeaders, origin: str | None) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if origin in self._settings.origins:
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def _is_page(scope: Scope) -> bool:
    """It holds no data, and asks a person for the token."""
    path: str = scope["path"]
    return bool(scope["method"] == "GET") and (path == "/" or path.startswith("/static/"))


def _with_cookie(scope: Scope, query: str, secret: str) -> RedirectResponse:
    """The same page once more, without the token in its address."""
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
    """What proves that its bearer had the token, and is not the token."""
    return hmac.digest(token.encode(), b"photoloupe cookie", hashlib.sha256).hex()


def cookie_name(secret: str) -> str:
    """Browsers give a cookie to all ports of a host: each token has its own."""
    return f"photoloupe_{secret[:8]}"


def same(given: str, wanted: str) -> bool:
    """In a time that does not tell how much is right."""
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


def host_name(host: str) -> str:
    """`localhost:8420` -> `localhost`; `[::1]:8420` -> `::1`."""
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
