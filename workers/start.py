"""Starts a worker: `python -m workers.start --queues fetch,map`.

Celery's own command line loads all its commands and every plugin that is installed, 15 MB that a
worker would keep for as long as it runs.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from celery import Celery
from celery.concurrency import get_implementation
from celery.utils.nodenames import default_nodename, host_format


def main() -> None:
    """Run until told to stop; the exit status is Celery's."""
    parser = argparse.ArgumentParser(prog="workers.start", description="A worker of ml-connector.")
    parser.add_argument("--app", default="workers.main:app", help="the Celery app, module:name")
    parser.add_argument("--queues", required=True, help="comma-separated")
    parser.add_argument("--concurrency", type=int, required=True)
    parser.add_argument("--pool", default="threads")
    parser.add_argument("--hostname", default="worker@%h", help="its name; %%h is the host's")
    parser.add_argument("--task-events", action="store_true", help="let Flower see the tasks")
    options = parser.parse_args()
    worker = _app(options.app).Worker(
        hostname=host_format(default_nodename(options.hostname)),
        pool_cls=get_implementation(options.pool),
        concurrency=options.concurrency,
        queues=options.queues,
        task_events=options.task_events,
        loglevel="INFO",
        quiet=True,
        without_mingle=True,
        without_gossip=True,
    )
    worker.start()
    sys.exit(worker.exitcode)


def _app(path: str) -> Celery:
    module, _, name = path.partition(":")
    app: Celery = getattr(import_module(module), name)
    return app


if __name__ == "__main__":
    main()
