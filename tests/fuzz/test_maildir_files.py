"""Files of a Maildir that another program damaged, or wrote to do harm."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given, settings

from mailstore.store.maildir import keywords, names, subscriptions, uidlist

HEADER = b"3 V7 N5 G" + b"0123456789abcdef" * 2 + b"\n"
PIECES = st.sampled_from(
    (
        b"1|2|12|4294967295|99999999999| |:|\n|\r|\0|/|W5|Gx|base|a:2,S|3 V7 N5\n|1 7 5\n|"
        b"V\t2\n\n|\t|&|AOk-|\xff|\x01t|.|..|-1|1 :a\n|2 :a\n|3 W5 :b\n|0 kw\n"
    ).split(b"|")
)
GARBAGE = st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=40).map(b"".join))


def check(found: uidlist.Uidlist) -> None:
    uids = list(found.uids)
    assert uids == sorted(set(uids))
    assert len(found.names) == len(uids) == len(set(found.names))
    assert all(map(uidlist.is_listable, found.names))
    assert found.fields.keys() <= set(uids)
    assert found.uid_next > max(uids, default=0)
    assert len(found.damage) <= 21


@settings(max_examples=400)
@given(GARBAGE)
def test_any_octets_are_a_uidlist_or_reported(data: bytes) -> None:
    found = uidlist.parse(data)
    check(found)
    assert found.uid_validity or found.damage


@settings(max_examples=400)
@given(GARBAGE)
def test_garbage_after_a_header_loses_no_more_than_itself(data: bytes) -> None:
    found = uidlist.parse(HEADER + data + b"\n7 :mine\n")
    check(found)
    assert found.uid_validity == 7
    kept = b"mine" in found.names
    # The line after it counts, unless a larger UID came first.
    assert kept or found.damage


@settings(max_examples=200)
@given(GARBAGE)
def test_what_was_read_can_be_written(data: bytes) -> None:
    found = uidlist.parse(HEADER + data)
    octets = uidlist._encode_header(found) + uidlist._encode_entries(found.entries())
    again = uidlist.parse(octets)
    assert again.damage == []
    assert list(again.entries()) == list(found.entries())
    assert again.uid_next == found.uid_next


@settings(max_examples=400)
@given(GARBAGE)
def test_any_octets_are_keywords_or_reported(data: bytes) -> None:
    found = keywords.parse(data)
    assert all(name is None or keywords.is_keyword(name) for name in found.names)
    lines = [line for line in data.split(b"\n") if line]
    assert len(found.damage) <= 20
    assert any(found.names) or len(found.damage) == min(len(lines), 20)


@settings(max_examples=400)
@given(GARBAGE)
def test_any_octets_are_subscriptions_or_reported(data: bytes) -> None:
    found = subscriptions.parse(data)
    assert len(set(found.names)) == len(found.names)
    assert len(found.damage) <= 20
    for name in found.names:
        assert name
        assert "" not in name.split("/")
        assert not set(name) & {"\0", "\n", "\r", "\t"}
    again = subscriptions.parse(subscriptions.encode(found.names))
    assert (again.names, again.damage) == (found.names, [])


@given(st.binary(max_size=40))
def test_any_folder_has_a_safe_name_or_none(octets: bytes) -> None:
    name = names.name_of(octets.decode("utf-8", "surrogateescape"))
    if name is not None:
        assert name != "INBOX"
        assert name.encode()
        assert not set(name) & {"\0", "\n", "\r"}


def test_a_hostile_list_takes_linear_time() -> None:
    for line in (
        b"1 " + b"W" * 100_000,
        b"1 " + b"W5 " * 100_000,
        b"9" * 100_000,
        b"1 :/" * 90_000,
    ):
        found = uidlist.parse(HEADER + (line + b"\n") * 20 + b"7 :mine\n")
        assert found.names == [b"mine"]
