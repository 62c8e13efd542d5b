from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from threading import Thread

import pytest

from mailstore.auth.crypt_child import serve
from mailstore.auth.crypt_process import CryptFailed, CryptProcesses

SHA512 = (
    "$6$rounds=1000$saltsalt$LpbUuSkOxu/vg/HbLhWYyO9j1M1J/MWO4e8GVf138hLitJ0fXkiGRg2bjfTk2oHKX1aa."
    "Vv3OoL3QdQPe3rrz/"
)
PASSWORD = "pässword 1"


@pytest.fixture
def processes() -> Iterator[CryptProcesses]:
    processes = CryptProcesses()
    yield processes
    processes.close()


def scripted(code: str, answer_s: float = 30) -> CryptProcesses:
    return CryptProcesses((sys.executable, "-c", code), answer_s)


def test_a_child_verifies_and_is_kept(processes: CryptProcesses) -> None:
    assert processes.verify(PASSWORD, SHA512)
    (child,) = processes._idle
    assert not processes.verify("wrong", SHA512)
    assert processes._idle == [child]


def test_any_password_crosses_the_pipe(processes: CryptProcesses) -> None:
    assert not processes.verify('tab\t"quote" \U0001f600' + "\U0001f600" * 1000, SHA512)
    assert processes.verify(PASSWORD, SHA512)


def test_a_hash_that_cannot_be_verified_is_no_refusal(processes: CryptProcesses) -> None:
    with pytest.raises(CryptFailed, match="cannot be verified"):
        processes.verify(PASSWORD, "$6$nonsense")
    assert processes.verify(PASSWORD, SHA512)


def test_a_child_that_was_killed_is_replaced(processes: CryptProcesses) -> None:
    processes.verify(PASSWORD, SHA512)
    (child,) = processes._idle
    child.kill()
    child.wait()
    assert processes.verify(PASSWORD, SHA512)


def test_a_child_that_dies_at_work_is_told() -> None:
    processes = scripted("import sys; sys.stdin.readline()")
    with pytest.raises(CryptFailed, match="died"):
        processes.verify(PASSWORD, SHA512)
    assert processes._idle == []


def test_a_child_that_takes_too_long_is_ended() -> None:
    processes = scripted("import sys; sys.stdin.read()", answer_s=0.0)
    with pytest.raises(CryptFailed, match="too long"):
        processes.verify(PASSWORD, SHA512)
    assert processes._idle == []


def test_no_child_can_be_started() -> None:
    with pytest.raises(CryptFailed, match="no child process"):
        CryptProcesses(("/nonexistent/python",)).verify(PASSWORD, SHA512)


def test_each_thread_has_a_child_of_its_own(processes: CryptProcesses) -> None:
    results: list[bool] = []
    threads = [
        Thread(target=lambda: results.append(processes.verify(PASSWORD, SHA512))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [True] * 3
    assert 1 <= len(processes._idle) <= 3


def test_close_ends_the_children(processes: CryptProcesses) -> None:
    processes.verify(PASSWORD, SHA512)
    (child,) = processes._idle
    processes.close()
    assert child.returncode is not None
    assert not os.path.exists(f"/proc/{child.pid}/fd")


def test_the_child_answers_line_by_line() -> None:
    requests = [{"password": PASSWORD, "hash": SHA512}, {"password": "x", "hash": SHA512}]
    requests.append({"password": PASSWORD, "hash": "nonsense"})
    answers = io.BytesIO()
    serve(io.BytesIO("".join(json.dumps(r) + "\n" for r in requests).encode()), answers)
    assert answers.getvalue() == b"true\nfalse\nnull\n"
