"""``make bench``: this server and Dovecot on the same mail, interleaved in one run.

Every round runs each operation on one server and then on the other, so that a busy machine
is busy for both. Told are medians over the rounds: wall time, CPU time of the whole process
tree, and the ratio ours/Dovecot (under 1 is ahead).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.corpus import write_maildir
from benchmarks.operations import (
    IDLE_CONNECTIONS,
    OPERATIONS,
    POP3_MESSAGES,
    Operation,
    idle_memory,
)
from benchmarks.servers import IDLE_USERS, MAILDROP_USER, USER, DovecotRig, Mailstore, Rig


@dataclass
class Samples:
    """Seconds for one unit of work, a sample a round, by server."""

    wall: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def main() -> int:
    options = _options()
    if shutil.which("dovecot") is None:
        sys.exit("make bench needs Dovecot: apt-get install dovecot-imapd dovecot-pop3d")
    with tempfile.TemporaryDirectory(prefix="mailstore-bench-", dir=options.data) as scratch:
        os.chmod(scratch, 0o755)  # Dovecot reads mail as a user without rights
        rigs = [Mailstore(Path(scratch, "ours"), options.messages)]
        peers = [DovecotRig(Path(scratch, "dovecot"), options.messages)]
        return _run([*rigs, *peers], options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000, help="in INBOX (10000)")
    parser.add_argument("--rounds", type=int, default=5, help="of each operation (5)")
    parser.add_argument("--only", default="", help="operations whose name contains this")
    parser.add_argument("--data", default=None, help="where to put mail while it runs")
    parser.add_argument("--output", type=Path, help="also write the table to this file")
    return parser.parse_args()


def _run(rigs: list[Rig], options: argparse.Namespace) -> int:
    chosen = [op for op in OPERATIONS if options.only.lower() in op.name.lower()]
    for rig in rigs:
        rig.root.mkdir(parents=True)
    _note(f"writing {options.messages} messages for each of {len(rigs)} servers")
    for rig in rigs:
        write_maildir(rig.maildir(USER), options.messages)
        write_maildir(rig.maildir(MAILDROP_USER), POP3_MESSAGES)
        for user in IDLE_USERS:
            write_maildir(rig.maildir(user), 200)
    table: list[list[str]] = []
    try:
        for rig in rigs:
            rig.start()
            _warm(rig)
        for operation in chosen:
            _note(operation.name)
            table.append(_row(operation, rigs, _measure(operation, rigs, options.rounds)))
        if options.only.lower() in "memory of idle connections":
            _note("memory of idle connections")
            grown = {rig.name: idle_memory(rig) / 1024 for rig in rigs}
            table.append(_memory_row(rigs, grown))
    finally:
        for rig in rigs:
            with contextlib.suppress(Exception):
                rig.stop()
    text = _report(table, options)
    print(text)
    if options.output:
        options.output.write_text(text)
    return 0


def _warm(rig: Rig) -> None:
    """Let the server index the mail, as it has on any but its first day."""
    rig.imap.command(b"CREATE Appended")
    for command in (
        b"UID FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE RFC822.SIZE INTERNALDATE)",
        b"UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (From To Subject Date References Received)])",
    ):
        rig.imap.command(command)
    rig.disconnect()


def _measure(operation: Operation, rigs: list[Rig], rounds: int) -> Samples:
    samples = Samples()
    if operation.texts == "read":
        for rig in rigs:
            rig.read_texts()
    for turn in range(rounds + 1):
        for rig in rigs:
            rig.turn = turn
            rig.disconnect()
            if operation.cold:
                rig.stop()
                rig.delete_index()
                rig.start()
            if operation.opened:
                _open(rig, operation)
            if operation.texts == "unread":
                rig.delete_texts()
            cpu, wall = rig.cpu_seconds(), time.perf_counter()
            count = operation.work(rig)
            wall, cpu = time.perf_counter() - wall, rig.cpu_seconds() - cpu
            if turn:  # the first round only warms caches
                samples.wall[rig.name].append(wall / count)
                samples.cpu[rig.name].append(cpu / count)
    return samples


def _open(rig: Rig, operation: Operation) -> None:
    """Select INBOX before the clock starts; what a cold index costs there is not hidden."""
    if not operation.cold:
        rig.imap.command(b"NOOP")


def _row(operation: Operation, rigs: list[Rig], samples: Samples) -> list[str]:
    cells = [operation.name]
    for figures in (samples.wall, samples.cpu):
        medians = [statistics.median(figures[rig.name]) for rig in rigs]
        cells += [_time(median) for median in medians]
        cells.append(_ratio(medians[0], medians[1]))
    return cells


def _memory_row(rigs: list[Rig], grown: dict[str, float]) -> list[str]:
    ours, theirs = (grown[rig.name] for rig in rigs)
    name = f"memory of one of {IDLE_CONNECTIONS} connections in IDLE"
    return [name, f"{ours:.0f} kB", f"{theirs:.0f} kB", _ratio(ours, theirs), "", "", ""]


def _time(seconds: float) -> str:
    if seconds >= 0.1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} us"


def _ratio(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.2f}" if theirs > 0 else "-"


def _report(table: list[list[str]], options: argparse.Namespace) -> str:
    head = ["operation", "wall, ours", "Dovecot", "ratio", "CPU, ours", "Dovecot", "ratio"]
    lines = [" | ".join(cells) for cells in (head, ["---"] * len(head), *table)]
    version = subprocess.run(
        ["dovecot", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[0]
    about = (
        f"{options.messages} messages in INBOX, {options.rounds} rounds, medians; "
        f"Dovecot {version}; Python {platform.python_version()}; {os.cpu_count()} cores, "
        f"{platform.system()} {platform.release()}"
    )
    return "\n".join(f"| {line} |" for line in lines) + f"\n\n{about}\n"


def _note(text: str) -> None:
    print(f"# {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
