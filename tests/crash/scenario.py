"""What a process does to a Maildir until it is killed, and what must hold afterwards.

The process writes a line before each thing it does and one after it, with what it was told;
the lines survive it. Every message carries a text of its own, by which it is known again.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from mailstore.model.flags import FLAGGED, SEEN, FlagChange, FlagMode
from mailstore.model.metadata import SPECIAL_USE_ENTRY
from mailstore.model.sequence_set import MAX_UID
from mailstore.store import durable
from mailstore.store.check import check_user
from mailstore.store.opening import open_user
from mailstore.store.ports import MailboxStore, NewMessage, UserStore

ALL = ((1, MAX_UID),)
COMMENT = b"/private/comment"
ANNOTATION = b"two\nlines"
BODY = b"x" * 3000 + b"\r\nend\r\n"


def text(marker: str) -> bytes:
    return b"Subject: %b\r\n\r\n" % marker.encode() + BODY


def new(store: UserStore, marker: str, flags: int = 0, *keywords: bytes) -> NewMessage:
    spool = store.spool()
    spool.write(text(marker))
    return NewMessage(spool, flags, keywords, 1_700_000_000)


def markers(mailbox: MailboxStore) -> dict[int, str]:
    """UID to the text of each message, all of which are whole; other changes are taken in."""
    found = {}
    mailbox.sync()
    for uid in mailbox.uids():
        message = mailbox.read(uid)
        octets = message.read(0, message.size)
        message.close()
        header, _, body = octets.partition(b"\r\n\r\n")
        assert body == BODY, "a message is not whole"
        found[uid] = header.removeprefix(b"Subject: ").decode()
    return found


def prepare(root: Path) -> None:
    """The mail before the process begins: four messages in INBOX, and an empty mailbox."""
    store = open_user(root)
    store.create("Target")
    inbox = store.open("INBOX")
    inbox.append([new(store, f"old{n}") for n in range(4)])
    store.close()


class Journal:
    """Lines about what is done, each written at once."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self, *words: object) -> None:
        os.write(self._descriptor, " ".join(map(str, words)).encode() + b"\n")


def act(root: Path, say: Journal) -> None:
    """Every kind of change, one after the other."""
    store = open_user(root)
    inbox, target = store.open("INBOX"), store.open("Target")
    say("begin append INBOX new1 new2")
    uids = inbox.append([new(store, "new1", SEEN, b"key"), new(store, "new2")]).uids
    say("done append INBOX", f"new1={uids[0]}", f"new2={uids[1]}")
    say("begin flags INBOX old0 old1")
    inbox.store_flags(((1, 2),), FlagChange(FlagMode.ADD, SEEN | FLAGGED, (b"other",)))
    say("done flags INBOX old0 old1")
    say("begin copy INBOX old0 old1")
    copied = inbox.copy(((1, 2),), "Target")
    say("done copy Target", f"old0={copied.uids[0]}", f"old1={copied.uids[1]}")
    say("begin move INBOX old2 old3")
    moved = inbox.move(((3, 4),), "Target")
    say("done move Target", f"old2={moved.uids[0]}", f"old3={moved.uids[1]}")
    say("begin expunge INBOX old1")
    inbox.expunge(((2, 2),), only_deleted=False)
    say("done expunge INBOX old1")
    inbox.claim_recent()
    say("begin annotate Target")
    store.set_metadata("Target", {COMMENT: ANNOTATION, SPECIAL_USE_ENTRY: b"\\Archive"})
    say("done annotate Target")
    say("begin append Target new3")
    [uid] = target.append([new(store, "new3")]).uids
    say("done append Target", f"new3={uid}")
    say("begin rename Target")
    store.rename("Target", "Renamed/Deep")
    say("done rename Target")
    say("begin delete Renamed/Deep")
    store.delete("Renamed/Deep")
    say("done delete Renamed/Deep")
    store.create("Extra", b"\\Archive")
    store.set_subscribed("Extra", True)
    store.close()
    say("end")


class Ended(NamedTuple):
    """How a process ended: its journal, and whether it was killed."""

    lines: list[str]
    killed: bool


