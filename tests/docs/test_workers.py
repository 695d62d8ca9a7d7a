"""`docs/workers.md` has every Celery setting with a reason, and no other."""

import re
from pathlib import Path

from connector.secret import Secret
from workers import configuration
from workers.queues import ALL

PAGE = (Path(__file__).parents[2] / "docs" / "workers.md").read_text(encoding="utf-8")
SETTINGS = configuration._settings(10.0)


def table_of(heading: str, page: str = PAGE) -> dict[str, str]:
    section = page.partition(heading)[2].partition("\n\n|")[2].partition("\n\n")[0]
    return dict(re.findall(r"^\|? ?`(\w+)` \| [^|]+ \| (.+) \|$", section, re.MULTILINE))


def test_every_setting_has_a_reason():
    assert list(table_of("\n## Settings")) == [
        name for name in SETTINGS if name != "broker_transport_options"
    ]


def test_every_option_of_the_transport_has_a_reason():
    assert list(table_of("`broker_transport_options`:")) == list(
        SETTINGS["broker_transport_options"]
    )


def test_every_queue_is_named():
    section = PAGE.partition("## Queues and tasks")[2].partition("## The pool")[0]
    assert all(f"`{queue}`" in section for queue in ALL)


def test_the_app_is_configured_by_these_settings():
    app = configuration.celery_app(Secret("redis://localhost/0"))
    assert {name: app.conf[name] for name in SETTINGS} == SETTINGS
