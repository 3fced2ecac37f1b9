"""`photoloupe serve` as a process: it starts, is stopped, and tells mistakes in a line."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from photoloupe.catalog.lock import catalog_lock
from photoloupe.catalog.store import Catalog
from photoloupe.cli.main import app
from tests.conftest import EXAMPLES, uninstall
from tests.web import raw_http

CALL = [sys.executable, "-c", "from photoloupe.cli import app; app()", "serve", "--port", "0"]
PATIENCE = 60.0


@contextmanager
def process(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """-> the process, and the address that it says."""
    call = [*CALL, *map(str, arguments)]
    with subprocess.Popen(call, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            line = server.stderr.readline()
            found = re.search(r"http://\S+:\d+", line)
            assert found, line + server.stderr.read()
            yield server, found[0]
        finally:
            server.kill()


def ready(client: httpx.Client) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if client.get("/readyz").status_code == 200:
            return
        time.sleep(0.02)
    raise AssertionError("never ready")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_finishes_what_is_in_flight(sign: signal.Signals) -> None:
    body = raw_http.form("alps.jpg", (EXAMPLES / "alps.jpg").read_bytes())
    with (
        process() as (server, url),
        raw_http.dial(url) as line,
        httpx.Client(base_url=url) as client,
    ):
        ready(client)
        line.sendall(raw_http.head(len(body)) + body[:1000])
        while "photoloupe_requests_in_flight 2.0" not in client.get("/metrics").text:
            time.sleep(0.02)
        server.send_signal(sign)
        while _listens(url):
            time.sleep(0.02)
        line.sendall(body[1000:])
        status, said = raw_http.answer(line)
        assert status == 200
        report = json.loads(said.partition("\r\n\r\n")[2])["photos"][0]
        assert (report["path"], report["error"]) == ("alps.jpg", None)
        server.wait(PATIENCE)


def _listens(url: str) -> bool:
    try:
        raw_http.dial(url).close()
    except OSError:
        return False
    return True


def test_a_folder_that_was_never_scanned_is_scanned(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "boats.jpg", tmp_path)
    with process(tmp_path) as (server, url), httpx.Client(base_url=url, timeout=30) as client:
        end = time.monotonic() + 2 * PATIENCE
        while not (photos := client.get("/v1/photos").json()["photos"]):
            assert time.monotonic() < end
            time.sleep(0.05)
        assert photos[0]["path"] == "boats.jpg"
        server.terminate()
        server.wait(PATIENCE)
    assert (tmp_path / ".photoloupe").is_dir()


def test_a_scan_that_cannot_be_done_is_told(tmp_path: Path) -> None:
    """Another scan holds the lock."""
    (tmp_path / "photos").mkdir()
    catalog = Catalog(str(tmp_path / "catalog"), make=True)
    call = tmp_path / "photos", "--catalog", catalog.uri, "--scan"
    with (
        catalog_lock(catalog),
        process(*call) as (_, url),
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        end = time.monotonic() + PATIENCE
        while not (message := client.get("/v1/about").json()["message"]):
            assert time.monotonic() < end
            time.sleep(0.05)
    assert message == "the scan failed: another scan is using this catalog"


def test_no_scan_means_none(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "boats.jpg", tmp_path)
    with (
        process(tmp_path, "--no-scan") as (_, url),
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        ready(client)
        about = client.get("/v1/about").json()
        assert (about["library"], about["folder"]) == (False, tmp_path.name)
        assert "photoloupe scan makes one" in about["message"]
        (photo,) = client.post("/v1/inspect", json={"paths": ["boats.jpg"]}).json()["photos"]
        assert photo["error"] is None
    assert [entry.name for entry in tmp_path.iterdir()] == ["boats.jpg"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere: not a folder"),
        (["--host", "0.0.0.0"], "needs a --token or --insecure"),
        (["--token", "short"], "--token: needs at least 16 characters"),
        (["--token-file", "nowhere"], "nowhere"),
        (["--token-file", "empty"], "--token: needs at least 16 characters"),
        (["--host", "256.1.1.1", "--insecure"], "cannot listen on 256.1.1.1 port 8420"),
        (["--catalog", "nowhere"], "nowhere: no catalog"),
    ],
)
def test_mistakes_are_told_in_a_line(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").write_text("\n")
    result = CliRunner().invoke(app, ["serve", *arguments])
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(app, ["serve", "--port", port])
    assert result.exit_code == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in result.stderr


def test_without_the_extra_the_fix_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    uninstall(monkeypatch, "fastapi", "web")
    result = CliRunner().invoke(app, ["serve"])
    assert result.exit_code == 2
    assert "photoloupe[server]" in result.stderr
