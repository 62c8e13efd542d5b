"""Replacing a message by a new one, in one transaction (RFC 8508).

The new message is in its place, and in ``dovecot-uidlist``, before the old one's file goes; so
after a crash there is one of them at least. Until the old file is gone all can be undone. From
then on the new one stays, whatever fails: if the index could not be written, the next
comparison of the Maildir finds it under its UID.
"""

from __future__ import annotations

from mailstore.model.errors import MessageGone, Unavailable
from mailstore.store.maildir import deliver, removal
from mailstore.store.maildir.folder import Folder
from mailstore.store.maildir.home import Home
from mailstore.store.maildir.undo import Renamed, take_back
from mailstore.store.ports import Appended


def replace(
    home: Home,
    source: Folder,
    uid_validity: int,
    uid: int,
    target: Folder,
    prepared: deliver.Prepared,
) -> Appended:
    """Deliver ``prepared`` to ``target`` and remove ``uid`` from ``source``.

    ``uid_validity`` is the source's. Raises MessageGone if there is no such message any more,
    and Unavailable if what was done could not be recorded in the index.
    """
    placed: list[Renamed] = []
    gone: set[int] = set()
    try:
        with home.database.transaction() as connection:
            out = home.writer(connection, source, uid_validity)
            into = out if target.name == source.name else home.writer(connection, target)
            home.catch_up(into)
            uids = deliver.place_all(into, (prepared,), placed)
            removal.expunge(out, [(uid, uid)], gone, only_deleted=False)
            if not gone:
                raise MessageGone(uid)
            into.save()
            if out is not into:
                out.save()
    except BaseException as error:
        if not gone:
            take_back(placed)
            raise
        prepared.spool.placed()
        if isinstance(error, Exception):
            raise Unavailable("the message was replaced, and the index is behind") from error
        raise
    prepared.spool.placed()
    return Appended(into.row.uid_validity, uids)
