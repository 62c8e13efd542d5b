"""The child's side of :mod:`mailstore.auth.crypt_process`: verifies until its input ends."""

from __future__ import annotations

import json
import signal
import sys
from typing import BinaryIO

from mailstore.auth.passwords import verify


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """One JSON object a line in, ``true``, ``false`` or ``null`` (it failed) a line out."""
    for line in requests:
        request = json.loads(line)
        try:
            answer: bool | None = verify(request["password"], request["hash"])
        except Exception:  # a library's; what it says may hold the hash
            answer = None
        answers.write(json.dumps(answer).encode("ascii") + b"\n")
        answers.flush()


if __name__ == "__main__":
    # Ctrl-C at a terminal reaches this process too; the server decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.stdin.buffer, sys.stdout.buffer)
