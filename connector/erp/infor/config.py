"""The `[infor]` section of a connection, read into one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connector.domain.posting import Confirm
from connector.erp.section import SectionReader
from connector.errors import ConfigurationError
from connector.secret import Secret

#: The name under which the whole content of the .ionapi file is stored.
IONAPI_SECRET = "infor.ionapi"  # noqa: S105 - the name of a secret, not one

REQUESTS_PER_MINUTE = 1000

#: Every key of the section.
SETTINGS = frozenset(
    {
        "ionapi",
        "cono",
        "divi",
        "invoice_program",
        "route",
        "confirm",
        "grant",
        "settling_seconds",
        "timeout_seconds",
        "requests_per_minute",
        "bulk_size",
        "exchange_rate_type",
        "bod_logical_id",
        "bod_reads",
        "bod_answers",
        "bod_minutes",
        "journal_interface",
        "journal_record",
        "journal_info",
        "journal_reversal_info",
        "journal_reads",
    }
)


class InvoiceProgram(StrEnum):
    """The MI program that takes supplier invoices."""

    #: Invoice batches: built without ledger effect, then validated by `APS455MI`.
    APS450MI = "APS450MI"
    #: Not in any published tenant; each `AddHead` has ledger effect at once.
    APS100MI = "APS100MI"


class JournalReads(StrEnum):
    """How batches of GLS840 and vouchers are read."""

    #: From M3's tables: everything can be compared, also before it is posted.
    EXPORTMI = "EXPORTMI"
    #: Vouchers alone, by `LstVouchersByDt`: for service users that may not read tables.
    GLS200MI = "GLS200MI"


@dataclass(frozen=True, slots=True)
class JournalConfig:
    """How entries of the general ledger are written; without an interface there are none.

    `record` is INRI of its lines, as the interface's template has it; `info` the number of the GL
    information (EXN1) that takes Brex's id, and `reversal_info` of the one (EXN2) that takes our
    number of the entry that is reversed, none where it is blank.
    """

    interface: str = ""
    record: str = "I1"
    info: str = ""
    reversal_info: str = ""
    rate_type: str = "1"
    reads: JournalReads = JournalReads.EXPORTMI


class Route(StrEnum):
    """How supplier invoices get into M3."""

    #: Its MI programs, through m3api-rest.
    M3API = "m3api"
    #: `Process.SupplierInvoice` through ION.
    BOD = "bod"


class BodReads(StrEnum):
    """Whether what ION has carried to M3 can be read back."""

    #: By `APS450MI`: an invoice counts as posted when its batch was read and agrees.
    API = "api"
    #: Not at all: it counts as posted when M3's answer says that it was accepted.
    NONE = "none"


class BodAnswers(StrEnum):
    """Where M3's answers (`Acknowledge.SupplierInvoice`) are."""

    #: They are not looked for: a rejection is not known.
    NONE = "none"
    #: A document flow carries them into the Data Lake.
    DATALAKE = "datalake"


@dataclass(frozen=True, slots=True)
class BodConfig:
    """The connection point in ION, and how long an invoice may take to M3."""

    logical_id: str = ""
    reads: BodReads = BodReads.API
    answers: BodAnswers = BodAnswers.NONE
    wait_s: float = 1800.0


class Grant(StrEnum):
    """How the service account asks for a token; chosen on the authorised app in ION API."""

    #: `saak` and `sask` as user name and password.
    PASSWORD = "password"  # noqa: S105 - the name of a grant
    #: `ci` and `cs` alone.
    CLIENT_CREDENTIALS = "client_credentials"


