"""The command ``devicecat serve``: the answers over HTTP, and the page."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Annotated, Final

import typer

from devicecat.cli_catalog import CatalogOption, catalog_paths
from devicecat.cli_run import run_app
from devicecat.errors import QueryError

EPILOG: Final = "Exit: 0 ended by a signal; 1 the workers fail; 2 usage, bad data, or it cannot listen."


def serve(
    *,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Address to listen on; only this machine reaches the default. Example: --host 0.0.0.0",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0 takes a free one. Example: --port 8001")
    ] = 8000,
    workers: Annotated[
        int,
        typer.Option("--workers", metavar="N", min=1, max=64, help="Processes that answer. Example: --workers 4"),
    ] = 1,
    catalog: CatalogOption = None,
) -> None:
    """Answer over HTTP, and show the page, until Ctrl+C; SIGHUP takes a changed catalogue."""
    missing = [name for name in ("fastapi", "uvicorn", "jinja2") if find_spec(name) is None]
    if missing:
        msg = (
            f"the service needs {' and '.join(missing)}, which this Python does not have; "
            'install it with: pip install "devicecat[web]"'
        )
        raise QueryError(msg)
    from devicecat.web.keeper import Keeper
    from devicecat.web.server import serve as run

    keeper = Keeper(catalog_paths(catalog))
    raise typer.Exit(run(keeper, host=host, port=port, workers=workers))


def run() -> int:
    """Run ``devicecat serve`` by itself: a service that starts waits for no other command to be loaded.

    Returns:
        The exit code.
    """
    app = typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.command(epilog=EPILOG)(serve)
    return run_app(app, sys.argv[2:], "devicecat serve")
