"""The entity of an expense is kept for its connection, as Brex said last."""

from connector.domain.accounting import BillingEntity
from connector.store.billing_entities import PostgresEntities
from connector.store.roles import Role


def test_an_entity_is_kept_for_its_connection(database_as, connections, connection_id):
    worker = database_as(Role.WORKER)
    acme = PostgresEntities(worker, connection_id)
    other = PostgresEntities(worker, connections.add("beta", "infor-m3", {}, {}))
    acme.keep({"e1": BillingEntity(("SE", "le_1")), "e2": BillingEntity(())})
    acme.keep({})
    assert acme.known(["e1", "e2", "e3"]) == {
        "e1": BillingEntity(("SE", "le_1")),
        "e2": BillingEntity(()),
    }
    assert other.known(["e1"]) == {}


def test_an_entity_that_is_asked_for_again_is_as_it_is_then(database_as, connection_id, sql):
    acme = PostgresEntities(database_as(Role.WORKER), connection_id)
    acme.keep({"e1": BillingEntity(("SE",))})
    sql("UPDATE billing_entity SET asked_at = now() - interval '2 hours'")
    assert acme.known(["e1"], within_s=3600) == {}
    assert acme.known(["e1"]) == {"e1": BillingEntity(("SE",))}
    acme.keep({"e1": BillingEntity(("NO",))})
    assert acme.known(["e1"], within_s=3600) == {"e1": BillingEntity(("NO",))}
