"""Two processes of the service behind nginx, by the configuration that ships."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from photoloupe import Inspector
from tests.conftest import EXAMPLES
from tests.web.conftest import PATIENCE, wait_until

SHIPPED = Path(__file__).parent.parent.parent / "deploy" / "nginx.conf"
SERVE = "from photoloupe.cli import app; app()"
AROUND = """
daemon off; pid {folder}/pid; error_log stderr; worker_processes 1; {user}
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {shipped}
}}
"""


@contextmanager
def process() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`photoloupe serve` on a free port, and that port."""
    command = [sys.executable, "-c", SERVE, "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stderr is not None
            said = re.search(r"http://127\.0\.0\.1:(\d+)/", serving.stderr.readline())
            assert said is not None
            yield serving, int(said[1])
        finally:
            serving.kill()


@contextmanager
def nginx(folder: Path, ports: list[int]) -> Iterator[httpx.Client]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shipped = SHIPPED.read_text(encoding="utf-8")
    for ours, theirs in zip([port, *ports], (8420, 8421, 8422), strict=True):
        assert shipped.count(f"127.0.0.1:{theirs}") == 1
        shipped = shipped.replace(f"127.0.0.1:{theirs}", f"127.0.0.1:{ours}")
    user = "user root;" if os.geteuid() == 0 else ""
    place = folder / "nginx.conf"
    place.write_text(AROUND.format(folder=folder, user=user, shipped=shipped), encoding="utf-8")
    program = shutil.which("nginx") or "nginx"
    with subprocess.Popen([program, "-c", str(place)], stderr=subprocess.DEVNULL) as running:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
                yield client
        finally:
            running.send_signal(signal.SIGQUIT)


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_two_processes_answer_as_one_and_one_alone_when_the_other_is_killed(
    tmp_path: Path,
) -> None:
    names = ["alps.jpg", "coffee.jpg", "rocket.jpg", "chelsea.jpg"]
    expected = {
        Path(report.path).name: report.to_dict()["aesthetics"]
        for report in Inspector().inspect(EXAMPLES / name for name in names)
    }
    with ExitStack() as stack:
        processes = [stack.enter_context(process()) for _ in range(2)]
        ports = [port for _, port in processes]
        client = stack.enter_context(nginx(tmp_path, ports))
        for port in ports:
            wait_until(lambda port=port: is_ready(f"http://127.0.0.1:{port}"))
        wait_until(lambda: is_ready(str(client.base_url)))

        def ask(name: str) -> tuple[str, Any]:
            files = {"files": (name, (EXAMPLES / name).read_bytes())}
            answer = client.post("/v1/inspect", files=files)
            assert answer.status_code == 200, answer.text
            return name, answer.json()["photos"][0]["aesthetics"]

        with ThreadPoolExecutor(4) as pool:
            for name, said in pool.map(ask, names * 4):
                assert said == expected[name]
        inspected = [asked_of(port) for port in ports]
        assert sum(inspected) == 16
        assert min(inspected) > 0  # both had work
        processes[0][0].kill()
        processes[0][0].wait()
        with ThreadPoolExecutor(4) as pool:  # nobody notices
            assert [said for _, said in pool.map(ask, names)] == [expected[n] for n in names]
        assert asked_of(ports[1]) == inspected[1] + 4


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url.rstrip('/')}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def asked_of(port: int) -> int:
    """Requests to inspect that this process has answered."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    lines = [line for line in text.splitlines() if "_total{" in line and "/v1/inspect" in line]
    assert lines, text
    return int(sum(float(line.split()[-1]) for line in lines))
