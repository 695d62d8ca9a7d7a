"""Where a demo lives: a temporary home, free ports, and a connection file for each sandbox."""

from __future__ import annotations

import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from connector.cli.demo.erps import DemoErp
from connector.cli.demo.peers import Peers
from connector.embedded.private import write_private
from connector.settings import Settings

#: Below the ports that systems hand out by themselves: nobody is given ours before we take it.
_PORTS = range(15_000, 32_000)

_TOML = """\
name = "{name}"
erp = "{erp}"

[brex]
base_url = "{url}"
token = "bxt_sandbox"
webhook_secrets = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"]
company_id = "cuacc_sandbox"
{section}
[mapping]
gl_account = "GL_ACCOUNT"
supplier_fallback = "BREX"
time_zone = "Europe/Stockholm"

[mapping.dimensions]
{dimension} = "COST_CENTER"

[mapping.suppliers]
pmch_scandic = "732002"

[mapping.offset_accounts]
card_liability = "2441"
ap_clearing = "2442"
reimbursements_payable = "2890"
money_in_transit = "1680"
cash = "1930"
rewards = "3990"

[mapping.types]
{types}
"""


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A folder that is gone at the end, with all that is in it."""
    home = Path(tempfile.mkdtemp(prefix="ml-connector-demo-"))
    try:
        home.chmod(0o711)  # the database server of root is another account, and passes through
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def settings_in(home: Path, servers: Mapping[str, str]) -> Settings:
    """Settings of a demo alone, on free ports; `servers` are variables that name its servers."""
    binds = (f"ML_CONNECTOR_{name}_BIND" for name in ("GATEWAY", "CONSOLE", "FLOWER"))
    return Settings.from_environment(
        {
            "ML_CONNECTOR_HOME": str(home),
            "ML_CONNECTOR_ALLOW_HTTP": "1",
            **{name: f"127.0.0.1:{_quiet_port()}" for name in binds},
            **servers,
        }
    )


def write_connection(home: Path, peers: Peers, erp: DemoErp) -> Path:
    """The connection file of an ERP and its Brex account, with the files that it refers to."""
    file = home / f"{erp.connection}.toml"
    text = _TOML.format(
        name=erp.connection,
        erp=erp.erp,
        url=peers.url,
        section=erp.section(home, peers),
        dimension=erp.dimension,
        types="\n".join(f'{name} = "{policy}"' for name, policy in erp.policies.items()),
    )
    write_private(file, text)
    return file


def _quiet_port() -> int:
    """A port of the loopback interface that nobody uses, and nobody is given by chance."""
    while True:
        port = secrets.choice(_PORTS)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
