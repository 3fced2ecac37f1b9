"""The thread between requests and nets."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from photoloupe.inspector import DecodedPhoto, Inspector
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
    assert max(nets.runs) == MAX_BATCH
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
