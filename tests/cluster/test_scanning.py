from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from photoloupe.catalog.scan import scan as one_machine
from photoloupe.catalog.store import Catalog
from photoloupe.cluster import scan
from photoloupe.cluster.engine import Cluster
from tests.catalog.conftest import counts, rows
from tests.cluster.conftest import upload
from tests.conftest import encode, scene

EVERY = {"new": 10, "copied": 1, "failed": 2}
STAYS = {"same": 11, "failed": 2}
TWO = Cluster(actors=2)


@pytest.fixture
def there(tmp_path: Path, engine: Any) -> Catalog:
    return Catalog(str(tmp_path / "there"), make=True)


def test_rows_are_those_of_one_machine(
    there: Catalog, catalog: Catalog, photos: Path, tmp_path: Path
) -> None:
    """With crop codes; then after a change of everything that can change."""
    for turn in range(3):
        if turn == 1:
            changed(photos)
        here = counts(one_machine.scan(catalog, [str(photos)], crops=True))
        assert counts(scan([str(photos)], there, crops=True, cluster=TWO)) == here
        assert rows(there) == rows(catalog)
        if not catalog.count("rating IS NOT NULL"):
            for base in (catalog, there):  # a word that a copy must bring along
                sha256 = base.rows("path LIKE '%/5.png'", ["sha256"])[0]["sha256"]
                assert base.decide(sha256, rating=4, decision="keep") == 1
    assert there.count("rating = 4") == 2
    assert there.count("added_at IS NULL OR answered_at IS NULL") == 0


def changed(photos: Path) -> None:
    (photos / "new.png").write_bytes(encode(scene(seed=70)))
    (photos / "of5.png").write_bytes((photos / "5.png").read_bytes())
    (photos / "0.png").write_bytes(encode(scene(50, 40, seed=71)))
    (photos / "1.png").rename(photos / "moved.png")
    (photos / "2.png").unlink()
    (photos / "words.jpg").write_bytes(encode(scene(seed=72)))
    (photos / "6.png").write_text("spoilt")
    os.utime(photos / "7.png", ns=(1, 1))


def test_storage_to_a_catalog_in_storage(
    s3: Any, engine: Any, catalog: Catalog, photos: Path
) -> None:
    (photos / "sub #1").mkdir()
    (photos / "sub #1" / "a 100%?.png").write_bytes(encode(scene(seed=73)))
    (photos / ".hidden.png").write_bytes(encode(scene(seed=74)))
    (photos / "notes.txt").write_text("no photo")
    upload(s3, photos, "photos")
    base = Catalog("s3://bucket/catalog", make=True)
    found = {**EVERY, "new": 11}
    assert counts(scan(["s3://bucket/photos"], base, cluster=TWO)) == found
    assert counts(one_machine.scan(catalog, [str(photos)])) == found
    stored = rows(base)
    for name, row in rows(catalog).items():
        relative = Path(row["path"]).relative_to(photos)
        place = {"path": f"s3://bucket/photos/{relative}", "mtime_ns": stored[name]["mtime_ns"]}
        assert stored[name] == row | place
    assert len(stored) == 14
    s3.delete_object(Bucket="bucket", Key="photos/0.png")
    s3.put_object(Bucket="bucket", Key="photos/1.png", Body=encode(scene(seed=75)))
    again = {"same": 10, "changed": 1, "gone": 1, "failed": 2}
    assert counts(scan(["s3://bucket/photos/"], base, cluster=TWO)) == again


