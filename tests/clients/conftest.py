"""Real clients against a real server. ``--target=dovecot`` runs the same on Dovecot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.backends import backend_named, own_folder
from tests.clients.target import Backend, Target

USERS = [f"user{number}" for number in range(1, 33)]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--target",
        choices=("mailstore", "dovecot"),
        default="mailstore",
        help="the server that the clients talk to",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.clients)


@pytest.fixture(scope="session")
def target_name(request: pytest.FixtureRequest) -> str:
    # The option is not there when pytest starts above this folder.
    return str(request.config.getoption("target", "mailstore"))


@pytest.fixture(scope="module")
def workspace() -> Iterator[Path]:
    with own_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def backend(target_name: str, workspace: Path) -> Iterator[Backend]:
    """One server for a module."""
    server = backend_named(target_name, workspace, USERS)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def unused_targets(backend: Backend) -> Iterator[Target]:
    return iter(backend.targets())


@pytest.fixture
def target(unused_targets: Iterator[Target]) -> Target:
    """A user whose mailboxes no other test has seen."""
    return next(unused_targets)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where a client keeps its configuration and its mail."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder
