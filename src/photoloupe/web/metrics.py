"""Prometheus metrics of the service."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
SIZES = (1, 2, 4, 8, 16)
METHODS = {"GET", "HEAD", "POST", "PATCH", "OPTIONS"}  # clients can invent any number of others


class Metrics:
    """Metrics of one app. Labels are routes, never paths: a series per photo would be too many."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        name = "photoloupe_"
        self.requests = Counter(
            name + "requests", "Requests answered", ["method", "route", "status"], registry=registry
        )
        self.seconds = Histogram(
            name + "request_seconds", "Time from the first byte to the last", ["route"],
            buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.in_flight = Gauge(
            name + "requests_in_flight", "Requests being processed", registry=registry
        )
        self.held_bytes = Gauge(
            name + "upload_bytes_held", "Bytes of uploads in memory", registry=registry
        )
        self.batches = Histogram(
            name + "batch_photos",
            "Photos per batch of the models",
            buckets=SIZES,
            registry=registry,
        )
        self.photos = Gauge(
            name + "library_photos", "Photos in the served catalog", registry=registry
        )

    def text(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self.registry)


class MetricsMiddleware:
    """Counts and times every request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        metrics: Metrics = scope["app"].state.service.metrics
        started, status = time.perf_counter(), 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        metrics.in_flight.inc()
        try:
            await self._app(scope, receive, note)
        finally:
            metrics.in_flight.dec()
            route, method = _route(scope), scope["method"]
            method = method if method in METHODS else "other"
            metrics.requests.labels(method, route, status).inc()
            metrics.seconds.labels(route).observe(time.perf_counter() - started)


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return str(getattr(route, "path", None) or "other")
