from __future__ import annotations

from mailstore.account.journal import KEPT, Event, Journal, Kind


def test_what_came_after_an_event_is_told_in_order() -> None:
    journal = Journal()
    events = [Event(None, Kind.CREATED, name) for name in "abc"]
    for event in events:
        journal.add(event)
    assert journal.last == 3
    assert [journal.after(number) for number in range(4)] == [events, events[1:], events[2:], []]


def test_who_asks_from_too_far_back_is_told_so() -> None:
    journal = Journal()
    for number in range(KEPT + 5):
        journal.add(Event(None, Kind.DELETED, str(number)))
    assert journal.after(4) is None
    kept = journal.after(5)
    assert kept is not None
    assert (len(kept), kept[0].mailbox) == (KEPT, "5")
