"""What tests of posting share: an ERP in memory, and workers that post into it."""

from dataclasses import replace

import pytest

from connector.domain.records import Step
from connector.ports import Fetched
from connector.store.refused_days import PostgresRefusedDays
from connector.store.roles import Role
from connector.usecases.post_documents import PostDocuments
from tests.store_fixtures import invoice
from tests.usecases.memory_erp import MemoryErp


@pytest.fixture
def erp():
    return MemoryErp()


@pytest.fixture
def refused_days(database_as, connection_id):
    return PostgresRefusedDays(database_as(Role.WORKER), connection_id)


@pytest.fixture
def post(erp, journal, records):
    def run(row, *, erp=erp, mark_exported=True, refused_days=None, **more):
        use_case = PostDocuments(
            erp=erp,
            journal=journal,
            records=records,
            mark_exported=mark_exported,
            lease_s=60.0,
            refused_days=refused_days,
            **more,
        )
        return use_case.run([row])

    return run


@pytest.fixture
def again(lease, sql, post):
    """Another worker takes the record up, now."""

    def run(**more):
        sql("UPDATE record SET due_at = now(), lease_until = NULL WHERE due_at IS NOT NULL")
        (row,) = lease(Step.POST, "accr_1")
        return post(row, **more)

    return run


@pytest.fixture
def from_the_start(lease, records, sql):
    """A held record, retried, fetched and mapped anew."""

    def bring_again(document=None, **changes):
        sql("UPDATE record SET status = 'received', reason = NULL, due_at = now()")
        (row,) = lease(Step.FETCH, "accr_1")
        records.fetched([Fetched(row, {}, 1)])
        (row,) = lease(Step.MAP, "accr_1")
        records.mapped([(row, [replace(document or invoice("accr_1"), **changes)])], 1)
        (row,) = lease(Step.POST, "accr_1")
        return row

    return bring_again
