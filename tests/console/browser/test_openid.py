"""Signing in with an OpenID provider in a real browser, from one site to another and back."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.console.browser.test_pages import faults


@pytest.fixture(scope="module")
def shared_settings(shared_settings, shared_provider):
    shared_provider.begin_again()
    return replace(shared_settings, openid=shared_provider.settings())


def test_somebody_signs_in_with_the_provider_and_out_of_both(new_page, provider):
    page = new_page()
    page.goto("/held?order=largest")
    assert list(faults(page)) == []
    page.get_by_role("link", name="Sign in with localhost").click()
    expect(page.get_by_role("heading", name="Held records")).to_be_visible()
    assert page.url.endswith("/held?order=largest")
    expect(page.get_by_text("anna operator")).to_be_visible()
    assert provider.asked.count("/token") == 1

    provider.asked.clear()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "/end" in provider.asked

    provider.claims["groups"] = []
    page.get_by_role("link", name="Sign in with localhost").click()
    expect(page.get_by_role("alert")).to_contain_text("You are not signed in.")
    assert list(faults(page)) == []
