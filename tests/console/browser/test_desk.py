"""The desk in a real browser: people sign in, work the queue, and get in each other's way."""

import re

import pytest
from playwright.sync_api import expect

from connector.domain.people import PersonRole
from connector.domain.reasons import Reason
from connector.store.errands import PostgresErrands
from tests.console.browser.conftest import PHONE
from tests.console.conftest import HASH, PASSWORD


def statuses(sql):
    return dict(sql("SELECT status, count(*)::int FROM record GROUP BY 1"))


def sign_in(page, password=PASSWORD):
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def tab_to(wanted):
    """Go on by the Tab key, not far, until it has the focus."""
    for _ in range(8):
        wanted.page.keyboard.press("Tab")
        if wanted.evaluate("it => it === document.activeElement"):
            return
    pytest.fail(f"the Tab key did not come to {wanted}")


def test_whoever_signs_in_comes_to_the_page_that_was_asked_for(new_page, people):
    people.add("anna", PersonRole.OPERATOR, HASH)
    page = new_page()
    page.goto("/held?order=largest")
    sign_in(page, "something else")
    expect(page.get_by_role("alert")).to_contain_text("Name or password is wrong")
    sign_in(page)
    expect(page.get_by_role("heading", name="Held records")).to_be_visible()
    assert page.url.endswith("/held?order=largest")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_three_mends_bring_a_queue_of_300_down_to_none(at_page, hold, register, worker, sql):
    hold(120)
    hold(100, Reason.VALUE_UNMAPPED, "GL_ACCOUNT", "efo_1", prefix="b_")
    hold(50, Reason.PERIOD_CLOSED, "erp_posting_date", "2026-09-30", prefix="c_")
    hold(30, Reason.PERIOD_CLOSED, "erp_posting_date", "2026-10-31", prefix="d_")
    page = at_page("operator", "anna")
    page.goto("/")
    page.get_by_role("link", name=re.compile("supplier of pmch_1 Taxi")).click()
    page.get_by_label("Number or name in the ERP").fill("taxi")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Taxi Stockholm AB").check()
    page.get_by_role("button", name="Mend and release").click()
    expect(page.get_by_text("120 records released: they go on.")).to_be_visible()

    page.get_by_role("link", name=re.compile("value of GL_ACCOUNT efo_1")).click()
    page.get_by_role("textbox", name="The ERP's number").fill("7500")
    page.get_by_role("button", name="Mend and release").click()
    expect(page.get_by_text("100 records released: they go on.")).to_be_visible()

    page.get_by_role("link", name=re.compile("closed period 2026-09")).click()
    page.get_by_label("all of closed periods").check()
    page.get_by_role("button", name="Mend and release").click()
    expect(page.get_by_text("80 records released: they go on.")).to_be_visible()
    page.goto("/held")
    expect(page.get_by_text("Nothing is held.")).to_be_visible()
    assert statuses(sql) == {"received": 300}
    released = (
        "SELECT actor, count(*)::int FROM record_history WHERE from_status = 'held' GROUP BY 1"
    )
    assert sql(released) == [("console:anna", 300)]


@pytest.mark.parametrize(
    "address", ["/held", "/held?CAUSE", "/records/1", "/suppliers/acme/pmch_1"]
)
def test_a_viewer_sees_no_button_but_the_one_to_leave(at_page, hold, register, sql, address):
    hold(2)
    sql("INSERT INTO merchant (connection_id, merchant_id, name) VALUES (1, 'pmch_1', 'Taxi')")
    cause = "connection=acme&reason=supplier_unknown&field=vendor&value=pmch_1+Taxi"
    page = at_page("viewer")
    page.goto(address.replace("CAUSE", cause))
    expect(page.get_by_role("button")).to_have_text(["Sign out"])


def test_a_viewer_who_sends_a_form_all_the_same_is_refused(at_page, hold, sql):
    hold(2)
    page = at_page("viewer")
    page.goto("/held")
    page.evaluate(
        """() => {
            const form = document.querySelector("form.who");
            form.action = "/held";
            for (const [name, value] of [["scope", "all"], ["action", "retry"]]) {
                form.append(Object.assign(document.createElement("input"), {name, value}));
            }
        }"""
    )
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Forbidden")).to_be_visible()
    expect(page.get_by_text("your role is viewer")).to_be_visible()
    assert statuses(sql) == {"held": 2}


