"""A process of many threads that all call one peer with one token: `python -m tests.chaos.stampede`.

Arguments: threads, seconds and, in place of Brex, the ERP.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from connector import log
from connector.bootstrap import Application
from connector.errors import RetryLaterError
from connector.settings import Settings
from tests.chaos import without
from tests.endtoend.installation import NAME


def main(threads: int, seconds: float, peer: str = "brex") -> None:
    log.configure()
    without.install()
    application = Application(Settings.from_environment(os.environ), actor="stampede")
    until = time.monotonic() + seconds

    def call(_: int) -> None:
        while time.monotonic() < until:
            wired = application.wired(NAME)
            wired.tokens[peer].get()
            with suppress(RetryLaterError):  # over the budget, mostly; the sandbox counts 401
                wired.source.probe() if peer == "brex" else wired.erp.probe()

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(call, n) for n in range(threads)]:
            done.result()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:])
