"""A small Ray for all tests of this folder, a server that speaks S3, and a folder of photos."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.catalog.conftest import catalog, photos

__all__ = ["catalog", "photos"]

STORE_BYTES = 150 * 2**20


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ray and the programs that it starts say much that is no fault of a test."""
    ours = Path(__file__).parent
    for item in items:
        if ours in item.path.parents:
            # Lance warns of any fork; Ray forks only to run programs of its own.
            item.add_marker(pytest.mark.filterwarnings("ignore:.*fork"))
            # Ray uses what it will drop itself: settings and arguments of its own.
            item.add_marker(pytest.mark.filterwarnings("ignore::DeprecationWarning:ray"))
            # Ray leaves the pipes and logs of its programs to be closed when it ends.
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))


@pytest.fixture(scope="session")
def s3() -> Iterator[Any]:
    """A client of a server on loopback; whatever starts later finds it by its environment."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "RAY_worker_niceness": "0",  # 15 by default, which starves tests on a busy machine
        }.items():
            patch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="bucket")
        yield client
        client.close()
    server.stop()


@pytest.fixture(scope="session")
def engine(s3: Any) -> Iterator[Any]:
    """Ray with two cores, started after the server, so that its workers find it."""
    import ray

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # this is outside any test: see above
        ray.init(
            num_cpus=2,
            include_dashboard=False,
            object_store_memory=STORE_BYTES,
            log_to_driver=False,
        )
    yield ray
    ray.shutdown()


def upload(client: Any, folder: Path, prefix: str) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            name = path.relative_to(folder)
            client.put_object(Bucket="bucket", Key=f"{prefix}/{name}", Body=path.read_bytes())
