"""The app for Celery's command line: `celery --app workers.main:app worker`."""

from __future__ import annotations

import os

from connector import log
from connector.settings import Settings
from workers import memory
from workers.app import create_app

memory.keep_small()
log.configure()
app = create_app(Settings.from_environment(os.environ))
memory.leave_loaded_alone()
