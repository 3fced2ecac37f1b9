"""Limits of one request and of all together: bytes, slots and seconds, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Request

from photoloupe.web.errors import RequestError
from photoloupe.web.limits import MIB, RequestGate, ServiceLimits
from photoloupe.web.routes.admission import admit
from photoloupe.web.routes.uploads import display_name, drain_body, parse_multipart, read_body
from photoloupe.web.settings import Settings
from tests.web import raw_http
from tests.web.virtual_time import run_virtual

FORM = ("content-type", f"multipart/form-data; boundary={raw_http.BOUNDARY}")
JSON = ("content-type", "application/json")
Step = tuple[float, bytes]  # seconds until the chunk comes, the chunk


def request_of(
    steps: Sequence[Step], *headers: tuple[str, str], gate: RequestGate | None = None
) -> Request:
    """A POST whose body comes in these steps, and ends with the last one."""

    async def chunks() -> AsyncIterator[dict[str, Any]]:
        for number, (seconds, chunk) in enumerate(steps, start=1):
            await asyncio.sleep(seconds)
            yield {"type": "http.request", "body": chunk, "more_body": number < len(steps)}
        await asyncio.Event().wait()

    coming = chunks()
    limits = ServiceLimits()
    service = SimpleNamespace(limits=limits, gate=gate or RequestGate(limits))
    scope = {
        "type": "http", "method": "POST", "path": "/", "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "app": SimpleNamespace(state=SimpleNamespace(service=service)),
    }  # fmt: skip
    return Request(scope, coming.__anext__)


def read(limits: ServiceLimits, steps: Sequence[Step], *headers: tuple[str, str]) -> Any:
    """Read the body -> its length or the error, and the seconds it took."""

    async def work() -> int | RequestError:
        with RequestGate(limits).admit() as admitted:
            try:
                chunks = await read_body(request_of(steps, *headers), admitted, limits)
            except RequestError as error:
                return error
            return sum(map(len, chunks))

    return run_virtual(work())


def failure(limits: ServiceLimits, steps: Sequence[Step], *headers: tuple[str, str]) -> Any:
    """Status and code of the error, and the seconds until it came."""
    error, seconds = read(limits, steps, *headers)
    return error.status, error.code, seconds


def test_the_limits_are_those_that_are_documented() -> None:
    assert vars(ServiceLimits()) == {
        "upload_bytes": 64 * 2**20, "held_bytes": 512 * 2**20, "json_bytes": 2**20,
        "pixels": 100_000_000, "files": 32, "paths": 200, "waiting": 64, "connections": 512,
        "decode_seconds": 20, "request_seconds": 60, "receive_seconds": 120,
        "silent_seconds": 15, "header_seconds": 10,
    }  # fmt: skip


def test_an_upload_is_decoded_within_the_limits() -> None:
    photo = ServiceLimits(upload_bytes=7, pixels=8, decode_seconds=9).photo
    assert (photo.file_bytes, photo.pixels, photo.seconds) == (7, 8, 9)


def test_a_body_of_exactly_the_limit_is_read() -> None:
    limits = ServiceLimits(upload_bytes=100, json_bytes=10)
    assert read(limits, [(0, bytes(60)), (0, bytes(40))], FORM)[0] == 100
    assert read(limits, [(0, bytes(10))], JSON)[0] == 10


def test_a_body_of_a_byte_more_is_refused() -> None:
    limits = ServiceLimits(upload_bytes=100, json_bytes=10)
    assert failure(limits, [(0, bytes(60)), (0, bytes(41))], FORM)[:2] == (413, "too_large")
    assert failure(limits, [(0, bytes(11))], JSON)[:2] == (413, "too_large")
    stated = [("content-length", "101"), ("expect", "100-continue"), FORM]
    assert failure(limits, [(99, b"")], *stated) == (413, "too_large", 0)


def test_a_silent_upload_ends_after_15_seconds() -> None:
    limits = ServiceLimits()
    assert failure(limits, [(15.1, b"")], FORM) == (408, "too_slow", 15)
    assert read(limits, [(14.9, b"a"), (14.9, b"b")], FORM) == (2, pytest.approx(29.8))


def test_a_trickling_upload_ends_after_120_seconds() -> None:
    trickle = [(10.0, b"-")] * 100
    assert failure(ServiceLimits(), trickle, FORM) == (408, "too_slow", 120)


def test_what_a_refused_client_still_sends_is_read_for_2_seconds() -> None:
    slow = request_of([(0.5, b"-")] * 100, FORM)
    assert run_virtual(drain_body(slow, MIB))[1] == 2
    fast = request_of([(0, bytes(50))] * 100, FORM)

    async def drained() -> Any:
        await drain_body(fast, 100)
        return await fast.receive()

    assert run_virtual(drained())[0]["more_body"], "it read on after twice the limit"


def test_slots_are_limited_and_come_back() -> None:
    gate = RequestGate(ServiceLimits(waiting=2))
    with gate.admit():
        assert not gate.is_full
        with gate.admit():
            assert gate.is_full
        assert not gate.is_full
    assert gate.admitted == 0


def test_bytes_of_all_requests_are_limited_and_come_back() -> None:
    gate = RequestGate(ServiceLimits(held_bytes=100))
    with gate.admit() as first, gate.admit() as second:
        first.hold_bytes(60)
        second.hold_bytes(40)
        with pytest.raises(RequestError) as error:
            first.hold_bytes(1)
        assert (error.value.status, error.value.code) == (429, "busy")
        assert error.value.headers == {"Retry-After": "1"}
    assert gate.held_bytes == 0


def test_a_request_over_the_slots_is_refused() -> None:
    gate = RequestGate(ServiceLimits(waiting=1))

    async def work() -> None:
        with gate.admit():
            async with admit(request_of([(0, b"")], FORM, gate=gate)):
                pytest.fail("it was admitted")

    with pytest.raises(RequestError) as error:
        run_virtual(work())
    assert (error.value.status, error.value.code) == (429, "busy")


def test_a_response_takes_60_seconds_at_most() -> None:
    async def work(seconds: float) -> None:
        async with admit(request_of([(0, b"")], FORM)):
            await asyncio.sleep(seconds)

    run_virtual(work(59.9))
    with pytest.raises(RequestError) as error:
        run_virtual(work(60.1))
    assert (error.value.status, error.value.code) == (503, "timeout")
    assert error.value.headers["Retry-After"]


def test_a_form_has_a_most_of_files() -> None:
    lines = [f'--b\r\nContent-Disposition: form-data; name="files"; filename="{n}"\r\n\r\nx\r\n'
             for n in range(3)]  # fmt: skip
    body = "".join([*lines, "--b--\r\n"]).encode()
    found = parse_multipart("multipart/form-data; boundary=b", [body], 3)
    assert [file.name for file in found] == ["0", "1", "2"]
    with pytest.raises(RequestError, match="2 files"):
        parse_multipart("multipart/form-data; boundary=b", [body], 2)


def test_a_file_s_name_is_cut_to_200_characters() -> None:
    assert display_name("x" * 300 + ".jpg") == "x" * 196 + ".jpg"


def test_a_token_has_16_characters_or_more() -> None:
    assert Settings(token="x" * 16)
    with pytest.raises(ValueError, match="16 characters"):
        Settings(token="x" * 15)
