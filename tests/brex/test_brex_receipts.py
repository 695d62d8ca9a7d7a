"""Receipts of a record: ids that stay, and links that go nowhere but into memory."""

from connector.brex.client import BrexClient
from connector.brex.receipts import MOST_RECEIPTS, linked_receipts
from tests.brex.conftest import Budget, Sandbox

LINK = "https://bucket.s3.amazonaws.com/a.pdf?X-Amz-Signature=CANARY7f3a"


def test_links_stand_beside_the_record_and_not_in_what_is_stored_of_it(
    client: BrexClient, sandbox: Sandbox
) -> None:
    links = [LINK, f"{LINK}-2"]
    sandbox.records(
        "accr_1", receipts=[{"id": "receipt_1", "download_uris": links, "thumbnail": LINK}]
    )
    spend = client.records(["accr_1"])["accr_1"]
    (receipt,) = spend.receipts
    assert (receipt.id, [link.reveal() for link in receipt.links]) == ("receipt_1", links)
    assert spend.payload["receipts"] == [{"id": "receipt_1"}]
    assert client.read(spend.payload).receipt_ids == ("receipt_1",)
    assert "CANARY" not in repr(spend)


def test_nothing_about_a_receipt_makes_its_record_unreadable(
    client: BrexClient, sandbox: Sandbox
) -> None:
    odd = [
        *(None, "receipt_1", {}, {"id": 5}, {"id": "../etc/passwd"}, {"id": ""}, []),
        {"id": "receipt_2", "download_uris": None},
        {"id": "receipt_3", "download_uris": [LINK, None, 7]},
        {"id": "receipt_3", "download_uris": []},
        {"id": "receipt_4"},
    ]
    sandbox.records("accr_1", receipts=odd)
    sandbox.records("accr_2", receipts={"id": "receipt_1", "download_uris": [LINK]})
    found = client.records(["accr_1", "accr_2"])
    first, second = found["accr_1"], found["accr_2"]
    assert [(one.id, len(one.links)) for one in first.receipts] == [
        ("receipt_2", 0),
        ("receipt_3", 1),
        ("receipt_4", 0),
    ]
    assert client.read(first.payload).receipt_ids == ("receipt_2", "receipt_3", "receipt_4")
    assert (client.read(second.payload).receipt_ids, second.payload["receipts"]) == ((), [])


def test_a_record_has_so_many_receipts_at_most() -> None:
    many = [{"id": f"receipt_{n}", "download_uris": [LINK] * 30} for n in range(101)]
    receipts = linked_receipts({"receipts": many})
    assert len(receipts) == MOST_RECEIPTS
    assert {len(one.links) for one in receipts} == {20}


def test_what_has_time_is_asked_for_from_the_backgrounds_budget(
    client: BrexClient, sandbox: Sandbox, budget: Budget
) -> None:
    sandbox.records("accr_1")
    client.records(["accr_1", "accr_absent"], background=True)
    assert budget.background == [True, True]
