"""One server for each module of attacks, looked at after every one of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adversary.fort import Fort


@pytest.fixture(scope="module")
def standing() -> Iterator[Fort]:
    with Fort() as fort:
        yield fort


@pytest.fixture
def fort(standing: Fort) -> Iterator[Fort]:
    """A server with the usual limits and the users alice and bob; unharmed afterwards."""
    yield standing
    standing.unharmed()
