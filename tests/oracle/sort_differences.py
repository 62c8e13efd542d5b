"""Where this package and Dovecot 2.3 put a message in different places, and why.

In the other differences they agree: without the messages named here both sort alike.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["SORT_DIFFERENCES", "SortDifference"]


class SortDifference(NamedTuple):
    """Messages with another key than Dovecot has, by the criteria that they show in."""

    why: str
    criteria: frozenset[str]
    messages: tuple[str, ...]


def _difference(why: str, criteria: str, *messages: str) -> SortDifference:
    return SortDifference(why, frozenset(criteria.split()), messages)


SORT_DIFFERENCES = (
    _difference(
        "Of several fields the last counts, which ENVELOPE has; Dovecot sorts by the first.",
        "DATE SUBJECT",
        "header-date-twice",
        "header-subject-twice",
        "header-subject-thrice",
    ),
    _difference(
        "A date before 1970 is a date; Dovecot takes it for one far ahead.",
        "DATE",
        "email2dict/groups.eml",
    ),
    _difference(
        "These dates can be read; Dovecot falls back on the internal date.",
        "DATE",
        "cpython/msg_47.txt",
        "flufl.bounce/smtp32_01.txt",
    ),
    _difference(
        "Text in no declared charset is read as windows-1252; Dovecot has a mark for each octet.",
        "SUBJECT DISPLAYFROM",
        "header-subject-raw-latin1",
        "django-mailbox/message_with_single_byte_extended_subject_encoding.eml",
        "flufl.bounce/sina_01.txt",
        "address-from-name-latin1",
    ),
    _difference(
        "NUL is a character; Dovecot turns it into another or drops it.",
        "SUBJECT FROM DISPLAYFROM",
        "octets-nul-subject",
        "address-from-nul",
    ),
    _difference(
        "White space of folds is one space (RFC 5256, section 2.1, step 1).",
        "SUBJECT",
        "header-subject-trailing-space-fold",
    ),
    _difference(
        "Addresses that are not well formed are read as in ENVELOPE, see mime-differences.md.",
        "FROM TO CC DISPLAYFROM DISPLAYTO",
        "address-from-list-only-comma",
        "address-from-list-leading-comma",
        "address-from-name-starts-dot",
        "address-from-name-brackets",
        "address-from-name-at",
        "address-from-name-quoted-space",
        "address-from-name-then-bare",
        "address-from-angle-double",
        "address-from-quote-open",
        "address-from-quote-open-escape",
        "address-from-comment-open",
        "address-from-comment-open-escape",
        "address-from-local-dot-spaces",
        "address-from-local-obsolete",
        "address-from-domain-dot-last",
        "address-from-backslash",
        "address-from-garbage",
        "address-from-garbage-then-good",
        "address-to-garbage",
        "mail-parser/mail_test_19",
        "flufl.bounce/simple_35.txt",
    ),
)
