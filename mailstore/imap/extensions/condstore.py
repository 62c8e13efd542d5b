"""CONDSTORE, RFC 7162: mod-sequences, by which a client asks for what changed.

Enabling it (ENABLE, SELECT with the parameter, or any use, section 3.1) makes every
untagged FETCH carry MODSEQ. The items and keys that it adds to FETCH, STORE and SEARCH stand
with those commands; here is what concerns SELECT, STATUS and ENABLE.
"""

from __future__ import annotations

from mailstore.imap.fetch.items import MOD_SEQ as FETCH_MOD_SEQ
from mailstore.imap.registry import Extension, SelectParameter, StatusItem
from mailstore.imap.search.keys import MOD_SEQ as SEARCH_MOD_SEQ
from mailstore.imap.session import Session


def _enable(session: Session) -> None:
    session.enable_condstore()


EXTENSION = Extension(
    rfc=7162,
    title="CONDSTORE",
    capabilities=(b"CONDSTORE",),
    fetch_items=(FETCH_MOD_SEQ,),
    search_keys=(SEARCH_MOD_SEQ,),
    status_items=(
        StatusItem(
            b"HIGHESTMODSEQ", lambda _, status: b"%d" % status.highest_mod_seq, enables=_enable
        ),
    ),
    select_parameters=(
        SelectParameter(b"CONDSTORE", apply=lambda session, value: _enable(session)),
    ),
    enables=((b"CONDSTORE", _enable),),
)
