from __future__ import annotations

from mailstore.model.flags import ANSWERED, DELETED, SEEN, encode_flags
from mailstore.model.mailbox import canonical_name


def test_system_flags_come_before_keywords() -> None:
    assert encode_flags(SEEN | ANSWERED, b"$label1 Junk") == b"(\\Answered \\Seen $label1 Junk)"


def test_recent_is_shown_after_the_system_flags() -> None:
    assert encode_flags(DELETED, b"", recent=True) == b"(\\Deleted \\Recent)"


def test_no_flags_are_an_empty_list() -> None:
    assert encode_flags(0, b"") == b"()"


def test_inbox_is_inbox_in_any_case_and_as_a_parent() -> None:
    assert canonical_name("inBox") == "INBOX"
    assert canonical_name("inbox/Old") == "INBOX/Old"
    assert canonical_name("Inboxes") == "Inboxes"


def test_a_name_in_another_form_of_unicode_is_the_same_name() -> None:
    assert canonical_name("Cafe\u0301") == "Caf\u00e9"
