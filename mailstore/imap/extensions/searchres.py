"""SEARCHRES, RFC 5182: ``RETURN (SAVE)`` keeps what was found; ``$`` stands for it afterwards.

What is saved is what the other options tell of (section 2.4). It is kept as UIDs, so what is
expunged goes from it by itself. ``$`` is part of the grammar of sets, see
:mod:`mailstore.imap.grammar.sequence_set`.

NOTSAVED is never needed: a result takes no more room than the view's own UIDs. Commands run
one after another, so ``$`` in a pipelined command is what the SEARCH before it found.
"""

from __future__ import annotations

from array import array

from mailstore.imap.registry import Extension, Results, SearchReturn
from mailstore.imap.session import Session


def _save(session: Session, results: Results) -> None:
    session.view.saved = array("I", sorted(results.told))


EXTENSION = Extension(
    rfc=5182,
    title="SEARCHRES",
    capabilities=(b"SEARCHRES",),
    search_returns=(SearchReturn(b"SAVE", encode=None, keep=_save),),
)
