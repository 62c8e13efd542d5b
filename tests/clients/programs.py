"""Run mail programs: a private home, no terminal, a deadline, and nobody left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

T = TypeVar("T")

DEADLINE_S = 60.0
"""For one run of a program or one awaited event; a slow machine needs a part of it."""


class Ended(NamedTuple):
    """``output`` is standard output and standard error together."""

    status: int
    output: str


class NotEnded(AssertionError):
    """A program did not end by its deadline."""


def require(*programs: str) -> None:
    """Skip the test where a program is not installed."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def run(
    arguments: Sequence[object],
    *,
    home: Path,
    expect: Sequence[int] = (0,),
    standard_input: bytes = b"",
    environment: Mapping[str, str] | None = None,
    deadline_s: float = DEADLINE_S,
) -> Ended:
    """Run a program to its end; its exit status has to be among ``expect``."""
    process = start(arguments, home=home, environment=environment)
    try:
        output, _ = process.communicate(standard_input, deadline_s)
    except subprocess.TimeoutExpired:
        end(process)
        output, _ = process.communicate()
        raise NotEnded(
            f"{arguments[0]} did not end in {deadline_s} s:\n{output.decode(errors='replace')}"
        ) from None
    text = output.decode(errors="replace")
    assert process.returncode in expect, f"{arguments} ended {process.returncode}:\n{text}"
    return Ended(process.returncode, text)


def start(
    arguments: Sequence[object], *, home: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program as the head of a process group of its own."""
    return subprocess.Popen(
        [str(argument) for argument in arguments],
        cwd=home,
        env=clean_environment(home) | dict(environment or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill the program and what it started, and reap it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def clean_environment(home: Path) -> dict[str, str]:
    """Nothing of the caller's mail configuration, and UTF-8."""
    return {
        "HOME": str(home),
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm",
        "TMPDIR": str(home),
    }


def wait_until(condition: Callable[[], T], what: str, deadline_s: float = DEADLINE_S) -> T:
    """Ask until ``condition`` is true, and return its answer."""
    end_at = time.monotonic() + deadline_s
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end_at, f"after {deadline_s} s still not: {what}"
        time.sleep(0.02)
