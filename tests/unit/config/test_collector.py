from __future__ import annotations

import gc
from pathlib import Path

import pytest

from mailstore.config.collector import collector_paused
from mailstore.config.users import UsersFile


def test_the_collector_is_off_until_the_last_pause_ends() -> None:
    assert gc.isenabled()
    with collector_paused():
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_file_with_faults_leaves_the_collector_on(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="no such file"):
        UsersFile(tmp_path / "users.yaml", known_hash=bool).load()
    assert gc.isenabled()


def test_thousands_of_users_are_read_while_the_collector_rests(tmp_path: Path) -> None:
    path = tmp_path / "users.yaml"
    entries = (f"  user{n}:\n    password: {n}\n" for n in range(5_000))
    path.write_text("users:\n" + "".join(entries))
    states: set[bool] = set()

    def known(hashed: str) -> bool:
        states.add(gc.isenabled())
        return True

    users = UsersFile(path, known_hash=known).load()
    assert len(users) == 5_000
    assert users["user4321"].password == "4321"
    assert states == {False}
