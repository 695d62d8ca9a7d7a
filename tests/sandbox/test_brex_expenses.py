"""Expenses: the legal entities of those that records come from."""


def test_an_expense_is_shown_as_it_was_made(sandbox, brex):
    sandbox.control("POST", "brex/expenses", {"id": "expense_1", "billing_entity_id": "le_1"})
    shown = brex.call("GET", "/v1/expenses/expense_1").json()
    assert (shown["id"], shown["billing_entity_id"]) == ("expense_1", "le_1")
    assert shown["integration_billing_entity_id"] is None
    assert brex.call("GET", "/v1/expenses/expense_2").status_code == 404
    assert [one["id"] for one in brex.call("GET", "/v1/expenses?limit=1").json()["items"]] == [
        "expense_1"
    ]
    assert brex.call("GET", "/v1/expenses?limit=101").status_code == 400


def test_generated_records_with_entities_have_expenses_that_name_them(sandbox, brex):
    sandbox.control("POST", "brex/generate", {"count": 3, "seed": 1, "entities": True})
    items = brex.call("GET", "/v1/expenses").json()["items"]
    assert len(items) == 3
    assert {one["integration_billing_entity_id"] for one in items} <= {"AAA", "BBB"}


def test_without_the_scope_expenses_are_refused(sandbox, brex):
    sandbox.settings("brex", expenses_scope=False)
    assert brex.call("GET", "/v1/expenses").status_code == 403
    assert brex.call("GET", "/v1/expenses/expense_1").status_code == 403
