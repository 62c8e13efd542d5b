"""Verifying in child processes what would stop every thread of this one.

sha512-crypt and sha256-crypt keep the interpreter's lock for up to half a second a time.
A child is started when the first such hash comes, and kept. It gets passwords by a pipe.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from contextlib import suppress
from threading import Lock
from typing import IO, Final, cast

ANSWER_S: Final = 15.0
"""How long a child may take for one hash; an honest one takes less than a second."""


class CryptFailed(Exception):
    """The child died, or took too long, or could not use the hash."""


class CryptProcesses:
    """As many children as threads ask at once."""

    def __init__(self, command: tuple[str, ...] | None = None, answer_s: float = ANSWER_S) -> None:
        self._command = command or (sys.executable, "-P", "-m", "mailstore.auth.crypt_child")
        self._answer_s = answer_s
        self._lock = Lock()
        self._idle: list[subprocess.Popen[bytes]] = []
        self._closed = False

    def verify(self, password: str, hashed: str) -> bool:
        """Blocks. Raises CryptFailed."""
        request = json.dumps({"password": password, "hash": hashed}).encode("ascii") + b"\n"
        child = self._take()
        try:
            answer = self._ask(child, request)
        except BaseException as error:
            _end(child)
            if isinstance(error, OSError):
                raise CryptFailed("the child process died") from None
            raise
        self._put_back(child)
        if answer is None:
            raise CryptFailed("the hash cannot be verified")
        return answer

    def close(self) -> None:
        """End the children; those at work end when they are done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            _end(child)

    def _take(self) -> subprocess.Popen[bytes]:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.poll() is None:
                    return child
        # What this process can import, the child can: also when started from a checkout.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        try:
            return subprocess.Popen(  # noqa: S603 - a fixed command
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=environment,
            )
        except OSError as error:
            raise CryptFailed(f"no child process: {error.strerror}") from None

    def _put_back(self, child: subprocess.Popen[bytes]) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(child)
                return
        _end(child)

    def _ask(self, child: subprocess.Popen[bytes], request: bytes) -> bool | None:
        # A request is far smaller than what a pipe holds, so this does not wait.
        cast(IO[bytes], child.stdin).write(request)
        answers = cast(IO[bytes], child.stdout)
        answer = b""
        deadline = time.monotonic() + self._answer_s
        with selectors.DefaultSelector() as selector:
            selector.register(answers, selectors.EVENT_READ)
            while not answer.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise CryptFailed("the child process took too long")
                octets = os.read(answers.fileno(), 64)
                if not octets:
                    raise CryptFailed("the child process died")
                answer += octets
        return cast("bool | None", json.loads(answer))


def _end(child: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
