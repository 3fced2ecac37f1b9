"""The verb that answers over HTTP: serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from photoloupe.cli.options import Jobs, Uri, told

app = typer.Typer()


@app.command()
def serve(  # noqa: PLR0917 (typer reads options off the signature)
    folder: Annotated[
        Path | None, typer.Argument(help="Photos to serve. [default: only what is uploaded]")
    ] = None,
    catalog: Uri = None,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free.")] = 8420,
    scan: Annotated[
        bool | None,
        typer.Option("--scan/--no-scan", help="Scan the folder too. [default: if it never was]"),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(envvar="PHOTOLOUPE_TOKEN", help="What clients must know; 16 or longer."),
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="A file with the token.")] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let anybody in who can reach another --host.")
    ] = False,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A name that browsers may call this by; repeatable.")
    ] = None,
    cors: Annotated[
        list[str] | None, typer.Option(help="A site whose pages may use this; repeatable.")
    ] = None,
    upload_mb: Annotated[int, typer.Option(min=1, max=512, help="Of a request, MiB.")] = 64,
    megapixels: Annotated[int, typer.Option(min=1, max=1000, help="Of an upload.")] = 100,
    waiting: Annotated[int, typer.Option(min=1, help="Requests at a time; then 429.")] = 64,
    open_page: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    jobs: Jobs = None,
) -> None:
    """Serve a page and a REST interface: the same answers, over HTTP. Ctrl-C ends it."""
    with told():
        try:
            from photoloupe.web.limits import MIB, ServiceLimits
            from photoloupe.web.server import run
            from photoloupe.web.settings import Settings
        except ImportError as error:
            raise ImportError(f"serving needs photoloupe[server]: {error}") from error
        if folder is not None and not folder.is_dir():
            raise NotADirectoryError(f"{folder}: not a folder")
        if catalog and not folder and "://" not in catalog and not Path(catalog).is_dir():
            raise NotADirectoryError(f"{catalog}: no catalogue; photoloupe scan makes one")
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
