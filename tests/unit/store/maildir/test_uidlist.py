from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailstore.store.maildir import uidlist
from mailstore.store.maildir.uidlist import Uidlist

ID = b"e167521038ec056b1b28000083ecc375"
HEADER = b"3 V1795550266 N4 G" + ID + b"\n"
LINES = (
    b"1 :1795550310.M866989P10352.vm,S=11,W=14\n"
    b"2 G1795550310.M866989P10352.vm,S=11,W=14 W14 :1795550310.M871396P10352.vm,S=11,W=14\n"
    b"5 :1795550310.M871925P10352.vm\n"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / uidlist.NAME
    path.write_bytes(HEADER + LINES)
    return path


def pairs(found: Uidlist) -> list[tuple[int, bytes]]:
    return list(zip(found.uids, found.names, strict=True))


def test_a_list_that_dovecot_wrote(path: Path) -> None:
    found = uidlist.read(path)
    assert found.whole
    assert (found.uid_validity, found.uid_next, found.mailbox_id) == (1_795_550_266, 6, ID)
    assert pairs(found) == [
        (1, b"1795550310.M866989P10352.vm,S=11,W=14"),
        (2, b"1795550310.M871396P10352.vm,S=11,W=14"),
        (5, b"1795550310.M871925P10352.vm"),
    ]
    assert found.fields == {2: b"G1795550310.M866989P10352.vm,S=11,W=14 W14"}
    assert uidlist.parse_fields(found.fields[2]) == {
        b"G": b"1795550310.M866989P10352.vm,S=11,W=14",
        b"W": b"14",
    }
    assert found.damage == []


def test_the_next_uid_is_the_headers_when_the_last_messages_went() -> None:
    assert uidlist.parse(b"3 V7 N900 G" + ID + b"\n1 :a\n").uid_next == 900


def test_a_list_of_no_messages() -> None:
    found = uidlist.parse(b"3 V7 N12 G" + ID + b"\n")
    assert (pairs(found), found.uid_next, found.damage) == ([], 12, [])


def test_header_fields_come_in_any_order_and_unknown_ones_are_kept(tmp_path: Path) -> None:
    found = uidlist.parse(b"3 N12 Xfoo G" + ID.upper() + b" V7 Zbar\n")
    assert (found.uid_validity, found.uid_next, found.mailbox_id) == (7, 12, ID)
    uidlist.rewrite(tmp_path / "list", found, tmp_path)
    assert (tmp_path / "list").read_bytes() == b"3 V7 N12 G" + ID + b" Xfoo Zbar\n"


def test_version_1_is_read_and_must_be_rewritten(path: Path) -> None:
    path.write_bytes(b"1 1275660208 8\n3 1275660208.a.host\n7 1275660209.b.host,S=5\n")
    found = uidlist.read(path)
    assert (found.version, found.uid_validity, found.uid_next) == (1, 1_275_660_208, 8)
    assert pairs(found) == [(3, b"1275660208.a.host"), (7, b"1275660209.b.host,S=5")]
    assert found.mark is None
    found.mailbox_id = ID
    uidlist.rewrite(path, found, path.parent)
    again = uidlist.read(path)
    assert (again.version, pairs(again), again.uid_next) == (3, pairs(found), 8)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"garbage\n",
        b"2 V1 N1\n",
        b"3 V0 N1\n1 :a\n",
        b"3 V1\n1 :a\n",
        b"3 V99999999999 N1\n",
        b"3 V1 N-1\n",
        b"1 1\n1 a\n",
        b"3 V7 N1 G" + ID,
    ],
)
def test_a_list_without_a_header_has_no_uid_validity(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    found = uidlist.read(path)
    assert found.uid_validity == 0
    assert pairs(found) == []
    assert found.mark is None
    assert found.damage


def test_a_bad_mailbox_id_is_reported_and_dropped() -> None:
    found = uidlist.parse(b"3 V7 N12 Gxyz\n1 :a\n")
    assert (found.mailbox_id, pairs(found), len(found.damage)) == (b"", [(1, b"a")], 1)


def test_bad_lines_are_skipped_and_reported() -> None:
    body = b"1 :a\nnonsense\n\n2 noname\n3 :../etc/passwd\n0 :zero\n4 :b\n99999999999 :c\n"
    found = uidlist.parse(HEADER + body)
    assert pairs(found) == [(1, b"a"), (4, b"b")]
    assert [report.split(":")[0].split(" is")[0] for report in found.damage] == [
        "line 3",
        "line 4",
        "line 5",
        "line 6",
        "line 7",
        "line 9",
    ]


def test_the_uid_of_a_bad_line_is_not_given_out_again() -> None:
    assert uidlist.parse(HEADER + b"1 :a\n77 bad\n").uid_next == 78


def test_uids_that_do_not_ascend_are_skipped() -> None:
    found = uidlist.parse(HEADER + b"1 :a\n9 :b\n4 :c\n9 :d\n10 :e\n")
    assert pairs(found) == [(1, b"a"), (9, b"b"), (10, b"e")]
    assert len(found.damage) == 2


def test_a_name_that_comes_twice_has_the_later_uid() -> None:
    found = uidlist.parse(HEADER + b"1 :a\n2 :b\n3 :a\n")
    assert pairs(found) == [(2, b"b"), (3, b"a")]
    assert found.damage == []


def test_information_after_a_base_name_is_dropped() -> None:
    assert pairs(uidlist.parse(HEADER + b"1 :a:2,S\n2 :b\n")) == [(1, b"a"), (2, b"b")]


def test_many_bad_lines_make_few_reports() -> None:
    found = uidlist.parse(HEADER + b"x\n" * 5_000 + b"1 :a\n")
    assert len(found.damage) == 21
    assert found.damage[-1] == "and 4980 more"
    assert pairs(found) == [(1, b"a")]


def test_a_last_line_without_its_end_does_not_count(path: Path) -> None:
    path.write_bytes(HEADER + LINES + b"6 :1795550311.M1P1.v")
    found = uidlist.read(path)
    assert list(found.uids) == [1, 2, 5]
    assert found.mark is None
    assert found.damage == ["the last line has no end"]


def test_appended_entries_are_read_from_the_mark_on(path: Path) -> None:
    mark = uidlist.read(path).mark
    assert mark is not None
    after = uidlist.append(path, mark, [(6, b"six", b""), (9, b"nine", b"W5 Pabc")])
    part = uidlist.read(path, mark)
    assert not part.whole
    assert pairs(part) == [(6, b"six"), (9, b"nine")]
    assert part.fields == {9: b"W5 Pabc"}
    assert (part.uid_next, part.mark) == (10, after)
    whole = uidlist.read(path)
    assert (whole.mark, list(whole.uids)) == (after, [1, 2, 5, 6, 9])
    nothing = uidlist.read(path, after)
    assert (nothing.whole, pairs(nothing), nothing.mark) == (False, [], after)


def test_append_of_nothing_writes_nothing(path: Path) -> None:
    mark = uidlist.read(path).mark
    assert mark is not None
    assert uidlist.append(path, mark, []) is mark
    assert path.read_bytes() == HEADER + LINES


def test_a_mark_does_not_fit_a_list_that_was_rewritten(path: Path) -> None:
    first = uidlist.read(path)
    uidlist.rewrite(path, first, path.parent, [(5, b"x", b"")])
    again = uidlist.read(path, first.mark)
    assert again.whole
    assert pairs(again) == [(5, b"x")]


def test_a_mark_does_not_fit_other_content_in_the_same_inode(path: Path) -> None:
    first = uidlist.read(path)
    path.write_bytes(HEADER + LINES.replace(b"M871925", b"M871926") + b"6 :six\n")
    assert uidlist.read(path, first.mark).whole


def test_append_refuses_a_list_that_another_program_changed(path: Path) -> None:
    mark = uidlist.read(path).mark
    assert mark is not None
    with path.open("ab") as file:
        file.write(b"6 :theirs\n")
    with pytest.raises(BlockingIOError):
        uidlist.append(path, mark, [(6, b"ours", b"")])
    assert path.read_bytes() == HEADER + LINES + b"6 :theirs\n"


def test_append_refuses_a_list_of_the_same_size_that_was_replaced(path: Path) -> None:
    found = uidlist.read(path)
    assert found.mark is not None
    uidlist.rewrite(path, found, path.parent)
    size = path.stat().st_size
    with pytest.raises(BlockingIOError):
        uidlist.append(path, found.mark._replace(end=size), [(9, b"x", b"")])
    assert path.stat().st_size == size


def test_a_part_may_hold_bad_lines_too(path: Path) -> None:
    mark = uidlist.read(path).mark
    with path.open("ab") as file:
        file.write(b"oops\n6 :six\n")
    part = uidlist.read(path, mark)
    assert (pairs(part), len(part.damage), part.uid_next) == ([(6, b"six")], 1, 7)


@pytest.mark.parametrize("name", [b"", b"a\nb", b"a/b", b"a:2,S", b"a\0"])
def test_names_that_would_break_the_list_are_not_written(path: Path, name: bytes) -> None:
    mark = uidlist.read(path).mark
    assert mark is not None
    assert not uidlist.is_listable(name)
    with pytest.raises(ValueError):
        uidlist.append(path, mark, [(6, name, b"")])
    assert path.read_bytes() == HEADER + LINES


@pytest.mark.parametrize("uid", [0, 5, 0xFFFFFFFF, 1 << 40])
def test_uids_out_of_order_or_range_are_not_written(path: Path, uid: int) -> None:
    mark = uidlist.read(path).mark
    assert mark is not None
    with pytest.raises(ValueError):
        uidlist.append(path, mark, [(5, b"a", b""), (uid, b"b", b"")])
    assert path.read_bytes() == HEADER + LINES


def test_names_with_spaces_and_any_octets_are_listed(path: Path) -> None:
    mark = uidlist.read(path).mark
    assert mark is not None
    uidlist.append(path, mark, [(6, b"a b \xff", b"W1")])
    assert pairs(uidlist.read(path))[-1] == (6, b"a b \xff")


def test_rewrite_and_read_give_the_same_list(path: Path) -> None:
    before = uidlist.read(path)
    mark = uidlist.rewrite(path, before, path.parent)
    after = uidlist.read(path)
    assert list(after.entries()) == list(before.entries())
    assert (after.uid_next, after.mark) == (6, mark)
    assert os.listdir(path.parent) == [uidlist.NAME]


@pytest.mark.parametrize(
    "header", [{"uid_validity": 0}, {"uid_next": 1 << 32}, {"mailbox_id": b"short"}]
)
def test_a_header_that_could_not_be_read_again_is_not_written(
    path: Path, header: dict[str, object]
) -> None:
    found = uidlist.read(path)
    for name, value in header.items():
        setattr(found, name, value)
    with pytest.raises(ValueError):
        uidlist.rewrite(path, found, path.parent)
    assert path.read_bytes() == HEADER + LINES


def test_fields_are_encoded_or_refused() -> None:
    assert uidlist.encode_fields({b"W": b"5", b"P": b"a:b"}) == b"W5 Pa:b"
    for bad in ({b"w": b"5"}, {b"WW": b"5"}, {b"P": b"a b"}, {b"P": b"a\nb"}, {b"": b"x"}):
        with pytest.raises(ValueError):
            uidlist.encode_fields(bad)


def test_the_stamp_tells_of_a_change(path: Path) -> None:
    before = uidlist.stamp(path)
    assert before == uidlist.stamp(path)
    with path.open("ab") as file:
        file.write(b"6 :six\n")
    assert uidlist.stamp(path) != before
    assert uidlist.stamp(path.parent / "none") is None


def test_a_symbolic_link_is_not_followed(path: Path) -> None:
    link = path.parent / "link"
    link.symlink_to(path)
    with pytest.raises(OSError):
        uidlist.read(link)
    with pytest.raises(FileNotFoundError):
        uidlist.read(path.parent / "none")


def test_a_long_list_is_read_whole_and_in_part(tmp_path: Path) -> None:
    path = tmp_path / "list"
    blank = Uidlist(uid_validity=7, uid_next=1, mailbox_id=ID)
    entries = [(uid, b"base%d" % uid, b"W9" if uid % 3 else b"") for uid in range(1, 20_001)]
    mark = uidlist.rewrite(path, blank, tmp_path, entries)
    found = uidlist.read(path)
    assert list(found.entries()) == entries
    assert (found.mark, found.uid_next) == (mark, 20_001)
