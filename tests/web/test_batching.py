"""The thread between requests and nets."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, cast

import pytest

from photoloupe.inspector import DecodedPhoto, Inspector
from photoloupe.web import batching
from photoloupe.web.batching import MAX_BATCH, Batcher


class Nets:
    """In place of an inspector: answers what it is asked, once it is let."""

    def __init__(self) -> None:
        self.runs, self.free, self.error = list[int](), threading.Event(), False

    def answer(self, looks: list[Any]) -> list[Any]:
        self.free.wait()
        self.runs.append(len(looks))
        if self.error:
            raise MemoryError
        return [f"about {look}" for look in looks]


@pytest.fixture
def nets() -> Nets:
    return Nets()


def asked(batcher: Batcher, name: str) -> Any:
    return batcher.submit(cast(DecodedPhoto, name))


def test_who_comes_while_the_nets_are_busy_goes_together(nets: Nets) -> None:
    batcher = Batcher(cast(Inspector, nets))
    futures = [asked(batcher, str(number)) for number in range(3 * MAX_BATCH)]
    nets.free.set()
    answers = [future.result(10) for future in futures]
    assert answers == [f"about {number}" for number in range(3 * MAX_BATCH)]
    assert max(nets.runs) == 16, "photos at most in a batch"
    assert len(nets.runs) <= 5
    batcher.close()


def test_a_failure_is_heard_by_all_who_wait_and_by_no_one_later(nets: Nets) -> None:
    batcher = Batcher(cast(Inspector, nets))
    nets.error = True
    futures = [asked(batcher, "a"), asked(batcher, "b")]
    nets.free.set()
    for future in futures:
        with pytest.raises(MemoryError):
            future.result(10)
    nets.error = False
    assert asked(batcher, "c").result(10) == "about c"
    batcher.close()


def test_a_client_that_gave_up_costs_no_run(nets: Nets) -> None:
    batcher = Batcher(cast(Inspector, nets))
    first, second = asked(batcher, "a"), asked(batcher, "b")
    third = asked(batcher, "c")
    assert third.cancel()
    nets.free.set()
    assert (first.result(10), second.result(10)) == ("about a", "about b")
    batcher.close()
    assert sum(nets.runs) == 2


def test_what_was_asked_is_answered_before_the_end(nets: Nets) -> None:
    batcher = Batcher(cast(Inspector, nets))
    future = asked(batcher, "a")
    nets.free.set()
    batcher.close()
    assert future.result(0) == "about a"


class Clock:
    """Seconds; every wait of the queue below moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the batcher waited for each further photo, in seconds; nothing came meanwhile."""
    found: list[float] = []

    class Queue(SimpleQueue[Any]):
        def get(self, block: bool = True, timeout: float | None = None) -> Any:
            if timeout is None:
                return super().get(block)
            found.append(timeout)
            raise Empty

    monkeypatch.setattr(batching, "SimpleQueue", Queue)
    return found


def test_a_photo_waits_4_ms_for_one_that_is_being_decoded(nets: Nets, waits: list[float]) -> None:
    nets.free.set()
    batcher = Batcher(cast(Inspector, nets), clock=Clock())
    batcher.expect(1)
    assert asked(batcher, "a").result(10) == "about a"
    batcher.close()
    assert waits == [pytest.approx(0.004)]


def test_a_photo_does_not_wait_if_none_is_being_decoded(nets: Nets, waits: list[float]) -> None:
    nets.free.set()
    batcher = Batcher(cast(Inspector, nets), clock=Clock())
    batcher.expect(1)
    batcher.expect(-1)
    assert asked(batcher, "a").result(10) == "about a"
    batcher.close()
    assert waits == []


def test_a_batch_waits_4_ms_in_all(nets: Nets, monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo comes 3 ms later, so that a third has 1 ms left."""
    clock, waits = Clock(), list[float]()

    class Queue(SimpleQueue[Any]):
        def get(self, block: bool = True, timeout: float | None = None) -> Any:
            if timeout is None:
                return super().get(block)
            waits.append(timeout)
            clock.now += 0.003
            if len(waits) == 2:
                raise Empty
            return cast(DecodedPhoto, "b"), second

    second: Any = Future()
    monkeypatch.setattr(batching, "SimpleQueue", Queue)
    sizes = list[int]()
    nets.free.set()
    batcher = Batcher(cast(Inspector, nets), sizes.append, clock)
    batcher.expect(2)
    asked(batcher, "a").result(10)
    assert second.result(10) == "about b"
    batcher.close()
    assert waits == [pytest.approx(0.004), pytest.approx(0.001)]
    assert sizes == [2]
