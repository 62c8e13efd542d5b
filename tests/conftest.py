"""Fixtures for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A running server with the users alice and bob, for one module."""
    with Server() as running:
        yield running
