"""What a server needs of its process: descriptors, signals, a clock that never jumps."""

from __future__ import annotations

import os
import resource
import signal
import socket
import time
from contextlib import suppress
from types import FrameType
from typing import Any, Final

SPARE_FILES: Final = 200
"""Descriptors besides connections: indexes, message files, listening sockets."""

FILES_PER_CONNECTION: Final = 4
"""A socket, and what is open of a user's mail for it."""


def raise_file_limit(connections: int) -> int:
    """Allow as many open files as ``connections`` need; returns what was got.

    Where the hard limit is lower, fewer connections than that may be held.
    """
    wanted = SPARE_FILES + FILES_PER_CONNECTION * connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if limit > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return max(limit, soft)


def affordable_connections(files: int, wanted: int) -> int:
    """How many connections may be held with so many open files."""
    return max(1, min(wanted, (files - SPARE_FILES) // FILES_PER_CONNECTION))


def notify_systemd(*states: str) -> None:
    """Tell systemd ``READY=1`` and the like; nothing happens under anything else."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
        connection.sendto("\n".join(states).encode(), address)


def stop_once() -> None:
    """Hear one of SIGTERM and SIGINT, and no more, once the reactor has its handlers.

    It takes some seconds to stop. Twisted answers the second signal with a traceback.
    """
    numbers = (signal.SIGTERM, signal.SIGINT)
    handlers = {number: signal.getsignal(number) for number in numbers}

    def once(number: int, frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        handler = handlers[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number, handler in handlers.items():
        if callable(handler):
            signal.signal(number, once)


def use_monotonic_clock(reactor: Any) -> None:
    """Let ``callLater`` count on a clock that nobody sets.

    Twisted takes the time of day: with the clock set back an hour, everything that is due
    waits an hour longer, and set forward, every timeout ends at once.
    """
    reactor.seconds = time.monotonic
