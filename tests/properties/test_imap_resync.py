"""A client may come back from any earlier point, also of an index that is lost by now."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mailstore.model.flags import FLAGGED, FlagMode, encode_flags
from mailstore.store.opening import open_user
from mailstore.store.ports import MailboxStore, UserStore
from tests.contract.mail import append_many, flags_of, only, store_flags
from tests.engine import EngineServer
from tests.properties.test_imap_sessions import Point, brought_up_to_date
from tests.unit.store.files import forget_index

EVENTS = st.sampled_from(["arrive", "flag", "expunge", "remove", "lose index", "lose with mail"])


@given(st.lists(st.tuples(EVENTS, st.integers(0, 5)), max_size=8))
@settings(max_examples=40, deadline=None)
def test_every_earlier_point_leads_to_what_is_there(events: list[tuple[str, int]]) -> None:
    directory = Path(tempfile.mkdtemp())
    root = directory / "mail"
    try:
        points = [Point(0, {})]
        for event, place in [("arrive", 4), *events]:
            with opened(root) as (store, inbox):
                happen(event, place, root, store, inbox)
            if event.startswith("lose"):
                forget_index(root)
            with opened(root) as (_, inbox):
                points.append(Point(inbox.state().highest_mod_seq, flags(inbox)))
        with opened(root) as (store, inbox):
            come_back(store, inbox, points)
    finally:
        shutil.rmtree(directory)


@contextmanager
def opened(root: Path) -> Iterator[tuple[UserStore, MailboxStore]]:
    store = open_user(root)
    inbox = store.open("INBOX")
    inbox.sync()
    try:
        yield store, inbox
    finally:
        store.close()


def happen(event: str, place: int, root: Path, store: UserStore, inbox: MailboxStore) -> None:
    """``remove`` is by another program; with ``lose with mail`` it is not seen any more."""
    uids = list(inbox.uids())
    if event == "arrive":
        append_many(store, inbox, place)
    elif uids and event == "flag":
        store_flags(inbox, [uids[place % len(uids)]], FlagMode.ADD, FLAGGED, b"$seen%d" % place)
    elif uids and event == "expunge":
        inbox.expunge(only(uids[place % len(uids)]), only_deleted=False)
    elif uids and event in ("remove", "lose with mail"):
        files = sorted([*(root / "new").iterdir(), *(root / "cur").iterdir()])
        files[place % len(files)].unlink()


def flags(inbox: MailboxStore) -> dict[int, set[bytes]]:
    return {
        uid: set(encode_flags(system, b" ".join(keywords))[1:-1].split())
        for uid, (system, keywords) in flags_of(inbox).items()
    }


def come_back(store: UserStore, inbox: MailboxStore, points: list[Point]) -> None:
    there, validity = flags(inbox), inbox.state().uid_validity
    server = EngineServer(store)
    client = server.connect().log_in()
    client.ask(b"e ENABLE QRESYNC")
    for point in points:
        lines = client.ask(b"s EXAMINE INBOX (QRESYNC (%d %d))" % (validity, point.mod_seq))
        assert brought_up_to_date(point.flags, lines) == there
    server.end()
