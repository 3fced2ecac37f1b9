"""What one request may cost, and how many there may be."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from photoloupe.web.limits import MIB, ServiceLimits
from photoloupe.web.routes.uploads import display_name
from tests.conftest import EXAMPLES, encode, scene
from tests.web import raw_http
from tests.web.conftest import Served, serving, wait_until

ALPS = (EXAMPLES / "alps.jpg").read_bytes()
TIGHT = ServiceLimits(
    upload_bytes=MIB, held_bytes=3 * MIB // 2, pixels=1_000_000, files=3, paths=3, waiting=2,
    silent_seconds=2.0, header_seconds=0.3,
)  # fmt: skip


@pytest.fixture(scope="module")
def tight() -> Iterator[Served]:
    with serving(limits=TIGHT) as served:
        yield served


def error(response: Any) -> tuple[int, str]:
    assert set(response.json()) == {"error"}
    return response.status_code, response.json()["error"]["code"]


def upload(served: Served, *datas: bytes, field: str = "files") -> Any:
    files = [(field, (f"{number}.jpg", data)) for number, data in enumerate(datas)]
    return served.client.post("/v1/inspect", files=files)


def test_a_body_that_says_that_it_is_too_large_is_not_read(tight: Served) -> None:
    with raw_http.dial(tight.url) as line:
        line.sendall(raw_http.head(MIB + 1)[:-2] + b"Expect: 100-continue\r\n\r\n")
        status, said = raw_http.answer(line)
    assert status == 413
    assert "too_large" in said
    assert "connection: close" in said.lower()


def test_a_body_without_end_is_cut_off(tight: Served) -> None:
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    sent = 0
    with raw_http.dial(tight.url) as line:
        line.sendall(raw_http.head(None))
        try:
            for _ in range(1000):
                line.sendall(chunk)
                sent += 0x10000
        except OSError:
            pass  # the service has hung up
        status, said = raw_http.answer(line)
    assert sent < 16 * MIB, "it was read to its end"
    assert (status, "too_large" in said) in ((413, True), (0, False))


def test_a_client_that_sends_too_much_reads_why(tight: Served) -> None:
    assert error(upload(tight, bytes(MIB + 1))) == (413, "too_large")
    long = b'{"paths": ["' + b"x" * MIB + b'"]}'
    headers = {"Content-Type": "application/json"}
    sent = tight.client.post("/v1/inspect", content=long, headers=headers)
    assert error(sent) == (413, "too_large")


def test_too_many_pixels_are_told_from_the_header(tight: Served) -> None:
    assert error(upload(tight, raw_http.huge_png(30_000, 30_000))) == (422, "too_large")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"no photo", (415, "unsupported")),
        (b"", (422, "empty")),
        (ALPS[:5000], (422, "truncated")),
        (b"\xff\xd8\xff" + bytes(100), (422, "unreadable")),
    ],
)
def test_what_is_no_photo(tight: Served, data: bytes, expected: tuple[int, str]) -> None:
    assert error(upload(tight, data)) == expected


def test_of_several_photos_each_has_its_own_error(tight: Served) -> None:
    response = upload(tight, ALPS, b"no photo")
    assert response.status_code == 200
    good, bad = response.json()["photos"]
    assert good["error"] is None
    assert bad["error"]["code"] == "unsupported"


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b"{}", "application/json", (422, "invalid")),
        (b"{", "application/json", (422, "invalid")),
        (b"[1]", "application/json", (422, "invalid")),
        (b"[" * 100_000, "application/json", (422, "invalid")),
        (b'{"paths": ["a"], "url": "http://example.org/a.jpg"}', "application/json",
         (422, "invalid")),
        (b'{"paths": ["a", "b", "c", "d"]}', "application/json", (422, "too_many")),
        (b"x", "text/plain", (415, "unsupported")),
        (b"x", "multipart/form-data", (422, "invalid")),
        (b"x", "multipart/form-data; boundary=limit", (422, "invalid")),
        (raw_http.form("a", b"")[:-9], "multipart/form-data; boundary=limit", (422, "invalid")),
        (raw_http.form("a", b"", field="file"), "multipart/form-data; boundary=limit",
         (422, "invalid")),
        (raw_http.form("a" * 10_000, b""), "multipart/form-data; boundary=limit", (422, "invalid")),
        (b"", "multipart/form-data; boundary=limit", (422, "invalid")),
    ],
)  # fmt: skip
def test_bodies_that_are_none(
    tight: Served, content: bytes, kind: str, expected: tuple[int, str]
) -> None:
    headers = {"Content-Type": kind}
    sent = tight.client.post("/v1/inspect", content=content, headers=headers)
    assert error(sent) == expected


def test_too_many_files(tight: Served) -> None:
    assert error(upload(tight, *[ALPS] * 4)) == (422, "too_many")


def test_a_slow_upload_is_ended() -> None:
    slow = ServiceLimits(silent_seconds=0.2)
    with serving(limits=slow) as served, raw_http.dial(served.url) as line:
        line.sendall(raw_http.head(1000) + b"--limit")
        status, said = raw_http.answer(line)
    assert (status, "too_slow" in said) == (408, True)


def test_an_upload_that_trickles_for_ever_is_ended() -> None:
    slow = ServiceLimits(receive_seconds=0.5)
    with serving(limits=slow) as served, raw_http.dial(served.url) as line:
        line.sendall(raw_http.head(1000))
        line.settimeout(0.05)
        said = b""
        while not said:
            line.sendall(b"-")
            try:
                said = line.recv(1000)
            except TimeoutError:
                continue
    assert b" 408 " in said


@pytest.mark.parametrize("sent", [b"", b"POST /v1/inspect HTTP/1.1\r\nHost: loc"])
def test_a_connection_that_asks_nothing_is_closed(tight: Served, sent: bytes) -> None:
    with raw_http.dial(tight.url) as line:
        line.sendall(sent)
        with contextlib.suppress(ConnectionResetError):
            assert line.recv(100) == b""


def test_a_client_that_does_not_read_is_left() -> None:
    """Its answer is a BMP of 12 MB, more than sockets hold."""
    image = Image.open(EXAMPLES / "astronaut-squished.jpg").resize((1024, 2048))
    file = io.BytesIO()
    image.save(file, "BMP")
    body = raw_http.form("a.bmp", file.getvalue(), "file")
    with (
        serving(limits=ServiceLimits(silent_seconds=0.3)) as served,
        raw_http.dial(served.url) as line,
    ):
        line.sendall(raw_http.head(len(body), "/v1/fix") + body)
        assert line.recv(12) == b"HTTP/1.1 200"
        wait_until(lambda: _figure(served, "photoloupe_requests_in_flight") == 1)


def test_more_requests_than_there_are_places_for(tight: Served) -> None:
    body = raw_http.form("alps.jpg", ALPS)
    with raw_http.dial(tight.url) as first, raw_http.dial(tight.url) as second:
        for line in (first, second):
            line.sendall(raw_http.head(len(body)) + body[:-10])
        wait_until(lambda: _figure(tight, "photoloupe_upload_bytes_held") > 100)
        wait_until(lambda: _figure(tight, "photoloupe_requests_in_flight") == 3)
        busy = upload(tight, ALPS)
        assert error(busy) == (429, "busy")
        assert int(busy.headers["Retry-After"]) >= 1
        for line in (first, second):
            line.sendall(body[-10:])
            assert raw_http.answer(line)[0] == 200
    assert upload(tight, ALPS).status_code == 200
    assert _figure(tight, "photoloupe_upload_bytes_held") == 0


def test_uploads_together_have_a_limit_too(tight: Served) -> None:
    with raw_http.dial(tight.url) as line:
        line.sendall(raw_http.head(MIB) + bytes(MIB - 1))
        wait_until(lambda: _figure(tight, "photoloupe_upload_bytes_held") == MIB - 1)
        assert error(upload(tight, bytes(MIB - 1000))) == (429, "busy")


def test_a_request_that_takes_too_long_is_answered() -> None:
    with serving(limits=ServiceLimits(request_seconds=0.01)) as served:
        files = {"a": ALPS, "b": (EXAMPLES / "alps-crop.jpg").read_bytes()}
        response = served.client.post("/v1/crop", files=files)
    assert error(response) == (503, "timeout")
    assert "Retry-After" in response.headers


def test_uploads_touch_no_disk(tight: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    large = encode(scene(640, 480), "BMP")
    assert len(large) > 900_000
    response = tight.client.post("/v1/inspect", files={"files": ("../../etc/x.bmp", large)})
    assert response.status_code == 200
    assert response.json()["photos"][0]["path"] == "x.bmp"
    assert not list(Path().glob("**/x.bmp"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", "a.jpg"),
        ("C:\\photos\\a.jpg", "a.jpg"),
        ("/etc/passwd", "passwd"),
        ("a/..", ".."),
        ("", "upload"),
        ("a\0\n\u202eb", "ab"),
        ("x" * 300 + ".jpg", "x" * 196 + ".jpg"),
    ],
)
def test_a_client_s_name_is_a_label(name: str, expected: str) -> None:
    assert display_name(name) == expected


def _figure(served: Served, name: str) -> float:
    lines = served.client.get("/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(name + " "))
