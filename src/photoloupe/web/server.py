"""A server that listens, until it is told to stop; then it finishes what is in flight."""

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
GRACE_SECONDS = 60  # for what is in flight when it is told to stop


def make_server(settings: Settings) -> uvicorn.Server:
    """Serves when its `run` is called."""
    # Broken requests are answered; a line for each would let anybody fill the log.
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
    """Raises OSError, with the address in its words."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        what = f"cannot listen at {settings.host} port {settings.port}"
        raise OSError(error.errno, f"{what}: {error.strerror}") from error


def run(settings: Settings, tell: Callable[[str], None], *, open_page: bool = False) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is in flight. Raises OSError."""
    with listen(settings) as sock:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{host}:{sock.getsockname()[1]}/"
        served = settings.folder or settings.catalog or "uploads only"
        token = "; open it as /?token=TOKEN" if settings.token else ""
        tell(f"photoloupe: {address} serves {served}{token}; Ctrl-C ends it")
        if open_page:
            webbrowser.open(address + (f"?token={settings.token}" if settings.token else ""))
        make_server(settings).run(sockets=[sock])
