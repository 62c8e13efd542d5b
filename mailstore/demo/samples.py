"""All sample mail of a demo account."""

from __future__ import annotations

from datetime import datetime

from mailstore.demo.compose import Sample
from mailstore.demo.conversations import (
    attachments,
    greetings,
    newsletters,
    other_mailboxes,
    own,
    thread,
)
from mailstore.demo.curiosities import curiosities


def samples(address: str, now: datetime) -> list[Sample]:
    """More than fifty messages to ``address``, in the order of their dates."""
    me = f"{address.partition('@')[0].capitalize()} <{address}>"
    makers = (thread, greetings, newsletters, attachments, own, other_mailboxes, curiosities)
    found = [sample for make in makers for sample in make(me, now)]
    return sorted(found, key=lambda sample: sample.date)
