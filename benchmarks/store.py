"""How long the store's own calls take, without any protocol: ``python -m benchmarks.store``.

One Maildir in a temporary directory, filled through the store itself. Each figure is the best of
a few runs, in milliseconds for the whole call.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.corpus import message
from mailstore.model.flags import FLAGGED, SEEN, FlagChange, FlagMode
from mailstore.model.sequence_set import MAX_UID
from mailstore.store import open_user
from mailstore.store.ports import Column, MailboxStore, NewMessage, UserStore

ALL = ((1, MAX_UID),)
BATCH = 500


def timed(name: str, call: Callable[[], Any], runs: int = 5, *, per: int = 0) -> Any:
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - start)
    each = f"   {best / per * 1e6:8.1f} us each" if per else ""
    print(f"{name:42}{best * 1e3:12.3f} ms{each}", flush=True)
    return result


def read_all(mailbox: MailboxStore, *columns: Column) -> int:
    wanted, count = ALL, 0
    while rows := mailbox.rows((Column.UID, *columns), wanted, limit=BATCH):
        count += len(rows)
        wanted = ((rows[-1][0] + 1, MAX_UID),)
    return count


def append_all(store: UserStore, mailbox: MailboxStore, count: int) -> None:
    texts = [message(number) for number in range(min(count, 200))]
    for start in range(0, count, BATCH):
        batch = []
        for number in range(start, min(start + BATCH, count)):
            spool = store.spool()
            spool.write(texts[number % len(texts)])
            batch.append(NewMessage(spool))
        mailbox.append(batch)


def measure(root: Path, count: int) -> None:
    store = open_user(root)
    inbox = store.open("INBOX")
    timed(f"append {count} messages", lambda: append_all(store, inbox, count), 1, per=count)
    spool = store.spool()
    spool.write(b"Subject: one\r\n\r\nmore\r\n")
    timed("append one message", lambda: inbox.append([NewMessage(spool)]), 1)
    timed("claim recent", inbox.claim_recent, 1, per=count)
    timed("sync, nothing changed", inbox.sync, 1000)
    timed("state", inbox.state, 1000)
    timed("status", lambda: store.status("INBOX"), 100)
    timed("rows of flags", lambda: read_all(inbox, Column.FLAGS, Column.KEYWORDS), per=count)
    timed(
        "rows of envelope and body structure",
        lambda: read_all(inbox, Column.ENVELOPE, Column.BODY_STRUCTURE),
        per=count,
    )
    every_other = [(uid, uid) for uid in range(1, 2 * BATCH, 2)]
    timed("rows of 500 single UIDs", lambda: inbox.rows((Column.UID, Column.FLAGS), every_other))
    timed("flags of one", lambda: flip(inbox, ((1, 1),)), 20)
    timed("flags of all", lambda: flip(inbox, ALL), 2, per=count)
    timed("compare all files", lambda: compare(inbox, root))
    store.create("Copies")
    timed("copy all", lambda: inbox.copy(ALL, "Copies"), 1, per=count)
    timed("move all", lambda: store.open("Copies").move(ALL, "INBOX"), 1, per=count)
    timed("expunge half", lambda: inbox.expunge(((1, count),), only_deleted=False), 1, per=count)
    store.close()
    for path in root.glob("mailstore-index*"):
        path.unlink()
    store = timed("open after the index was deleted", lambda: open_and_sync(root), 1, per=count)
    inbox = store.open("INBOX")
    uids = list(inbox.uids())
    timed("fill all", lambda: inbox.fill(uids), 1, per=len(uids))
    store.close()


def flip(mailbox: MailboxStore, ranges: tuple[tuple[int, int], ...]) -> None:
    bits = FLAGGED | SEEN
    [(flags,)] = mailbox.rows((Column.FLAGS,), ranges, limit=1)
    mailbox.store_flags(ranges, FlagChange(FlagMode.REPLACE, 0 if flags else bits, ()))


def compare(mailbox: MailboxStore, root: Path) -> None:
    other = root / "cur" / str(time.time_ns())
    other.touch()
    mailbox.sync()


def open_and_sync(root: Path) -> UserStore:
    store = open_user(root)
    store.open("INBOX").sync()
    return store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--directory", type=Path, help="where to work; default: a temporary one")
    arguments = parser.parse_args()
    base = Path(tempfile.mkdtemp(prefix="mailstore-", dir=arguments.directory))
    try:
        measure(base / "Maildir", arguments.messages)
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
