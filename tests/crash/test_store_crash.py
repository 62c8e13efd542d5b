"""Whatever moment a process is killed at, acknowledged mail is there once, under its UID."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
from functools import partial
from pathlib import Path

import pytest

from mailstore.model.flags import SEEN
from mailstore.store.check import check_user
from mailstore.store.index.database import Database
from mailstore.store.maildir import uidlist
from mailstore.store.opening import open_user
from tests.crash.scenario import Journal, act, markers, new, nth_step, prepare, run, verify


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "template"
    prepare(path)
    return path


def copy_of(template: Path, number: int) -> Path:
    root = template.with_name(f"run{number}")
    shutil.copytree(template, root, symlinks=True)
    return root


def test_a_kill_after_any_durable_step_loses_nothing(template: Path) -> None:
    number = 0
    while True:
        number += 1
        root = copy_of(template, number)
        ended = run(partial(act, root), nth_step(number))
        verify(root, ended.lines)
        shutil.rmtree(root)
        if not ended.killed:
            break
    assert ended.lines[-1] == "end"
    assert number > 50, "the hook was hardly ever called"


def test_a_kill_at_any_statement_of_the_index_loses_nothing(template: Path) -> None:
    # Between two statements nothing is durable, but locks are held and rows half written.
    for number in range(1, 400, 7):
        root = copy_of(template, number)

        def work(say: Journal, root: Path = root, number: int = number) -> None:
            kill_at_statement(number)
            act(root, say)

        ended = run(work, None)
        verify(root, ended.lines)
        shutil.rmtree(root)
        if not ended.killed:
            break


def kill_at_statement(number: int) -> None:
    """From now on in this process, the statement of that number of any index is the last."""
    left = [number]
    original = Database._open

    def count(statement: str) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def traced(self: Database, damaged: tuple[int, int] | None = None) -> sqlite3.Connection:
        connection = original(self, damaged)
        connection.set_trace_callback(count)
        return connection

    Database._open = traced  # type: ignore[method-assign]


@pytest.mark.parametrize("seed", range(6))
def test_a_kill_while_two_processes_write_loses_nothing(tmp_path: Path, seed: int) -> None:
    root = tmp_path / "mail"
    open_user(root).close()
    rng = random.Random(seed)
    acknowledged: dict[str, int] = {}
    for round_number in range(3):
        readers = []
        pids = []
        for writer in range(2):
            read_end, write_end = os.pipe()
            pid = os.fork()
            if pid == 0:
                try:
                    os.close(read_end)
                    append_until_killed(root, write_end, f"{round_number}.{writer}")
                finally:
                    os._exit(1)
            os.close(write_end)
            readers.append(os.fdopen(read_end, "rb"))
            pids.append(pid)
        for reader in readers:
            for _ in range(rng.randint(1, 6)):
                note(reader.readline(), acknowledged)
        for pid in rng.sample(pids, 2):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for reader in readers:
            for line in reader:
                note(line, acknowledged)
            reader.close()
        expect(root, acknowledged)


def append_until_killed(root: Path, descriptor: int, prefix: str) -> None:
    store = open_user(root)
    inbox = store.open("INBOX")
    for number in range(10_000):
        marker = f"{prefix}.{number}"
        flags = SEEN if number % 2 else 0
        [uid] = inbox.append([new(store, marker, flags)]).uids
        os.write(descriptor, f"{marker} {uid}\n".encode())
        if number % 3 == 0:
            inbox.claim_recent()


def note(line: bytes, acknowledged: dict[str, int]) -> None:
    marker, uid = line.split()
    acknowledged[marker.decode()] = int(uid)


def expect(root: Path, acknowledged: dict[str, int]) -> None:
    store = open_user(root)
    found = markers(store.open("INBOX"))
    store.close()
    assert len(set(found.values())) == len(found), "a message is there twice"
    by_marker = {marker: uid for uid, marker in found.items()}
    assert {marker: by_marker.get(marker) for marker in acknowledged} == acknowledged
    assert check_user(root) == []


def test_a_power_cut_that_takes_the_index_back_takes_no_uid_back(tmp_path: Path) -> None:
    # What the index committed last may be lost with the power; the list of UIDs was synced.
    root = tmp_path / "mail"
    store = open_user(root)
    inbox = store.open("INBOX")
    inbox.append([new(store, "first")])
    store.close()
    saved = (root / "mailstore-index").read_bytes()
    store = open_user(root)
    inbox = store.open("INBOX")
    uids = inbox.append([new(store, f"late{n}") for n in range(3)]).uids
    inbox.expunge([(1, 1), (uids[1], uids[1])], only_deleted=False)
    expected = markers(inbox)
    store.close()
    (root / "mailstore-index").write_bytes(saved)
    store = open_user(root)
    inbox = store.open("INBOX")
    assert markers(inbox) == expected
    assert inbox.append([new(store, "next")]).uids == [uids[-1] + 1]
    store.close()
    assert check_user(root) == []


def test_a_uid_whose_file_did_not_survive_is_not_given_again(tmp_path: Path) -> None:
    root = tmp_path / "mail"
    store = open_user(root)
    inbox = store.open("INBOX")
    inbox.append([new(store, "first")])
    with (root / uidlist.NAME).open("ab") as file:
        file.write(b"2 :1700000000.lost.host\n")
    assert inbox.append([new(store, "second")]).uids == [3]
    assert markers(inbox) == {1: "first", 3: "second"}
    store.close()


def test_a_file_whose_line_was_not_written_gets_the_next_uid(template: Path) -> None:
    steps: list[str] = []

    def after_place(name: str) -> bool:
        steps.append(name)
        return name == "place" and steps.count("place") == 2

    ended = run(lambda say: act(template, say), after_place)
    assert ended.killed
    assert ended.lines == ["begin append INBOX new1 new2"]
    store = open_user(template)
    inbox = store.open("INBOX")
    assert sorted(markers(inbox)) == [1, 2, 3, 4, 5, 6]
    assert sorted(markers(inbox).values())[:2] == ["new1", "new2"]
    store.close()


def test_a_file_whose_line_was_written_has_that_uid(template: Path) -> None:
    ended = run(lambda say: act(template, say), lambda name: name == "append")
    assert ended.killed
    before = uidlist.read(template / uidlist.NAME)
    store = open_user(template)
    inbox = store.open("INBOX")
    found = markers(inbox)
    assert [found[uid] for uid in before.uids[-2:]] == ["new1", "new2"]
    assert list(before.uids[-2:]) == [5, 6]
    store.close()


def test_rubbish_of_a_crash_is_removed_when_it_is_old(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(lambda say: act(template, say), lambda name: name == "sync")
    assert len(os.listdir(template / "tmp")) == 1
    open_user(template).close()
    assert len(os.listdir(template / "tmp")) == 1
    now = os.stat(template).st_mtime
    monkeypatch.setattr("mailstore.store.maildir.rubbish.time.time", lambda: now + 37 * 3600)
    open_user(template).close()
    assert os.listdir(template / "tmp") == []
