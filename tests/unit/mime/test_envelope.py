from mailstore.mime.envelope import encode_envelope
from mailstore.mime.limits import MimeLimits
from mailstore.mime.pack import pack_parts, unpack_parts
from mailstore.mime.parse import parse_message

ANN = b'(("Ann" NIL "ann" "x.example"))'


def envelope(header: bytes, limits: MimeLimits | None = None) -> bytes:
    message = header.replace(b"\n", b"\r\n") + b"\r\n\r\nbody"
    return encode_envelope(message, parse_message(message), limits or MimeLimits())


def test_fields_come_in_the_order_of_the_rfc() -> None:
    header = (
        b"Message-ID: <m@x>\nIn-Reply-To: <r@x>\nBcc: b@x\nCc: c@x\nTo: t@x\nReply-To: r@x\n"
        b"Sender: s@x\nFrom: f@x\nSubject: subject\nDate: date"
    )
    addresses = b" ".join(b'((NIL NIL "%b" "x"))' % name for name in b"f s r t c b".split())
    assert envelope(header) == (b'("date" "subject" ' + addresses + b' "<r@x>" "<m@x>")')


def test_absent_is_nil_and_empty_is_empty() -> None:
    assert envelope(b"X: 1") == b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
    empty = b"Date:\nSubject:\nTo:\nIn-Reply-To: \nMessage-ID:"
    assert envelope(empty) == b'("" "" NIL NIL NIL NIL NIL NIL "" "")'


def test_sender_and_reply_to_default_to_from() -> None:
    expected = b"(NIL NIL %b %b %b NIL NIL NIL NIL NIL)" % (ANN, ANN, ANN)
    assert envelope(b"From: Ann <ann@x.example>") == expected
    assert envelope(b"From: Ann <ann@x.example>\nSender: \nReply-To: (none)") == expected


def test_addresses_of_repeated_fields_add_up() -> None:
    assert b'((NIL NIL "a" "x")(NIL NIL "b" "x"))' in envelope(b"To: a@x\nSubject: s\nTo: b@x")


def test_the_last_of_repeated_texts_counts() -> None:
    assert envelope(b"Subject: one\nSubject: two").startswith(b'(NIL "two"')


def test_subjects_are_unfolded_to_single_spaces() -> None:
    assert envelope(b"Subject: a\n  b\n\tc  d ").startswith(b'(NIL "a b c d"')


def test_encoded_words_are_left_alone() -> None:
    assert b'"=?utf-8?Q?=C3=A4?= =?utf-8?Q?b?="' in envelope(
        b"Subject: =?utf-8?Q?=C3=A4?=\n =?utf-8?Q?b?="
    )


def test_what_cannot_be_quoted_is_a_literal() -> None:
    assert envelope(b"Subject: gr\xfcn").startswith(b"(NIL {4}\r\ngr\xfcn NIL")


def test_groups_are_marked_by_nil_hosts() -> None:
    assert b'((NIL NIL "Team" NIL)(NIL NIL "a" "x")(NIL NIL NIL NIL))' in envelope(
        b"To: Team: a@x;"
    )


def test_envelope_of_an_embedded_message() -> None:
    message = (
        b"MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\nSubject: outer\r\n\r\n"
        b"Subject: inner\r\n\r\nbody"
    )
    child = parse_message(message).children[0]
    assert encode_envelope(message, child).startswith(b'(NIL "inner"')


def test_stored_parts_read_the_header_again() -> None:
    message = b"Subject: s\r\nTo: a@x\r\n\r\nbody"
    root = parse_message(message)
    stored = unpack_parts(pack_parts(root))
    assert encode_envelope(message, stored) == encode_envelope(message, root)


def test_limits_of_addresses_and_header() -> None:
    limits = MimeLimits(addresses=2)
    assert envelope(b"To: a@x, b@x, c@x\nTo: d@x", limits).count(b'"x"') == 2
    message = b"X: " + b"y" * 200 + b"\r\nSubject: late\r\n\r\n"
    part = parse_message(message, MimeLimits(header_octets=100))
    assert encode_envelope(message, part).startswith(b"(NIL NIL")
    assert part.header_end == len(message)