def test_a_form_with_the_token_of_somebody_else_is_refused(at_page, hold, sql):
    hold(2)
    anna, ben = at_page("operator", "anna"), at_page("operator", "ben")
    for page in (anna, ben):
        page.goto("/records/1")
    token = "form.row [name=csrf_token]"
    anna.eval_on_selector(token, "(its, of) => its.value = of", ben.input_value(token))
    anna.get_by_role("button", name="Release", exact=True).click()
    expect(anna.get_by_role("heading", name="Bad Request")).to_be_visible()
    expect(anna.get_by_text("Nothing was changed.")).to_be_visible()
    assert statuses(sql) == {"held": 2}


def test_a_session_that_ended_leads_to_signing_in_and_changes_nothing(at_page, hold, sql):
    hold(2)
    page = at_page("operator", "anna")
    page.goto("/held")
    sql("UPDATE person_session SET seen_at = now() - interval '31 minutes'")
    page.get_by_label("Search").press_sequentially("taxi")  # a part of the page is asked for
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page)
    page.goto("/records/1")
    sql("UPDATE person_session SET began_at = now() - interval '13 hours'")
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert statuses(sql) == {"held": 2}


def test_of_two_people_at_one_record_the_second_sees_what_the_first_did(at_page, hold, sql):
    hold(1)
    anna, ben = at_page("operator", "anna"), at_page("operator", "ben")
    for page in (anna, ben):
        page.goto("/records/1")
    anna.get_by_role("button", name="Release", exact=True).click()
    expect(anna.get_by_text("1 record released: it goes on.")).to_be_visible()
    # a worker held it again meanwhile: it is another decision now
    sql("UPDATE record SET status = 'held', reason = 'unbalanced', due_at = NULL")
    ben.get_by_label("Message, for skip and return").fill("booked by hand")
    ben.get_by_role("button", name="Skip").click()
    expect(
        ben.get_by_text(re.compile(r"accr_1: anna acted at .*Nothing was done twice"))
    ).to_be_visible()
    expect(ben.get_by_role("cell", name="console:anna")).to_be_visible()
    assert statuses(sql) == {"held": 1}
    assert sql("SELECT actor, to_status FROM record_history WHERE from_status = 'held'") == [
        ("console:anna", "received")
    ]


def test_a_record_is_found_selected_and_released_by_keyboard_alone(at_page, hold, sql):
    hold(2)
    hold(1, prefix="b_", merchant="Kaffe")
    page = at_page("operator", "anna")
    page.goto("/held")
    page.keyboard.press("/")
    page.keyboard.type("kaffe")
    expect(page.get_by_role("heading", name=re.compile("^1 record$"))).to_be_visible()
    tab_to(page.get_by_role("link", name=re.compile("supplier of pmch_1")))
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_label("Select b_1")).to_be_checked()
    expect(page.locator("[data-selected]")).to_have_text("1")
    tab_to(page.get_by_role("button", name="Release", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 record released: it goes on.")).to_be_visible()
    assert sql("SELECT record_id FROM record WHERE status = 'received'") == [("b_1",)]


def test_a_record_is_ticked_and_released_on_a_phone(at_page, hold, sql):
    hold(2)
    page = at_page("operator", viewport=PHONE, has_touch=True)
    page.goto("/held")
    assert page.get_by_label("Select accr_2").bounding_box()["width"] > 15
    page.get_by_label("Select accr_2").tap()
    page.get_by_role("button", name="Release", exact=True).tap()
    expect(page.get_by_text("1 record released: it goes on.")).to_be_visible()
    assert sql("SELECT record_id FROM record WHERE status = 'received'") == [("accr_2",)]


def test_a_reconciliation_is_asked_for_by_a_click_and_its_end_comes_by_itself(
    at_page, connection_id, database
):
    page = at_page("operator", "anna")
    page.goto("/reconciliation")
    page.get_by_role("button", name="Reconcile now").click()
    expect(page.get_by_text("a worker is at it")).to_be_visible()
    errands = PostgresErrands(database)
    (number,) = errands.claim()
    errands.finish(number, {"done": False, "told": "Brex does not answer"})
    expect(page.get_by_text("was not done: Brex does not answer")).to_be_visible()
