"""What `photoloupe serve` was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_address

from photoloupe.web.limits import ServiceLimits

LEAST_TOKEN = 16  # characters: it can be tried as often as somebody likes


@dataclass(frozen=True)
class Settings:
    """folder: whose photos are served; catalog: URI of what is known of them.

    hosts: names that a browser may call this service by, besides loopback's; origins: sites whose
    pages may use it; scan: None: only if there is no catalogue yet. Raises ValueError.
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
        if self.token is not None and len(self.token) < LEAST_TOKEN:
            raise ValueError(f"--token: at least {LEAST_TOKEN} characters, please")
        if not (is_loopback(self.host) or self.token or self.insecure):
            raise ValueError(
                f"--host {self.host}: others could reach it; give a --token, or say --insecure"
            )

    @property
    def has_library(self) -> bool:
        """Is there something to serve, and what it takes?"""
        return bool(self.folder or self.catalog) and find_spec("lancedb") is not None

    @property
    def lacking(self) -> str | None:
        """Why what was asked for cannot be a library, for people."""
        if self.has_library or not (self.folder or self.catalog):
            return None
        return "a library needs LanceDB: pip install 'photoloupe[catalog]'"


def is_loopback(host: str) -> bool:
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
