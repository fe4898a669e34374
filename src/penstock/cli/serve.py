"""``penstock serve``: the feature server."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from penstock.cli.console import ERR


def serve(
    store: Annotated[
        Path, Parameter(help="A penstock.toml, or a directory with or without one.")
    ] = Path(),
    *,
    host: Annotated[
        str | None, Parameter(help="The address to listen on; loopback by default.")
    ] = None,
    port: Annotated[
        int | None, Parameter(help="The port; 6566 by default, 0 for a free one.")
    ] = None,
    workers: Annotated[int | None, Parameter(help="Processes that share the port.")] = None,
    keys: Annotated[
        bool | None, Parameter(help="Whether requests need an API key; beyond loopback they must.")
    ] = None,
) -> int:
    """Serve the latest values, point-in-time reads, pushes and subscriptions over HTTP.

    Options stand in place of what the file says under [serve]. All routes are documented at /schema/openapi.json.

    Example: penstock serve --port 6566
    """
    from penstock.serve import run
    from penstock.store.config import read_config

    config = read_config(store)
    given = {"host": host, "port": port, "workers": workers, "keys": keys}
    chosen = {name: value for name, value in given.items() if value is not None}
    settings = msgspec.structs.replace(config.serve, **chosen)
    config = replace(config, serve=settings)
    run.serve(
        config, started=lambda at: ERR.print(f"serving {config.path} at {at}", soft_wrap=True)
    )
    return 0
