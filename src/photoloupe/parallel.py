"""Available cores, and one function over many items on threads, in order, in constant memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")
AHEAD = 4  # items a thread that are begun before the first is taken


def available_cores() -> int:
    """Cores that this process may use, which can be fewer than the machine has."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def in_order(
    function: Callable[[Item], Answer],
    items: Iterable[Item],
    jobs: int | None = None,
    ahead: int = AHEAD,
) -> Iterator[Answer]:
    """`function` of each item, in the items' order, computed on threads.

    jobs: threads, by default one a core; ahead: results a thread that may wait for the reader.
    Raises what `function` raises, when its item is due.
    """
    jobs = jobs or available_cores()
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="photoloupe")
    waiting: deque[Future[Answer]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > ahead * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
