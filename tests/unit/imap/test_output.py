"""What is collected, and when it leaves."""

from __future__ import annotations

import pytest

from mailstore.imap.output import FLUSH, SLICE, TURN_S, Output
from mailstore.imap.responses import Disconnected
from mailstore.model.task import Task
from tests.engine import EnginePeer


def test_lines_wait_for_flush_and_leave_together() -> None:
    peer = EnginePeer()
    output = Output(peer, 1 << 20)
    output.untagged(b"1 EXISTS")
    output.write(b"a OK done\r\n")
    assert peer.writes == []
    output.flush()
    assert peer.writes == [b"* 1 EXISTS\r\na OK done\r\n"]


def test_a_little_output_does_not_leave_by_drained() -> None:
    peer = EnginePeer()
    output = Output(peer, 1 << 20)

    async def answer() -> None:
        output.write(b"x" * 100)
        await output.drained()

    assert Task(answer(), lambda error: None).done
    assert peer.writes == []


def test_much_output_waits_for_a_client_that_does_not_read() -> None:
    peer = EnginePeer()
    peer.slow = True
    output = Output(peer, 1 << 20)

    async def answer() -> None:
        for _ in range(3):
            output.write(b"x" * FLUSH)
            await output.drained()

    task = Task(answer(), lambda error: None)
    assert output.draining
    assert len(peer.writes) == 1
    peer.drain()
    assert len(peer.writes) == 2
    peer.drain()
    peer.drain()
    assert task.done
    assert not output.draining


def test_a_low_limit_makes_pieces_smaller() -> None:
    peer = EnginePeer()
    output = Output(peer, 10)

    async def answer() -> None:
        output.write(b"x" * 10)
        await output.drained()

    Task(answer(), lambda error: None)
    assert peer.writes == [b"x" * 10]


def test_a_command_that_outlives_its_client_hears_of_it() -> None:
    output = Output(EnginePeer(), 1 << 20)
    output.close()
    ended: list[BaseException | None] = []

    async def answer() -> None:
        output.write(b"x")
        await output.drained()

    Task(answer(), ended.append)
    assert isinstance(ended[0], Disconnected)


def test_nothing_is_written_once_closed() -> None:
    peer = EnginePeer()
    output = Output(peer, 1 << 20)
    output.write(b"x")
    output.close()
    output.write(b"y")
    output.flush()
    assert peer.writes == []


@pytest.mark.parametrize("pieces", [1, 2])
def test_flush_without_output_writes_nothing(pieces: int) -> None:
    peer = EnginePeer()
    output = Output(peer, 1 << 20)
    for _ in range(pieces):
        output.flush()
    assert peer.writes == []


def test_a_very_long_answer_is_sent_in_pieces() -> None:
    peer = EnginePeer()
    output = Output(peer, 1 << 20)
    line = b"* SEARCH" + b" 1" * SLICE + b"\r\n"
    assert Task(output.send(line), lambda error: None).done
    output.flush()
    assert b"".join(peer.writes) == line
    assert max(map(len, peer.writes)) == SLICE


def test_others_have_their_turn_in_work_that_writes_nothing() -> None:
    peer = EnginePeer()
    peer.slow = True
    output = Output(peer, 1 << 20)
    task = Task(output.take_turns(), lambda error: None)
    assert output.draining
    peer.drain()
    assert task.done
    assert not output.draining


def test_work_for_a_client_that_left_ends_at_its_next_turn() -> None:
    ends: list[BaseException | None] = []
    output = Output(EnginePeer(), 1 << 20)
    output.close()
    Task(output.take_turns(), ends.append)
    assert isinstance(ends[0], Disconnected)


def test_long_work_lets_others_have_their_turn_and_keeps_its_output_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("mailstore.imap.output.monotonic", lambda: now[0])
    peer = EnginePeer()
    peer.slow = True
    output = Output(peer, 1 << 20)

    async def work() -> None:
        for _ in range(3):
            output.write(b"x")
            now[0] += TURN_S * 0.6
            await output.drained()

    output.begin_turn()
    task = Task(work(), lambda error: None)
    assert now[0] == pytest.approx(TURN_S * 1.2)
    assert not task.done
    peer.drain()
    assert task.done
    assert peer.writes == []
