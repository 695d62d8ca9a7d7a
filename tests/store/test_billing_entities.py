"""The entity of an expense is kept for its connection, and never changed."""

from connector.domain.accounting import BillingEntity
from connector.store.billing_entities import PostgresEntities
from connector.store.roles import Role


def test_an_entity_is_kept_as_it_was_first(database_as, connections, connection_id):
    worker = database_as(Role.WORKER)
    acme = PostgresEntities(worker, connection_id)
    other = PostgresEntities(worker, connections.add("beta", "infor-m3", {}, {}))
    acme.keep({"e1": BillingEntity(("SE", "le_1")), "e2": BillingEntity(())})
    acme.keep({"e1": BillingEntity(("NO",))})
    acme.keep({})
    assert acme.known(["e1", "e2", "e3"]) == {
        "e1": BillingEntity(("SE", "le_1")),
        "e2": BillingEntity(()),
    }
    assert other.known(["e1"]) == {}
