"""Where this package and Dovecot 2.3 answer differently, and why that stays so.

``docs/mime-differences.md`` has the same rules with examples, for people who move over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.oracle.client import Value, strings
from tests.oracle.compare import Answers, Mismatch

__all__ = ["DIFFERENCES", "Difference", "explain"]


class Difference(NamedTuple):
    """A rule.

    ``messages`` are those it shows in; with ``explains`` it holds wherever that is true.
    """

    name: str
    source: str
    messages: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    """How the names of the items begin."""
    explains: Callable[[Mismatch, Answers], bool] | None = None


def explain(mismatch: Mismatch, dovecot: Answers) -> Difference | None:
    """Return the rule that a mismatch falls under, ``None`` if it is unexplained."""
    for difference in DIFFERENCES:
        if difference.explains is not None:
            if difference.explains(mismatch, dovecot):
                return difference
        elif mismatch.message in difference.messages and mismatch.item.startswith(difference.items):
            return difference
    return None


def _absent(mismatch: Mismatch, dovecot: Answers) -> bool:
    """Dovecot sends an empty string for a part that is not there, we send NIL."""
    if mismatch.mailstore is not None or mismatch.dovecot != b"":
        return False
    number, _, text = mismatch.item[5:-1].partition("M")
    if text or number.replace(".", "").isdigit():
        return number.rstrip(".") not in _part_numbers(dovecot["BODYSTRUCTURE"])
    return True  # HEADER or TEXT of a part that is no message


def _part_numbers(structure: Value) -> set[str]:
    """Return the numbers of all parts that a BODYSTRUCTURE describes."""
    found = set()
    waiting: list[tuple[Value, tuple[int, ...], bool]] = [(structure, (), True)]
    while waiting:
        body, prefix, message = waiting.pop()
        if not isinstance(body, list) or not body:
            continue
        if isinstance(body[0], list):
            for number, part in enumerate(body, 1):
                if not isinstance(part, list) or not isinstance(body[number - 1], list):
                    break
                found.add(".".join(map(str, (*prefix, number))))
                waiting.append((part, (*prefix, number), False))
            continue
        if message:
            prefix = (*prefix, 1)
            found.add(".".join(map(str, prefix)))
        if len(body) > 8 and isinstance(body[7], list):
            waiting.append((body[8], prefix, True))
    return found


def _part_of_leaf(mismatch: Mismatch, dovecot: Answers) -> bool:
    """Dovecot takes ``2.1`` for ``2`` where part 2 has no parts."""
    numbers = mismatch.item[5:-1].split(".MIME")[0].rsplit(".", 1)
    if mismatch.mailstore is not None or len(numbers) < 2 or numbers[1] != "1":
        return False
    parent = numbers[0] + (".MIME" if mismatch.item.endswith(".MIME]") else "")
    return dovecot.get(f"BODY[{parent}]") == mismatch.dovecot


def _delimiter_end(mismatch: Mismatch, dovecot: Answers) -> bool:
    """One line end more, in the octets or in the counts of embedded messages."""
    theirs, ours = mismatch.dovecot, mismatch.mailstore
    if mismatch.item in ("BODY", "BODYSTRUCTURE"):
        return _only_line_ends(theirs, ours)
    if isinstance(theirs, bytes) and isinstance(ours, bytes):
        ends = (b"\r\n", b"\r", b"\n") if mismatch.item.endswith(">") else (b"\r\n",)
        return mismatch.item[5].isdigit() and theirs in [ours + end for end in ends]
    return False


def _only_line_ends(theirs: Value, ours: Value) -> bool:
    left, right = list(strings(theirs)), list(strings(ours))
    if len(left) != len(right):
        return False
    return all(
        one == other or (one is not None and other is not None and _more(one, other) in (1, 2, 4))
        for one, other in zip(left, right, strict=True)
    )


def _more(one: bytes, other: bytes) -> int:
    return int(one) - int(other) if one.isdigit() and other.isdigit() else 0


def _fields_end(mismatch: Mismatch, dovecot: Answers) -> bool:
    theirs, ours = mismatch.dovecot, mismatch.mailstore
    if "HEADER.FIELDS" not in mismatch.item or not isinstance(theirs, bytes):
        return False
    return ours in (theirs + b"\r\n", theirs + b"\r\n\r\n")


_ADDRESS = ("ENVELOPE",)
_STRUCTURE = ("BODY", "BODYSTRUCTURE")

DIFFERENCES: tuple[Difference, ...] = (
    Difference("absent part", "RFC 9051, section 7.5.2", explains=_absent),
    Difference("part of a part without parts", "RFC 9051, section 6.4.5.1", explains=_part_of_leaf),
    Difference("line end before a delimiter", "RFC 2046, section 5.1.1", explains=_delimiter_end),
    Difference("empty line after chosen fields", "RFC 9051, section 6.4.5.1", explains=_fields_end),
    Difference(
        "fields of a header that a delimiter ends",
        "RFC 2046, section 5.1.1",
        (
            "flufl.bounce/dsn_13.txt",
            "message-in-multipart-header-cut",
            "message-digest-cut",
        ),
        ("BODY[",),
    ),
    Difference(
        "fields as they stand",
        "RFC 9051, section 6.4.5.1",
        ("octets-cr-cr-lf",),
        ("BODY[HEADER.FIELDS",),
    ),
    Difference(
        "white space around a value",
        "RFC 5322, sections 3.2.2 and 3.6.4",
        (
            "eml2pdf/mixed_plain_html_smiley_embedded.eml",
            "eml2pdf/plain_text.eml",
            "eml2pdf/simple_plain_and_html_embedded_img.eml",
            "flufl.bounce/microsoft_01.txt",
            "flufl.bounce/microsoft_04.txt",
            "flufl.bounce/yahoo_13.txt",
            "header-message-id-spaces",
            "header-message-id-folded",
            "type-field-id-folded",
            "type-field-md5-spaces",
        ),
        ("ENVELOPE", "BODY", "BODYSTRUCTURE"),
    ),
    Difference(
        "content type that is none",
        "RFC 2045, section 5.2",
        (
            "cpython/msg_14.txt",
            "type-no-subtype",
            "type-no-subtype-params",
            "type-slash-only",
            "type-type-slash",
            "type-slash-subtype",
            "type-empty",
            "type-semicolon-missing",
            "type-comma",
            "type-no-type",
            "type-two-slashes",
            "type-quoted-type",
            "type-only-comment",
            "multipart-no-subtype",
        ),
        _STRUCTURE,
    ),
    Difference(
        "multipart without a boundary",
        "RFC 2045, section 5.2",
        (
            "cpython/msg_25.txt",
            "cpython/msg_41.txt",
            "multipart-boundary-missing",
            "multipart-boundary-missing-params",
            "multipart-boundary-empty",
        ),
        _STRUCTURE,
    ),
    Difference(
        "boundary in RFC 2231 form",
        "RFC 2231, section 4",
        ("cpython/msg_33.txt",),
        _STRUCTURE,
    ),
    Difference(
        "boundary over 70 characters",
        "RFC 2046, section 5.1.1",
        ("multipart-boundary-too-long",),
        _STRUCTURE,
    ),
    Difference(
        "parameters after a mistake",
        "RFC 2045, section 5.1",
        (
            "type-comment-open",
            "type-quoted-open",
            "type-value-missing",
            "type-semicolon-double",
        ),
        _STRUCTURE,
    ),
    Difference(
        "parameter value that should be quoted",
        "RFC 2045, section 5.1",
        (
            "type-value-slash",
            "type-value-tspecials",
            "type-value-base64",
            "type-nul",
            "multipart-boundary-unquoted-special",
        ),
        _STRUCTURE,
    ),
    Difference(
        "parameter names that only look like RFC 2231",
        "RFC 2231, section 7",
        ("type-rfc2231-star-only", "type-rfc2231-letters"),
        _STRUCTURE,
    ),
    Difference(
        "disposition without a type",
        "RFC 2183, section 2.8",
        (
            "type-field-disposition-empty",
            "type-field-disposition-only-params",
            "type-field-disposition-quoted-word",
        ),
        _STRUCTURE,
    ),
    Difference(
        "first of several dispositions",
        "RFC 2183, section 2",
        ("type-field-disposition-twice",),
        _STRUCTURE,
    ),
    Difference(
        "message/global",
        "RFC 9051, section 7.5.2",
        ("message-global",),
        _STRUCTURE,
    ),
    Difference(
        "nothing between two commas",
        "RFC 5322, section 4.4",
        (
            "address-from-list-empty-elements",
            "address-from-list-leading-comma",
            "address-from-list-only-comma",
            "address-from-group-trailing-comma",
            "address-sender-comment",
        ),
        _ADDRESS,
    ),
    Difference(
        "obsolete local part",
        "RFC 5322, section 4.4",
        ("address-from-local-dot-spaces", "address-from-local-obsolete"),
        _ADDRESS,
    ),
    Difference(
        "address after a mistake",
        "RFC 9051, section 7.5.2",
        (
            "mail-parser/mail_test_19",
            "flufl.bounce/simple_35.txt",
            "address-from-name-starts-dot",
            "address-from-name-brackets",
            "address-from-name-at",
            "address-from-name-then-bare",
            "address-from-comment-open",
            "address-from-comment-open-escape",
            "address-from-list-semicolons",
            "address-from-group-two-no-comma",
            "address-from-group-nested",
            "address-from-domain-missing-angle",
            "address-from-domain-dot-last",
            "address-from-route-broken",
            "address-from-angle-open",
            "address-from-angle-open-list",
            "address-from-angle-double",
            "address-from-angle-trailing-list",
            "address-from-quote-open",
            "address-from-quote-open-list",
            "address-from-quote-open-escape",
            "address-from-backslash",
            "address-from-garbage",
            "address-from-garbage-then-good",
            "address-from-nul",
            "address-to-garbage",
            "message-odd-addresses",
        ),
        ("ENVELOPE", "BODY", "BODYSTRUCTURE"),
    ),
)
