"""serve: the same answers over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from photoloupe.cli.options import Jobs, Model, Uri, catalog_uri, needs, plain_errors

app = typer.Typer()


Token = Annotated[
    str | None,
    typer.Option(
        envvar="PHOTOLOUPE_TOKEN",
        help="Token that clients must send; at least 16 characters.",
        show_default="none",
    ),
]
TokenFile = Annotated[
    Path | None, typer.Option(help="File that holds the token.", show_default="none")
]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Allow a public --host without a token.")
]
Hosts = Annotated[
    list[str] | None,
    typer.Option(
        help="Host name that browsers may use for this server; repeatable.",
        show_default="its address",
    ),
]
Origins = Annotated[
    list[str] | None,
    typer.Option(
        help="Origin whose pages may call the REST interface; repeatable.", show_default="none"
    ),
]
Scan = Annotated[
    bool | None,
    typer.Option(
        "--scan/--no-scan",
        help="Scan the folder at the start.",
        show_default="only if it was never scanned",
    ),
]


@app.command()
def serve(  # noqa: PLR0917 (typer reads options off the signature)
    folder: Annotated[
        Path | None,
        typer.Argument(help="Folder of photos to serve.", show_default="uploads only"),
    ] = None,
    catalog: Uri = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any free one.")] = 8420,
    scan: Scan = None,
    token: Token = None,
    token_file: TokenFile = None,
    insecure: Insecure = False,
    allow_host: Hosts = None,
    cors: Origins = None,
    upload_mb: Annotated[int, typer.Option(min=1, max=512, help="Largest request, MiB.")] = 64,
    megapixels: Annotated[
        int, typer.Option(min=1, max=1000, help="Largest uploaded photo, megapixels.")
    ] = 100,
    waiting: Annotated[
        int, typer.Option(min=1, help="Requests handled at a time; more get 429.")
    ] = 64,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    model: Model = None,
    jobs: Jobs = None,
) -> None:
    """Serve a web page and a REST interface with the same answers. Ctrl-C stops it."""
    with plain_errors():
        with needs("server", "serve"):
            from photoloupe.web.limits import MIB, ServiceLimits
            from photoloupe.web.server import run
            from photoloupe.web.settings import Settings
        if folder is not None and not folder.is_dir():
            raise NotADirectoryError(f"{folder}: not a folder")
        if catalog:
            catalog = catalog_uri(".", catalog)
        if catalog and not folder and "://" not in catalog and not Path(catalog).is_dir():
            raise NotADirectoryError(f"{catalog}: no catalog; photoloupe scan makes one")
        if token_file is not None:
            token = token_file.read_text(encoding="utf-8").strip()
        limits = ServiceLimits(
            upload_bytes=upload_mb * MIB, pixels=megapixels * 1_000_000, waiting=waiting
        )
        settings = Settings(
            folder=str(folder) if folder else None, catalog=catalog, host=host, port=port,
            token=token, insecure=insecure, hosts=tuple(allow_host or ()),
            origins=tuple(cors or ()), scan=scan, jobs=jobs, limits=limits,
        )  # fmt: skip
        run(settings, tell=lambda text: typer.echo(text, err=True), open_page=open_page)
