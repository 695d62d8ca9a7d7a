"""`python -m sandbox`: the simulated peers on one port, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import tomllib
from pathlib import Path
from typing import Any

import click

from sandbox.app import create_app
from sandbox.server import Server
from sandbox.settings import Settings
from sandbox.world import World

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, show_default=True, help="0 picks a free one.")
@click.option("--ready-file", type=click.Path(path_type=Path), help="Written when it answers.")
@click.option("--config", type=_FILE, help="Settings that differ from default.toml.")
@click.option("--faults", type=_FILE, help="TOML with [[faults]] rules.")
@click.option("--seed", default=0, show_default=True)
def main(  # noqa: PLR0917  click passes them by name
    host: str,
    port: int,
    ready_file: Path | None,
    config: Path | None,
    faults: Path | None,
    seed: int,
) -> None:
    """Simulated Brex, Infor ION/M3 and IFS Cloud over HTTP."""
    try:
        world = World(Settings.from_file(config), seed)
        for rule in tomllib.loads(faults.read_text("utf-8")).get("faults", []) if faults else []:
            world.faults.add(rule)
    except (ValueError, TypeError) as error:
        raise click.UsageError(str(error)) from error
    server = Server(host, port, create_app(world))
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    if ready_file:
        _announce(ready_file, {"port": server.port, "pid": os.getpid(), "url": _url(server)})
    server.serve_forever()


def _url(server: Server) -> str:
    host = "127.0.0.1" if server.host in ("", "0.0.0.0") else server.host  # noqa: S104
    return f"http://{host}:{server.port}"


def _announce(path: Path, facts: dict[str, Any]) -> None:
    """Writes the file whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(facts), "utf-8")
    draft.replace(path)


def _stop(_signum: int, _frame: object) -> None:
    """At once: nothing here outlives the process, and open connections may be idle for ever."""
    os._exit(0)


if __name__ == "__main__":
    main()
