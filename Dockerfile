# photoloupe as a service. Build and run: docs/guide/serve.md.
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN python -m venv /opt/photoloupe \
 && /opt/photoloupe/bin/pip install --no-cache-dir ".[catalog,search,server]"

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin photoloupe \
 && install -d -o photoloupe -g photoloupe /data
COPY --from=build /opt/photoloupe /opt/photoloupe
# Nothing is written outside /data and /tmp: run it with a read-only root.
ENV PATH=/opt/photoloupe/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/data/cache
USER 10001
EXPOSE 8420
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8420/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["photoloupe", "serve", "--host", "0.0.0.0"]
# Without a token it refuses to start: PHOTOLOUPE_TOKEN, or --token-file.
CMD ["/photos", "--catalog", "/data/catalog"]
