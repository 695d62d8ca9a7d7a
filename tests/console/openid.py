"""Somebody who signs in at the console with the provider of the tests."""

import re
from dataclasses import replace

import pytest
import requests

ADDRESS = "https://desk.test"
PEOPLE = "SELECT name, role, password FROM person ORDER BY id"


@pytest.fixture
def settings(settings, provider):
    return replace(settings, console_url=ADDRESS, openid=provider.settings())


def there(one, page="/sign-in/openid"):
    """What the provider sends the browser back to."""
    sent = one.get(page)
    assert sent.status_code == 302, sent.text
    answer = requests.get(sent.location, allow_redirects=False, timeout=10)
    assert answer.headers["Location"].startswith(f"{ADDRESS}/sign-in/openid/callback?")
    return answer.headers["Location"].removeprefix(ADDRESS)


def sign_in(one):
    return one.get(there(one))


def told(answer):
    (found,) = re.findall(r'<p class="told error"[^>]*>([^<]+)</p>', answer.text)
    return found
