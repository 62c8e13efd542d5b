from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailstore.model.quota import UNLIMITED, Quota
from mailstore.store.maildir import own_quota

HUGE = b"9" * 10_000


@pytest.mark.parametrize(
    ("text", "quota"),
    [
        (b"", Quota()),
        (b"storage 5\nmessages 6\n", Quota(5, 6)),
        (b"messages 6", Quota(UNLIMITED, 6)),
        (b"storage -1\nmessages 1.5\nmailboxes 7\n\n \0\xff", Quota()),
        (b"storage 9999999999999999999\nmessages 5\n", Quota(UNLIMITED, 5)),
        (b"storage " + HUGE, Quota()),
        (b"storage \xd9\xa3\n", Quota()),
    ],
)
def test_what_is_no_limit_is_none(tmp_path: Path, text: bytes, quota: Quota) -> None:
    (tmp_path / "mailstore-quota").write_bytes(text)
    assert own_quota.read(os.fsencode(tmp_path)) == quota


def test_a_link_or_a_pipe_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"messages 0\n")
    (tmp_path / "mailstore-quota").symlink_to(tmp_path / "elsewhere")
    assert own_quota.read(os.fsencode(tmp_path)) == Quota()
    (tmp_path / "mailstore-quota").unlink()
    os.mkfifo(tmp_path / "mailstore-quota")
    assert own_quota.read(os.fsencode(tmp_path)) == Quota()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    root = os.fsencode(tmp_path)
    for quota in (Quota(1, 2), Quota(messages=0), Quota()):
        own_quota.write(root, quota)
        assert own_quota.read(root) == quota