def run(work: Callable[[Journal], None], kill_after: Callable[[str], bool] | None) -> Ended:
    """Run ``work`` in a child process that dies as soon as ``kill_after`` a step says so."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(read_end)
            if kill_after is not None:
                durable.after_step = _killer(kill_after)
            work(Journal(write_end))
            status = 0
        finally:
            os._exit(status)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as file:
        lines = file.read().decode().split("\n")[:-1]
    _, result = os.waitpid(pid, 0)
    killed = os.WIFSIGNALED(result) and os.WTERMSIG(result) == signal.SIGKILL
    assert killed or os.waitstatus_to_exitcode(result) == 0, "the process failed by itself"
    return Ended(lines, killed)


def _killer(kill_after: Callable[[str], bool]) -> Callable[[str], None]:
    def step(name: str) -> None:
        if kill_after(name):
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def nth_step(number: int) -> Callable[[str], bool]:
    """Whether this is the step of that number, counted from 1."""
    steps = iter(range(1, number + 1))

    def is_it(name: str) -> bool:
        return next(steps, number) == number

    return is_it


class Promise(NamedTuple):
    """Where each message must be: mailbox, and its UID there if it was told."""

    mailbox: str
    marker: str
    uid: int | None


def told(lines: list[str]) -> Iterator[tuple[str, str, dict[str, int]]]:
    """What was acknowledged: the change, its mailbox, and UIDs by marker."""
    for line in lines:
        words = line.split()
        if words[0] == "done":
            pairs = (word.split("=") for word in words[3:] if "=" in word)
            yield words[1], words[2], {marker: int(uid) for marker, uid in pairs}


def verify(root: Path, lines: list[str]) -> None:
    """Open the mail again: nothing is wrong, and all that was acknowledged is there."""
    store = open_user(root)
    found = {
        info.name: markers(store.open(info.name)) for info in store.mailboxes() if info.selectable
    }
    _verify_inbox(found["INBOX"], lines)
    name = next((name for name in found if name not in ("INBOX", "Extra")), None)
    done = {change for change, _, _ in told(lines)}
    begun = {line.split()[1] for line in lines if line.startswith("begin")}
    assert name is not None or "delete" in begun, "a mailbox is gone"
    assert name is None or "delete" not in done, "a deleted mailbox is there"
    if name is not None:
        _verify_annotations(store.metadata(name), begun, done)
        _verify_target(found[name], found["INBOX"], lines)
    for mailbox, messages in found.items():
        assert max(Counter(messages.values()).values(), default=1) == 1, f"{mailbox}: twice"
    store.close()
    assert check_user(root) == []


def _verify_inbox(inbox: dict[int, str], lines: list[str]) -> None:
    begun = {line.split()[1] for line in lines if line.startswith("begin")}
    done = {change for change, _, _ in told(lines)}
    for change, mailbox, uids in told(lines):
        if change == "append" and mailbox == "INBOX":
            for marker, uid in uids.items():
                assert inbox.get(uid) == marker, "an acknowledged message has not its UID"
    assert inbox[1] == "old0"
    assert (2 in inbox) or "expunge" in begun
    assert (2 not in inbox) or "expunge" not in done
    if "append" in begun and "append" not in done:
        assert set(inbox.values()) <= {"old0", "old1", "old2", "old3", "new1", "new2"}


def _verify_annotations(entries: dict[bytes, bytes], begun: set[str], done: set[str]) -> None:
    assert entries.get(COMMENT) in (None, ANNOTATION), "an annotation is not whole"
    assert (COMMENT in entries) or "annotate" not in done, "an annotation is gone"
    assert (COMMENT not in entries) or "annotate" in begun
    if "annotate" in done and "rename" not in begun:
        assert entries[SPECIAL_USE_ENTRY] == b"\\Archive"


def _verify_target(target: dict[int, str], inbox: dict[int, str], lines: list[str]) -> None:
    for change, mailbox, uids in told(lines):
        if mailbox == "Target" and change in ("append", "copy", "move"):
            for marker, uid in uids.items():
                assert target.get(uid) == marker, "an acknowledged message has not its UID"
    for marker in ("old2", "old3"):
        places = (marker in inbox.values()) + (marker in target.values())
        assert places == 1, "a moved message must be in one of the two mailboxes"
    if any(change == "move" for change, _, _ in told(lines)):
        assert not {"old2", "old3"} & set(inbox.values())