def test_what_storage_refuses_is_told_and_tried_again(
    s3: Any, there: Catalog, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A photo that is gone between listing and reading is a row; no row says 'network down'."""
    from photoloupe.catalog.scan.file_queue import QueuedFile
    from photoloupe.catalog.scan.read_file import Inspectors
    from photoloupe.catalog.scan.row_index import AnsweredContents, Target
    from photoloupe.cluster import scan_actor as worker
    from photoloupe.cluster import storage

    upload(s3, photos, "refused")
    work = object.__new__(worker.ScanActor)
    work.contents, work.budget = AnsweredContents(there_is_none()), storage.ByteBudget(1)
    work.models = Inspectors(Target([]))
    work.order = worker.ScanOrder(there.table_uri, (), None)
    files = [QueuedFile(f"s3://bucket/refused/{n}.png", 1, 1, False, 0, 1, False) for n in (1, 99)]
    failing: list[str] = ["s3://bucket/refused/1.png"]

    real = storage._box_of

    def find(uri: str) -> Any:
        if uri in failing:
            raise OSError("When reading: AWS Error SLOW_DOWN\nplease")
        return real(uri)

    monkeypatch.setattr(storage, "_box_of", find)
    done = work(files)
    assert [(e.path, e.message) for e in done.refused] == [
        (failing[0], "storage fails: When reading: AWS Error SLOW_DOWN")
    ]
    assert [(new.file.path, new.error and new.error.code) for new in done.new] == [
        ("s3://bucket/refused/99.png", "not_found")
    ]
    there.add_fragments([str(done.fragment)])
    assert [row["path"] for row in there.rows("true")] == ["s3://bucket/refused/99.png"]


def there_is_none() -> Any:
    import numpy as np

    return np.empty(0, np.uint64)


# --- killed --------------------------------------------------------------------------------------

SMALL = """
import importlib, os, signal, sys
from photoloupe.cluster import engine, scan
from photoloupe.catalog.scan import row_writer as writing
from photoloupe.catalog.store import Catalog

folder, uri, *rest = sys.argv[1:]
scanning = importlib.import_module("photoloupe.cluster.scan")  # the package's `scan` is a function
scanning.TASK_FILES = scanning.LEAST_FILES = writing.BATCH_ROWS = 3
"""

KILLED_DRIVER = """
address, left = rest[0], 2
commit = Catalog.add_fragments

def killing(self, fragments):
    global left
    commit(self, fragments)
    left -= len(fragments) > 0
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

Catalog.add_fragments = killing
scan([folder], uri, cluster=engine.Cluster(address, actors=2))
"""

KILLED_MACHINE = """
import ray
from ray.cluster_utils import Cluster

store = dict(object_store_memory=80 * 2**20)
soon = dict(health_check_period_ms=500, health_check_failure_threshold=2)  # is one missed
head = dict(num_cpus=0, _system_config=soon, **store)
machines = Cluster(initialize_head=True, head_node_args=head)
nodes = [machines.add_node(num_cpus=1, **store) for _ in range(2)]
machines.wait_for_nodes()
ray.init(machines.address, log_to_driver=False)

def tell(done, total):
    if 3 <= done < 12 and len(nodes) == 2:
        machines.remove_node(nodes.pop(), allow_graceful=False)

summary = scan([folder], uri, cluster=engine.Cluster(actors=2), tell=tell)
alive = sum(node["Alive"] for node in ray.nodes())
fates = summary.fates
print("left:", fates["new"], fates["copied"], summary.failed, alive, len(nodes))
ray.shutdown()
machines.shutdown()
"""


def program(code: str, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-W", "ignore", "-c", SMALL + code, *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True)


def test_a_killed_driver_goes_on_from_what_was_committed(
    engine: Any, there: Catalog, catalog: Catalog, photos: Path
) -> None:
    address = engine.get_runtime_context().gcs_address
    killed = program(KILLED_DRIVER, photos, there.uri, address)
    assert killed.returncode == -9, killed.stderr
    before = there.count()
    assert before in range(4, 9)  # two commits of one or more tasks, and not all of it
    told: list[tuple[int, int]] = []
    scan([str(photos)], there, cluster=TWO, tell=lambda *now: told.append(now))
    assert told[0] == (0, 13 - before)
    one_machine.scan(catalog, [str(photos)])
    assert rows(there) == rows(catalog)


def test_a_machine_that_dies_half_way_costs_and_doubles_nothing(
    there: Catalog, catalog: Catalog, photos: Path
) -> None:
    for number in range(20, 44):
        (photos / f"{number}.png").write_bytes(encode(scene(seed=number)))
    ran = program(KILLED_MACHINE, photos, there.uri)
    assert b"left: 34 1 2 2 1\n" in ran.stdout, ran.stderr  # (Ray prints there, too)
    one_machine.scan(catalog, [str(photos)])
    assert rows(there) == rows(catalog)  # each path once
