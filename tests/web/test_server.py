"""What the server relies on in uvicorn, and how it is set up."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, cast

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from photoloupe.web.limits import ServiceLimits
from photoloupe.web.security.timeouts import make_protocol
from photoloupe.web.server import listen, make_server
from photoloupe.web.service import Service
from photoloupe.web.settings import Settings
from tests.web.virtual_time import run_virtual


class Transport:
    """In place of a socket; aborted_at: seconds, None if it is still open."""

    def __init__(self) -> None:
        self.aborted_at: float | None = None

    def get_extra_info(self, name: str) -> Any:
        return None

    def write(self, data: bytes) -> None:
        """Nothing is sent."""

    def is_closing(self) -> bool:
        return self.aborted_at is not None

    def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        if self.aborted_at is None:
            self.aborted_at = asyncio.get_running_loop().time()

    def pause_reading(self) -> None:
        """Nothing is read."""

    def resume_reading(self) -> None:
        """Nothing is read."""


def connect(limits: ServiceLimits) -> tuple[H11Protocol, Transport]:
    """A connection of a server that never answers; needs a running loop."""
    config = make_server(Settings()).config
    config.load()

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    config.loaded_app = silent
    state = ServerState()
    protocol = make_protocol(limits)(config, state, {}, asyncio.get_running_loop())
    transport = Transport()
    protocol.connection_made(cast(Any, transport))
    return protocol, transport


async def leave(protocol: H11Protocol) -> None:
    """The client goes, and the app ends its request."""
    protocol.connection_lost(None)
    await asyncio.gather(*protocol.tasks)


def test_uvicorn_still_has_what_the_protocol_overrides() -> None:
    """One red test names the fault after a new release, in place of connections left open."""
    for name in ("connection_made", "connection_lost", "pause_writing", "resume_writing"):
        assert callable(getattr(H11Protocol, name))

    async def work() -> None:
        protocol, transport = connect(ServiceLimits())
        assert protocol.loop is asyncio.get_running_loop()
        assert cast(Any, protocol.transport) is transport
        assert protocol.cycle is None
        protocol.data_received(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert protocol.cycle is not None
        await leave(protocol)

    run_virtual(work())


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: loc"])
def test_a_connection_without_a_request_ends_after_10_seconds(sent: bytes) -> None:
    async def work() -> float | None:
        protocol, transport = connect(ServiceLimits())
        if sent:
            protocol.data_received(sent)
        await asyncio.sleep(30)
        return transport.aborted_at

    assert run_virtual(work())[0] == 10


def test_a_connection_with_a_request_stays_open() -> None:
    async def work() -> float | None:
        protocol, transport = connect(ServiceLimits())
        protocol.data_received(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.sleep(30)
        aborted_at = transport.aborted_at
        await leave(protocol)
        return aborted_at

    assert run_virtual(work())[0] is None


def test_a_client_that_does_not_read_is_cut_off_after_15_seconds() -> None:
    async def work() -> tuple[float | None, float | None]:
        protocol, stuck = connect(ServiceLimits(header_seconds=99))
        other, slow = connect(ServiceLimits(header_seconds=99))
        protocol.pause_writing()
        other.pause_writing()
        await asyncio.sleep(14)
        other.resume_writing()
        await asyncio.sleep(30)
        return stuck.aborted_at, slow.aborted_at

    assert run_virtual(work())[0] == (15, None)


def test_the_server_s_settings() -> None:
    config = make_server(Settings()).config
    assert (config.limit_concurrency, config.backlog) == (512, 128)
    assert (config.timeout_keep_alive, config.timeout_graceful_shutdown) == (15, 60)
    assert {config.server_header, config.proxy_headers, config.access_log} == {False}


def test_a_port_in_use_is_named_without_an_error_number() -> None:
    with listen(Settings(port=0)) as sock:
        port = sock.getsockname()[1]
        with pytest.raises(OSError, match=f"^cannot listen on 127.0.0.1 port {port}: [A-Z]"):
            listen(Settings(port=port))


def test_work_runs_in_as_many_threads_as_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three jobs for two threads: the third runs only when one has ended."""

    class NoModels:
        def close(self) -> None:
            """Nothing is loaded."""

    monkeypatch.setattr(Service, "_load_models", lambda service: (None, NoModels()))
    service = Service(Settings(jobs=2))
    started, free = threading.Semaphore(0), threading.Event()

    def job() -> None:
        started.release()
        free.wait(10)

    async def work() -> None:
        jobs = [asyncio.create_task(service.work(job)) for _ in range(3)]
        await asyncio.sleep(0)
        assert await asyncio.to_thread(started.acquire, timeout=10)
        assert await asyncio.to_thread(started.acquire, timeout=10)
        assert service._work._work_queue.qsize() == 1
        free.set()
        await asyncio.gather(*jobs)

    asyncio.run(work())
    service.close()
