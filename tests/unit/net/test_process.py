from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet.selectreactor import SelectReactor

from mailstore.net.process import (
    affordable_connections,
    notify_systemd,
    raise_file_limit,
    stop_once,
    use_monotonic_clock,
)


def test_few_files_mean_few_connections() -> None:
    assert affordable_connections(100_000, 2000) == 2000
    assert affordable_connections(1024, 2000) == 206
    assert affordable_connections(100, 2000) == 1


def test_the_limit_of_files_is_never_lowered() -> None:
    before = raise_file_limit(1)
    assert raise_file_limit(1) >= before > 0


def test_a_clock_that_is_set_back_delays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reactor = SelectReactor()
    use_monotonic_clock(reactor)
    happened: list[str] = []
    reactor.callLater(0, happened.append, "now")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    reactor.runUntilCurrent()
    assert happened == ["now"]


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """Signals that the handlers before ours heard of."""
    heard: list[int] = []
    before = {
        number: signal.signal(number, lambda number, frame: heard.append(number))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    yield heard
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_stops_and_the_others_are_not_heard(
    heard: list[int], first: signal.Signals
) -> None:
    stop_once()
    for number in (first, signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
        signal.raise_signal(number)
    assert heard == [first]


def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(path)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        notify_systemd("READY=1", "STATUS=x")
        assert listening.recv(100) == b"READY=1\nSTATUS=x"


def test_without_systemd_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify_systemd("READY=1")
