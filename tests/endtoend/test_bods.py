"""Card spend through ION: one BOD, once, read back from M3 or acknowledged by it."""

from connector.domain.numbers import document_number
from tests.endtoend.installation import Installation
from tests.endtoend.test_faults import settled

INFOR = """
route = "bod"
bod_logical_id = "lid://infor.ims.mlconnector"
bod_answers = "datalake"
bod_minutes = 0.05
"""


def sent(installation: Installation) -> dict[str, int]:
    """How often a BOD was sent for each document number."""
    times: dict[str, int] = {}
    for message in installation.sandbox.call("GET", "/infor/bods")["messages"]:
        number = message["document"].partition("<DocumentID><ID")[2].partition(">")[2][:22]
        times[number] = times.get(number, 0) + 1
    return times


def test_spend_goes_through_ion_once_while_answers_are_lost(installation):
    installation.everything(section=INFOR)
    installation.sandbox.fault("drop_after", operation="ims message", times=2, skip=2)
    installation.sandbox.fault("429", operation="ims message", times=1, skip=5, retry_after="1")
    ids = installation.spend(8, refunds=0.2)
    installation.release()
    settled(installation, "exported", 8)
    installation.assert_posted_once(ids)
    assert sent(installation) == {document_number(record_id): 1 for record_id in ids}


def test_without_a_right_to_the_api_m3s_answer_decides(installation):
    installation.sandbox.call("PATCH", "/settings", {"infor": {"allows_mi": False}})
    suppliers = '[mapping.suppliers]\n"{}" = "739999"\n'
    ids = installation.spend(6)
    records = {
        one: installation.sandbox.call("GET", f"/brex/records/{one}")["record"] for one in ids
    }
    blocked = records[ids[0]]["vendor"]["id"]
    section = INFOR + 'bod_reads = "none"\n'
    installation.everything(section=section, mapping=suppliers.format(blocked))
    refused = {one for one, record in records.items() if record["vendor"]["id"] == blocked}
    installation.release()
    settled(installation, "exported", 6 - len(refused))
    held = dict(installation.sql("SELECT record_id, reason FROM record WHERE status = 'held'"))
    assert held == dict.fromkeys(refused, "erp_refused")
    assert sent(installation) == {document_number(record_id): 1 for record_id in ids}
    installation.assert_exported_once([one for one in ids if one not in refused])
    ((message,),) = {
        tuple(row)
        for row in installation.sql("SELECT detail->>'message' FROM record WHERE status = 'held'")
    }
    assert "Supplier 739999 is not active" in message
