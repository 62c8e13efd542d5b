"""Run a program that wants a terminal, in one of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.clients.programs import DEADLINE_S, Ended, clean_environment, end

_ROWS, _COLUMNS = 40, 120


def run_in_terminal(
    arguments: Sequence[object],
    *,
    home: Path,
    environment: Mapping[str, str] | None = None,
    deadline_s: float = DEADLINE_S,
) -> Ended:
    """Run a program to its end and return what it drew, escape sequences and all."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    process = subprocess.Popen(
        [str(argument) for argument in arguments],
        cwd=home,
        env=clean_environment(home) | dict(environment or {}),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        drawn = _drawn(master, process, time.monotonic() + deadline_s)
    finally:
        end(process)
        os.close(master)
    return Ended(process.returncode, drawn)


def _drawn(master: int, process: subprocess.Popen[bytes], end_at: float) -> str:
    output = bytearray()
    while time.monotonic() < end_at:
        if not select.select([master], [], [], 0.2)[0]:
            if process.poll() is not None:
                break
            continue
        try:
            output += os.read(master, 65_536)
        except OSError:  # EIO: the program has closed its side.
            break
    text = output.decode(errors="replace")
    try:
        process.wait(max(0.0, end_at - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise AssertionError(f"the program did not end:\n{text}") from None
    return text
