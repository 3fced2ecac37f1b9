"""The HTTP server: listens until it is stopped, then finishes the requests in flight."""

from __future__ import annotations

import logging
import socket
import webbrowser
from collections.abc import Callable

import uvicorn

from photoloupe.web.app import make_app
from photoloupe.web.security.timeouts import make_protocol
from photoloupe.web.settings import Settings

BACKLOG = 128
GRACE_SECONDS = 60  # for requests in flight when the server is stopped


def make_server(settings: Settings) -> uvicorn.Server:
    """A server that serves once its `run` is called."""
    # A log line per malformed upload would let any client fill the disk.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    config = uvicorn.Config(
        make_app(settings), host=settings.host, port=settings.port, lifespan="on",
        http=make_protocol(settings.limits), ws="none", loop="asyncio", access_log=False,
        log_level="error", limit_concurrency=settings.limits.connections, backlog=BACKLOG,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_SECONDS, server_header=False, proxy_headers=False,
    )  # fmt: skip
    return uvicorn.Server(config)


def listen(settings: Settings) -> socket.socket:
    """A listening socket at the address of the settings. Raises OSError that names the address."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        address = f"{settings.host} port {settings.port}"
        raise OSError(f"cannot listen on {address}: {error.strerror}") from error


def run(settings: Settings, tell: Callable[[str], None], *, open_page: bool = False) -> None:
    """Serve until SIGINT or SIGTERM, then finish the requests in flight. Raises OSError.

    tell is called once with the address; open_page opens the page in a browser.
    """
    with listen(settings) as sock:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{host}:{sock.getsockname()[1]}/"
        served = settings.folder or settings.catalog or "uploads only"
        token = "; open it as /?token=TOKEN" if settings.token else ""
        tell(f"photoloupe: {address} serves {served}{token}; Ctrl-C ends it")
        if open_page:
            webbrowser.open(address + (f"?token={settings.token}" if settings.token else ""))
        make_server(settings).run(sockets=[sock])
