"""Whatever we and other programs do in turn, a UID means one message, and nothing is lost."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from mailstore.model.errors import MailboxGone
from mailstore.model.flags import DELETED, DRAFT, FLAGGED, SEEN, FlagChange, FlagMode
from mailstore.store.check import check_user
from mailstore.store.maildir.store import MaildirStore
from mailstore.store.opening import INDEX_NAME, open_user
from mailstore.store.ports import MailboxStore, NewMessage
from tests.contract.mail import numbers_in
from tests.unit.store.files import ALL, OLD

FOLDERS = {"INBOX": "", "Other": ".Other"}
KEYWORDS = tuple(b"kw%d" % n for n in range(5))


class World:
    """Two openings of one user's mail, and another program that knows only files.

    ``alive`` are texts of messages that nobody removed, ``meant`` what each UID was.
    """

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.rng = random.Random(seed)
        self.stores = [open_user(root), open_user(root)]
        self.stores[0].create("Other")
        self.alive: set[str] = set()
        self.meant: dict[tuple[str, int, int], str] = {}
        self.number = 0
        self.views: dict[tuple[int, str], tuple[int, dict[int, tuple[int, bytes]]]] = {}

    # What we do

    def store(self) -> MaildirStore:
        return self.rng.choice(self.stores)

    def mailbox(self) -> MailboxStore:
        mailbox = self.store().open(self.rng.choice(list(FOLDERS)))
        mailbox.sync()
        return mailbox

    def some(self, mailbox: MailboxStore) -> list[tuple[int, int]]:
        uids = list(mailbox.uids())
        if not uids:
            return []
        low = self.rng.choice(uids)
        return [(low, low + self.rng.randrange(4))]

    def text(self) -> str:
        self.number += 1
        self.alive.add(f"m{self.number}")
        return f"m{self.number}"

    def append(self) -> None:
        self.append_to(self.rng.choice(list(FOLDERS)))

    def append_to(self, name: str) -> None:
        store, batch = self.store(), []
        for _ in range(self.rng.randint(1, 3)):
            spool = store.spool()
            spool.write(b"Subject: %b\r\n\r\n" % self.text().encode())
            flags = self.rng.choice((0, 0, SEEN, DRAFT))
            batch.append(NewMessage(spool, flags, self.rng.choice(((), KEYWORDS[:2]))))
        store.open(name).append(batch)

    def flag(self) -> None:
        mailbox = self.mailbox()
        change = FlagChange(
            self.rng.choice(list(FlagMode)),
            self.rng.choice((SEEN, FLAGGED, SEEN | DELETED)),
            self.rng.choice(((), (self.rng.choice(KEYWORDS),))),
        )
        mailbox.store_flags(self.some(mailbox), change)

    def move(self) -> None:
        mailbox = self.mailbox()
        mailbox.move(self.some(mailbox), self.rng.choice(list(FOLDERS)))

    def expunge(self) -> None:
        mailbox = self.mailbox()
        texts = texts_of(mailbox)
        for uid in mailbox.expunge(self.some(mailbox), only_deleted=self.rng.random() < 0.5):
            self.alive.discard(texts[uid])

    def claim(self) -> None:
        self.mailbox().claim_recent()

    def fill(self) -> None:
        mailbox = self.mailbox()
        mailbox.fill(list(mailbox.uids()))

    # What another program does

    def files(self) -> list[Path]:
        return sorted(
            path
            for folder in FOLDERS.values()
            for place in ("new", "cur")
            for path in (self.root / folder / place).iterdir()
        )

    def deliver(self) -> None:
        folder = self.root / self.rng.choice(list(FOLDERS.values()))
        text = self.text()
        name = f"{OLD + self.number}.{text}.host"
        place = self.rng.choice(("new", "cur"))
        suffix = self.rng.choice(("", ":2,", ":2,S", ":2,FSb")) if place == "cur" else ""
        (folder / place / (name + suffix)).write_bytes(b"Subject: %b\n\n" % text.encode())

    def rename_file(self) -> None:
        for path in self.rng.sample(self.files(), min(2, len(self.files()))):
            base = path.name.partition(":")[0]
            letters = "".join(sorted(self.rng.sample("DFPRSTab", self.rng.randrange(4))))
            target = path.parent.parent / "cur" / f"{base}:2,{letters}"
            if not target.exists():
                path.rename(target)

    def remove_file(self) -> None:
        if self.files():
            path = self.rng.choice(self.files())
            self.alive.discard(text_in(path.read_bytes()))
            path.unlink()

    def carry_file(self) -> None:
        if self.files():
            path = self.rng.choice(self.files())
            folder = self.root / self.rng.choice(list(FOLDERS.values()))
            path.rename(folder / path.parent.name / path.name)

    def lose_index(self) -> None:
        for path in self.root.glob(f"{INDEX_NAME}*"):
            path.unlink()

    def lose_lines(self) -> None:
        """Write a list that lacks our last lines, as a program that had not seen them.

        The index still has them. If it were lost before anybody looked, they would be, too.
        """
        self.look()
        name = self.rng.choice(list(FOLDERS))
        path = self.root / FOLDERS[name] / "dovecot-uidlist"
        lines = path.read_bytes().split(b"\n")[:-1]
        keep = max(1, len(lines) - 2)
        path.unlink()
        path.write_bytes(b"\n".join(lines[:keep]) + b"\n")
        self.append_to(name)

    def begin_again(self) -> None:
        place = self.rng.randrange(2)
        self.stores[place].close()
        self.stores[place] = open_user(self.root)
        self.views = {key: view for key, view in self.views.items() if key[0] != place}

    # What must hold

    def look(self) -> None:
        for place, store in enumerate(self.stores):
            found: list[str] = []
            for name in FOLDERS:
                mailbox = store.open(name)
                mailbox.sync()
                texts = texts_of(mailbox)
                validity = mailbox.state().uid_validity
                for uid, text in texts.items():
                    assert self.meant.setdefault((name, validity, uid), text) == text
                found += texts.values()
                self.replay((place, name), mailbox)
            assert sorted(found) == sorted(self.alive)

    def replay(self, key: tuple[int, str], mailbox: MailboxStore) -> None:
        """A session that hears of changes only knows what one that reads anew does."""
        mod_seq, known = self.views.get(key, (0, {}))
        changes = mailbox.changes(mod_seq)
        assert changes.state.highest_mod_seq >= mod_seq
        for uid in numbers_in(changes.expunged):
            known.pop(uid, None)
        for row in changes.changed:
            known[row.uid] = row.flags, row.keywords
        fresh = {row.uid: (row.flags, row.keywords) for row in mailbox.changes(0).changed}
        assert known == fresh
        assert sorted(known) == list(mailbox.uids())
        self.views[key] = changes.state.highest_mod_seq, known


def texts_of(mailbox: MailboxStore) -> dict[int, str]:
    texts = {}
    for uid in mailbox.uids():
        message = mailbox.read(uid)
        texts[uid] = text_in(message.read(0, message.size))
        message.close()
    return texts


def text_in(octets: bytes) -> str:
    return octets.split(b"\n")[0].removeprefix(b"Subject: ").strip().decode()


STEPS: tuple[Callable[[World], None], ...] = (
    World.append,
    World.append,
    World.flag,
    World.flag,
    World.move,
    World.expunge,
    World.claim,
    World.fill,
    World.deliver,
    World.deliver,
    World.rename_file,
    World.rename_file,
    World.remove_file,
    World.carry_file,
    World.begin_again,
)
DISASTERS = (World.lose_index, World.lose_lines)


@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_changes_by_anybody(tmp_path: Path, seed: int) -> None:
    root = tmp_path / "Maildir"
    world = World(root, seed)
    steps = STEPS + (DISASTERS if seed % 2 else ())
    for _ in range(60):
        try:
            world.rng.choice(steps)(world)
        except MailboxGone:
            pytest.fail("no mailbox was deleted")
        if world.rng.random() < 0.4:
            world.look()
    world.look()
    for store in world.stores:
        store.close()
    assert check_user(root) == []


def test_the_texts_of_all_are_read(tmp_path: Path) -> None:
    world = World(tmp_path / "Maildir", 1)
    world.append()
    world.deliver()
    world.look()
    assert world.alive
    assert len(world.meant) == len(world.alive)
    assert all(os.fspath(path).startswith(os.fspath(tmp_path)) for path in world.files())
    world.stores[0].open("INBOX").expunge(ALL, only_deleted=False)
    for store in world.stores:
        store.close()
