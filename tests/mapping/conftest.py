import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from connector.brex.schemas import read_record
from connector.domain.accounting import AccountingRecord

SAMPLES = Path(__file__).parents[1] / "samples" / "brex"


@pytest.fixture
def sample() -> Callable[[str], AccountingRecord]:
    """A sample by its name, read from what Brex sends."""
    return lambda name: read_record(
        json.loads((SAMPLES / f"{name}.json").read_text(), parse_float=Decimal)
    )
