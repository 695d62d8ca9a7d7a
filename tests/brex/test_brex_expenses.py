"""The legal entity of an expense, as Brex has it."""

import pytest

from connector.domain.accounting import BillingEntity
from connector.errors import RetryLaterError


@pytest.mark.parametrize(
    ("expense", "ids"),
    [
        ({"integration_billing_entity_id": "SE", "billing_entity_id": "le_1"}, ("SE", "le_1")),
        ({"billing_entity_id": "le_1"}, ("le_1",)),
        ({}, ()),
        ({"integration_billing_entity_id": "", "billing_entity_id": 5}, ()),
    ],
)
def test_the_entitys_id_in_accounting_comes_before_brexs(client, sandbox, expense, ids):
    sandbox.control("POST", "brex/expenses", {"id": "expense_1", **expense})
    assert client.billing_entity("expense_1") == BillingEntity(ids)
    assert sandbox.calls()["operations"] == {"GET /v1/expenses/<expense_id>": 1}


def test_an_expense_that_brex_does_not_know_has_no_entity(client, sandbox):
    assert client.billing_entity("expense_2") is None
    assert client.billing_entity("../records") is None
    assert sandbox.calls()["operations"] == {"GET /v1/expenses/<expense_id>": 1}


def test_without_the_scope_nothing_is_known_and_it_is_asked_again_later(client, sandbox):
    client.check_expenses()
    sandbox.control("PATCH", "settings", {"brex": {"expenses_scope": False}})
    try:
        for ask in (client.check_expenses, lambda: client.billing_entity("expense_1")):
            with pytest.raises(RetryLaterError, match="answered 403"):
                ask()
    finally:
        sandbox.control("PATCH", "settings", {"brex": {"expenses_scope": True}})


def test_an_answer_about_another_expense_is_none(client, sandbox):
    sandbox.control("POST", "brex/expenses", {"id": "expense_1"})
    sandbox.fault("rewrite", find="expense_1", replacement="expense_9")
    with pytest.raises(RetryLaterError, match="another expense"):
        client.billing_entity("expense_1")
