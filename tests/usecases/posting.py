"""What tests of posting ask of a record, and of the ERP in memory."""

from collections import Counter
from datetime import UTC, datetime

from connector.ports import Delivery, Disposition


def status(sql):
    ((status, reason),) = sql("SELECT status, reason FROM record WHERE record_id = 'accr_1'")
    return status if reason is None else f"{status}: {reason}"


def announce(intake, record_id):
    delivery = Delivery(
        intake.endpoint("acme").connection_id,
        f"msg_{record_id}",
        "ACCOUNTING_RECORD_READY_FOR_EXPORT",
        b"x" * 32,
        (record_id,),
        Disposition.ACCEPTED,
        datetime.now(UTC),
    )
    intake.accept([delivery])


def the_one_invoice(erp):
    (invoice,) = erp.posted()
    assert Counter(invoice.lines) == Counter(["10.00", "20.00"])
    return invoice
