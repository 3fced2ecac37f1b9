"""Ray: joined or started, given tasks, and its answers taken as they come."""

from __future__ import annotations

import logging
import pickle
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from photoloupe.catalog.sql import first_line
from photoloupe.errors import CatalogError, PhotoloupeError

# Ray runs a task again whenever its worker dies, for ever: a photo that kills its worker must end.
MOST_STILL_S = 900  # without any answer
INIT_DEATHS = 3  # in a row, of actors that are being made
MOST_TASKS = 2048  # that Ray holds at a time: a billion names must not all be in its store

Item = TypeVar("Item")


@dataclass(frozen=True)
class Cluster:
    """Where to work. address: of a Ray that runs, by default what Ray finds, else one is started.

    actors: processes, by default one a core, or one for every `gpus` GPUs; gpus: each one's share.
    """

    address: str | None = None
    actors: int | None = None
    gpus: float = 0


ANY = Cluster()


@contextmanager
def connected(cluster: Cluster) -> Iterator[None]:
    """Use the Ray that this process is in, else join one, and leave it after. Raises OSError."""
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ImportError("many machines need Ray: pip install 'photoloupe[cluster]'") from error
    ours = not ray.is_initialized()
    if ours:
        _join(cluster.address)
    try:
        with _settings(ray.data.DataContext.get_current()):
            yield
    finally:
        if ours:
            ray.shutdown()


def _join(address: str | None) -> None:
    import ray

    with warnings.catch_warnings():
        # Lance warns of any fork; Ray starts its own programs, which share nothing with us.
        warnings.filterwarnings("ignore", ".*fork", UserWarning)
        warnings.filterwarnings("ignore", ".*fork", RuntimeWarning)
        quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
        try:
            ray.init(address, include_dashboard=False, **quiet)
        except Exception as error:  # a bare one, if a program of Ray's does not come up
            raise CatalogError(f"Ray cannot be joined or started: {first_line(error)}") from error


@contextmanager
def _settings(context: Any) -> Iterator[None]:
    """Ours while we work: the process may have a use for Ray Data of its own."""
    settings = {
        "enable_progress_bars": False,
        "print_on_execution_start": False,
        "execution_no_progress_timeout_s": MOST_STILL_S,
        "max_consecutive_actor_init_deaths": INIT_DEATHS,
    }
    before = {name: getattr(context, name) for name in settings}
    logger = logging.getLogger("ray.data")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        vars(context).update(settings)
        yield
    finally:
        vars(context).update(before)
        logger.setLevel(level)


def batches_of(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Items, so many a task."""
    waiting = iter(items)
    while task := list(islice(waiting, size)):
        yield task


def put_shared(value: Any) -> Any:
    """A value that every machine fetches once -> what `ray.get` takes."""
    import ray

    return ray.put(value)


def count_actors(cluster: Cluster) -> int:
    """How many actors fit on the machines that there are now."""
    import ray

    have: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    fit = have.get("GPU", 0) / cluster.gpus if cluster.gpus else have.get("CPU", 1)
    if fit < 1:
        raise ValueError(f"--gpus {cluster.gpus:g}: this Ray has {have.get('GPU', 0):g} GPUs")
    return cluster.actors or int(fit)


def run_stages(
    tasks: Iterable[Any], stages: Iterable[tuple[type, tuple[Any, ...]]], cluster: Cluster
) -> Iterator[Any]:
    """Each task through one actor of each stage in turn -> answers, as they are ready.

    stages: classes whose objects are called with a task, and what makes an object. A task whose
    machine is lost is run again elsewhere; each answer comes once. Raises CatalogError.
    """
    stages, waiting = list(stages), iter(tasks)
    while some := list(islice(waiting, MOST_TASKS)):
        with ray_errors():
            yield from _run_stages(some, stages, cluster)


def _run_stages(
    tasks: list[Any], stages: list[tuple[type, tuple[Any, ...]]], c: Cluster
) -> Iterator[Any]:
    import ray

    size = max(1, min(count_actors(c) // len(stages), len(tasks)))
    # A block a task: Ray hands out blocks, and holds no more of them than its store has room for.
    items = [{"task": pickle.dumps(task)} for task in tasks]
    data: Any = ray.data.from_items(items, override_num_blocks=len(items))
    for make, arguments in stages:
        data = data.map_batches(
            StageActor,
            fn_constructor_args=(make, arguments),
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(size=size),
            num_cpus=0 if c.gpus else 1,
            num_gpus=c.gpus,
        )
    for row in data.iter_rows():
        answer = pickle.loads(row["task"])
        if isinstance(answer, PhotoloupeError):
            raise answer
        yield answer


class StageActor:
    """One actor: a column of pickled tasks in, one of pickled answers out.

    What it is to do is made with the first task, so that errors leave it as all answers do: Ray
    would wrap them, and print them besides.
    """

    def __init__(self, make: type, arguments: tuple[Any, ...]) -> None:
        self.make, self.arguments = make, arguments
        self.work: Any = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return {"task": [pickle.dumps(self._answer(pickle.loads(task))) for task in batch["task"]]}

    def _answer(self, task: Any) -> Any:
        if isinstance(task, PhotoloupeError):  # of the stage before
            return task
        try:
            self.work = self.work or self.make(*self.arguments)
            return self.work(task)
        except PhotoloupeError as error:
            return error
        except Exception as error:  # Ray would print pages of it
            said = f"{type(error).__name__}: {first_line(error)}"
            return CatalogError(f"a worker failed: {said}; what was committed is kept")


@contextmanager
def ray_errors() -> Iterator[None]:
    """Other failures of a worker, in a line. Raises CatalogError."""
    from ray.exceptions import RayError

    try:
        yield
    except RayError as error:
        last = str(error).strip().rpartition("\n")[2]
        raise CatalogError(f"a worker failed: {last}; what was committed is kept") from error
