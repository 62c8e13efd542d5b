from __future__ import annotations

import pytest

from mailstore.imap.interest import NO_EVENTS, NOTHING, Events, Group, Interest

NEW = Events.COMINGS_AND_GOINGS


@pytest.mark.parametrize(
    ("group", "name", "holds"),
    [
        (Group(NEW), "Anything", True),
        (Group(NEW, frozenset({"Lists"})), "Lists", True),
        (Group(NEW, frozenset({"Lists"})), "Lists/Lemonade", False),
        (Group(NEW, frozenset({"Lists"}), subtree=True), "Lists", True),
        (Group(NEW, frozenset({"Lists"}), subtree=True), "Lists/a/b", True),
        (Group(NEW, frozenset({"Lists"}), subtree=True), "Listserv", False),
        (Group(NEW, frozenset({"Lists/a"}), subtree=True), "Lists", False),
        (Group(NEW, subscribed=True), "Anything", False),
    ],
)
def test_which_mailboxes_a_group_is_about(group: Group, name: str, holds: bool) -> None:
    assert group.holds(name, subscribed=False) == holds


def test_all_groups_of_a_mailbox_count() -> None:
    interest = Interest(
        groups=(
            Group(NEW, frozenset({"Lists"})),
            Group(Events.MAILBOX_NAME),
            Group(Events.SUBSCRIPTION_CHANGE, subscribed=True),
        )
    )
    assert interest.of("Lists", subscribed=False) == NEW | Events.MAILBOX_NAME
    assert interest.of("Other", subscribed=True) == (
        Events.MAILBOX_NAME | Events.SUBSCRIPTION_CHANGE
    )
    assert interest.anywhere == NEW | Events.MAILBOX_NAME | Events.SUBSCRIPTION_CHANGE
    assert interest.subscriptions


def test_at_first_the_selected_mailbox_is_told_of_when_commands_end() -> None:
    first = Interest()
    assert (first.selected, first.always, first.asked) == (Events.MESSAGES, False, False)
    assert first.anywhere == NOTHING.selected == NO_EVENTS
    assert not NOTHING.always
