"""The settings of `photoloupe serve`."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_address

from photoloupe.web.limits import ServiceLimits

MIN_TOKEN_CHARS = 16  # guesses are not counted, so it must be long


@dataclass(frozen=True)
class Settings:
    """Settings of one service. Raises ValueError for a short token or an open host without one.

    folder: whose photos are served; catalog: URI of its catalog, None for the default;
    hosts: accepted Host headers other than loopback names; origins: sites whose pages may use the
    API (CORS); scan: None scans only if there is no catalog yet; jobs: threads, None for one per
    core.
    """

    folder: str | None = None
    catalog: str | None = None
    host: str = "127.0.0.1"
    port: int = 8420
    token: str | None = field(default=None, repr=False)
    insecure: bool = False
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    scan: bool | None = None
    jobs: int | None = None
    limits: ServiceLimits = field(default_factory=ServiceLimits)

    def __post_init__(self) -> None:
        if self.token is not None and len(self.token) < MIN_TOKEN_CHARS:
            raise ValueError(f"--token: needs at least {MIN_TOKEN_CHARS} characters")
        if not (is_loopback(self.host) or self.token or self.insecure):
            raise ValueError(
                f"--host {self.host}: reachable from the network; needs a --token or --insecure"
            )

    @property
    def has_library(self) -> bool:
        """Whether a folder or catalog is served and LanceDB is installed."""
        return bool(self.folder or self.catalog) and find_spec("lancedb") is not None

    @property
    def library_problem(self) -> str | None:
        """Why the folder or catalog cannot be served, for people; None if it can or none is set."""
        if self.has_library or not (self.folder or self.catalog):
            return None
        return "a library needs LanceDB: pip install 'photoloupe[catalog]'"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's loopback."""
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def is_address(host: str) -> bool:
    """Whether it is an IPv4 or IPv6 address, without a port."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