@dataclass(frozen=True, slots=True)
class InforConfig:
    """How one connection uses M3. A blank `divi` is the company level (central user).

    `timeout_s` is a little above the 60 s after which ION API itself gives up, with a 504.
    """

    ionapi: Secret
    cono: int
    divi: str = ""
    invoice_program: InvoiceProgram = InvoiceProgram.APS450MI
    confirm: Confirm = Confirm.VALIDATED
    grant: Grant = Grant.PASSWORD
    settle_s: float = 90.0
    timeout_s: float = 70.0
    requests_per_minute: int = REQUESTS_PER_MINUTE
    bulk_size: int = 100
    rate_type: str = "1"
    journal: JournalConfig = JournalConfig()
    route: Route = Route.M3API
    bod: BodConfig = BodConfig()


def read_config(section: Mapping[str, Any], secrets: Mapping[str, Secret]) -> InforConfig:
    """The section with its secrets; raises ConfigurationError naming everything that is wrong."""
    reader = SectionReader("infor", section)
    ionapi = secrets.get(IONAPI_SECRET)
    if ionapi is None or not ionapi.reveal().strip():
        reader.fault("ionapi", 'is missing; write "file:…" with the .ionapi file of the app')
    divi = section.get("divi", "")
    if not isinstance(divi, str) or len(divi) > 3:  # noqa: PLR2004 - DIVI is A3
        reader.fault("divi", f"is {divi!r}; write a division of up to 3 characters")
    route = reader.choice("route", Route.M3API)
    bod = _read_bod(reader, route)
    rate_type = reader.text("exchange_rate_type", "1", 2, digits=True)
    journal = JournalConfig(
        interface=reader.text("journal_interface", "", 15),
        record=reader.text("journal_record", "I1", 2),
        info=reader.text("journal_info", "", 3, digits=True),
        reversal_info=reader.text("journal_reversal_info", "", 3, digits=True),
        rate_type=rate_type,
        reads=reader.choice("journal_reads", JournalReads.EXPORTMI),
    )
    config = InforConfig(
        ionapi=ionapi or Secret(""),
        cono=reader.number("cono", None, 1, 999),
        divi=str(divi),
        invoice_program=reader.choice("invoice_program", InvoiceProgram.APS450MI),
        confirm=reader.choice("confirm", Confirm.VALIDATED),
        grant=reader.choice("grant", Grant.PASSWORD),
        settle_s=reader.seconds("settling_seconds", 90, 0, 86400),
        timeout_s=reader.seconds("timeout_seconds", 70, 1, 300),
        requests_per_minute=reader.number("requests_per_minute", REQUESTS_PER_MINUTE, 1, 100_000),
        bulk_size=reader.number("bulk_size", 100, 1, 500),
        rate_type=rate_type,
        journal=journal,
        route=route,
        bod=bod,
    )
    if (bod.reads, config.confirm) == (BodReads.NONE, Confirm.LEDGER):
        reader.fault("confirm", 'is "ledger", which needs bod_reads "api"')
    if journal.interface and (config.confirm, journal.reads) == (
        Confirm.WRITTEN,
        JournalReads.GLS200MI,
    ):
        what = 'is "written": batches of GLS840 can then only be read with journal_reads "EXPORTMI"'
        reader.fault("confirm", what)
    reader.close(SETTINGS)
    if reader.faults:
        raise ConfigurationError("connection", reader.faults)
    return config


def _read_bod(reader: SectionReader, route: Route) -> BodConfig:
    bod = BodConfig(
        logical_id=reader.text("bod_logical_id", "", 120),
        reads=reader.choice("bod_reads", BodReads.API),
        answers=reader.choice("bod_answers", BodAnswers.NONE),
        wait_s=60 * reader.seconds("bod_minutes", 30, 0.01, 1440),
    )
    if route is Route.BOD and not bod.logical_id.startswith("lid://"):
        reader.fault("bod_logical_id", 'is missing; write that of the connection point, "lid://…"')
    if route is Route.BOD and (bod.reads, bod.answers) == (BodReads.NONE, BodAnswers.NONE):
        reader.fault("bod_answers", 'is "none": nothing would say what became of an invoice')
    return bod
