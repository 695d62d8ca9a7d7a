"""A worker that is killed right after the journal has noted the outcome of one kind of write.

`KILLED_AFTER` names the step (`head`, `line`, `commit`).
"""

import os
import signal

from connector.store.journal import PostgresJournal

_settle = PostgresJournal.settle


def settle(self, writes):
    _settle(self, writes)
    if any(write.step.value == os.environ["KILLED_AFTER"] for write in writes):
        os.kill(os.getpid(), signal.SIGKILL)


PostgresJournal.settle = settle

from workers.main import app  # noqa: E402, F401 - Celery finds it here
