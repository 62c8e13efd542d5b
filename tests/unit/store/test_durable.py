from __future__ import annotations

import ast
import ctypes
import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailstore.model.errors import OverQuota, ReadOnly
from mailstore.store import durable


@pytest.fixture(autouse=True)
def _no_hook() -> Iterator[None]:
    yield
    durable.after_step = None


@pytest.fixture
def steps() -> list[str]:
    seen: list[str] = []
    durable.after_step = seen.append
    return seen


def failing(number: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.fixture
def no_exclusive_rename(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "_renameat2", None)


def crash(work: Callable[[Path], object], directory: Path, step: int) -> bool:
    """Run ``work`` in a child that ends at its ``step``-th durable step; False if it had fewer."""
    child = os.fork()
    if child == 0:
        left = step

        def hook(_: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os._exit(7)

        durable.after_step = hook
        try:
            work(directory)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_new_file_is_private_synced_and_whole(tmp_path: Path, steps: list[str]) -> None:
    before = durable.counters.file_syncs
    durable.write_new(tmp_path / "a", [b"one", b"", b"two"], mtime=1_000_000_000)
    status = (tmp_path / "a").stat()
    assert (tmp_path / "a").read_bytes() == b"onetwo"
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_mtime == 1_000_000_000
    assert durable.counters.file_syncs == before + 1
    assert steps == ["create", "sync"]


def test_a_new_file_never_replaces_another(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        durable.write_new(tmp_path / "a", [b"new"])
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_new_file_is_not_written_through_a_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        durable.write_new(tmp_path / "a", [b"new"])
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_is_over_quota_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, call: str
) -> None:
    monkeypatch.setattr(os, call, failing(number))
    with pytest.raises(OverQuota):
        durable.write_new(tmp_path / "a", [b"one"])
    assert list(tmp_path.iterdir()) == []


def test_a_failing_source_leaves_nothing(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        raise RuntimeError("the client went away")

    with pytest.raises(RuntimeError):
        durable.write_new(tmp_path / "a", pieces())
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_disk_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", failing(errno.EROFS))
    with pytest.raises(ReadOnly):
        durable.write_new(tmp_path / "a", [b"one"])


def test_other_errors_stay_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError):
        durable.write_new(tmp_path / "no" / "a", [b"one"])
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))
    with pytest.raises(OSError) as caught:
        durable.write_new(tmp_path / "a", [b"one"])
    assert caught.value.errno == errno.EIO


def test_a_failed_sync_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def fail_once(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        raise OSError(errno.EIO, "lost")

    monkeypatch.setattr(os, "fsync", fail_once)
    with pytest.raises(OSError):
        durable.write_new(tmp_path / "a", [b"one"])
    assert calls == 1
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("way", ["exclusive rename", "link", "rename"])
@pytest.mark.parametrize("function", [durable.place, durable.rename])
def test_a_file_gets_its_name_but_never_anothers(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    function: Callable[[Path, Path], None],
) -> None:
    if way != "exclusive rename":
        monkeypatch.setattr(durable, "_renameat2", None)
    if way == "rename":
        monkeypatch.setattr(os, "link", failing(errno.EPERM))
    source, free, taken = tmp_path / "tmp", tmp_path / "free", tmp_path / "taken"
    source.write_bytes(b"new")
    taken.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        function(source, taken)
    assert (source.read_bytes(), taken.read_bytes()) == (b"new", b"old")
    function(source, free)
    assert free.read_bytes() == b"new"
    assert not source.exists()
    with pytest.raises(FileNotFoundError):
        function(source, tmp_path / "third")


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS])
def test_a_file_system_without_exclusive_rename_takes_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[str], number: int
) -> None:
    def refuse(*_: object) -> int:
        ctypes.set_errno(number)
        return -1

    monkeypatch.setattr(durable, "_renameat2", refuse)
    (tmp_path / "a").write_bytes(b"new")
    durable.place(tmp_path / "a", tmp_path / "b")
    assert steps == ["link", "place"]
    assert os.listdir(tmp_path) == ["b"]


def test_a_link_that_was_made_in_spite_of_its_error_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_exclusive_rename: None
) -> None:
    real = os.link

    def link(source: Path, destination: Path, **kwargs: Any) -> None:
        real(source, destination, **kwargs)
        raise FileExistsError(errno.EEXIST, "the first answer was lost")

    monkeypatch.setattr(os, "link", link)
    (tmp_path / "a").write_bytes(b"new")
    durable.place(tmp_path / "a", tmp_path / "b")
    assert os.listdir(tmp_path) == ["b"]


def test_a_rename_that_was_done_in_spite_of_its_error_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_exclusive_rename: None
) -> None:
    real = os.rename

    def rename(source: bytes, destination: bytes) -> None:
        real(source, destination)
        raise FileNotFoundError(errno.ENOENT, "the first answer was lost")

    monkeypatch.setattr(os, "rename", rename)
    (tmp_path / "a").write_bytes(b"new")
    durable.rename(tmp_path / "a", tmp_path / "b")
    assert os.listdir(tmp_path) == ["b"]


def test_link_or_copy_links(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"mail")
    durable.link_or_copy(tmp_path / "a", tmp_path / "b", tmp_path / "t")
    assert (tmp_path / "a").stat().st_ino == (tmp_path / "b").stat().st_ino
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_link_or_copy_copies_where_there_are_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", failing(errno.EMLINK))
    (tmp_path / "a").write_bytes(b"mail" * 1_000_000)
    os.utime(tmp_path / "a", (1_000_000_000, 1_000_000_000))
    durable.link_or_copy(tmp_path / "a", tmp_path / "b", tmp_path / "t")
    assert (tmp_path / "b").read_bytes() == b"mail" * 1_000_000
    assert (tmp_path / "b").stat().st_mtime == 1_000_000_000
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_a_copy_onto_a_taken_name_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", failing(errno.EPERM))
    (tmp_path / "a").write_bytes(b"mail")
    (tmp_path / "b").write_bytes(b"other")
    with pytest.raises(FileExistsError):
        durable.link_or_copy(tmp_path / "a", tmp_path / "b", tmp_path / "t")
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]
    assert (tmp_path / "b").read_bytes() == b"other"


def test_append_adds_and_syncs(tmp_path: Path, steps: list[str]) -> None:
    (tmp_path / "a").write_bytes(b"one\n")
    before = durable.counters.file_syncs
    status = durable.append(tmp_path / "a", b"two\n", 4)
    assert (tmp_path / "a").read_bytes() == b"one\ntwo\n"
    assert status.st_size == 8
    assert durable.counters.file_syncs == before + 1
    assert steps == ["append"]


def test_append_needs_the_file_to_be_as_expected(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\n")
    inode = (tmp_path / "a").stat().st_ino
    with pytest.raises(BlockingIOError):
        durable.append(tmp_path / "a", b"two\n", 3)
    with pytest.raises(BlockingIOError):
        durable.append(tmp_path / "a", b"two\n", 4, inode + 1)
    with pytest.raises(FileNotFoundError):
        durable.append(tmp_path / "b", b"two\n", 0)
    assert (tmp_path / "a").read_bytes() == b"one\n"
    durable.append(tmp_path / "a", b"two\n", 4, inode)


def test_an_append_that_was_cut_short_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"one\n")
    real, calls = os.write, 0

    def write(descriptor: int, octets: bytes) -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            return real(descriptor, octets[:2])
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OverQuota):
        durable.append(tmp_path / "a", b"two\n", 4)
    assert (tmp_path / "a").read_bytes() == b"one\n"


def test_replace_puts_the_new_content_in_place(tmp_path: Path, steps: list[str]) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "a").write_bytes(b"old")
    status = durable.replace(tmp_path / "a", b"new content", tmp_path / "tmp")
    assert (tmp_path / "a").read_bytes() == b"new content"
    assert os.listdir(tmp_path / "tmp") == []
    now = (tmp_path / "a").stat()
    assert (status.st_ino, status.st_size, status.st_mtime_ns) == (
        now.st_ino,
        now.st_size,
        now.st_mtime_ns,
    )
    assert steps == ["create", "sync", "replace", "sync-directory"]


def test_a_failed_replace_leaves_the_old_content_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, "replace", failing(errno.EDQUOT))
    with pytest.raises(OverQuota):
        durable.replace(tmp_path / "a", b"new", tmp_path)
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"old"


@pytest.mark.parametrize("exists", [True, False])
def test_a_crash_at_any_step_of_replace_leaves_old_or_new(tmp_path: Path, exists: bool) -> None:
    for step in range(1, 10):
        directory = tmp_path / str(step)
        (directory / "tmp").mkdir(parents=True)
        path = directory / "a"
        if exists:
            path.write_bytes(b"old")
        crashed = crash(lambda d: durable.replace(d / "a", b"new", d / "tmp"), directory, step)
        content = path.read_bytes() if path.exists() else None
        assert content in (b"new", b"old" if exists else None)
        if not crashed:
            assert content == b"new"
            assert step > 3
            return
    pytest.fail("there is no end to the steps")


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_crash_at_any_step_of_placing_keeps_the_message_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exclusive: bool
) -> None:
    if not exclusive:
        monkeypatch.setattr(durable, "_renameat2", None)

    def work(directory: Path) -> None:
        durable.write_new(directory / "tmp", [b"mail"])
        durable.place(directory / "tmp", directory / "cur")
        durable.sync_directory(directory)

    for step in range(1, 10):
        directory = tmp_path / str(step)
        directory.mkdir()
        crashed = crash(work, directory, step)
        if (directory / "cur").exists():
            assert (directory / "cur").read_bytes() == b"mail"
        if not crashed:
            assert os.listdir(directory) == ["cur"]
            return
    pytest.fail("there is no end to the steps")


def test_sync_directory_counts_and_forgives_file_systems_that_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = durable.counters.directory_syncs
    durable.sync_directory(tmp_path)
    monkeypatch.setattr(os, "fsync", failing(errno.EINVAL))
    durable.sync_directory(tmp_path)
    assert durable.counters.directory_syncs == before + 2
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))
    with pytest.raises(OSError):
        durable.sync_directory(tmp_path)


def test_directories(tmp_path: Path) -> None:
    durable.make_directory(tmp_path / "a")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    durable.make_directory(tmp_path / "a", exist_ok=True)
    with pytest.raises(FileExistsError):
        durable.make_directory(tmp_path / "a")
    durable.make_directory(tmp_path / "b")
    with pytest.raises(FileExistsError):
        durable.rename_directory(tmp_path / "a", tmp_path / "b")
    with pytest.raises(FileNotFoundError):
        durable.rename_directory(tmp_path / "x", tmp_path / "b")
    durable.rename_directory(tmp_path / "a", tmp_path / "c")
    durable.remove_directory(tmp_path / "c")
    assert os.listdir(tmp_path) == ["b"]


def test_an_empty_directory_is_not_replaced_by_a_rename(
    tmp_path: Path, no_exclusive_rename: None
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with pytest.raises(FileExistsError):
        durable.rename_directory(tmp_path / "a", tmp_path / "b")


def test_a_file_is_no_directory_to_make(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(FileExistsError):
        durable.make_directory(tmp_path / "a", exist_ok=True)


def test_remove_tree_does_not_follow_links(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "mail").write_bytes(b"keep")
    (tmp_path / "a" / "cur").mkdir(parents=True)
    (tmp_path / "a" / "cur" / "1").write_bytes(b"x")
    (tmp_path / "a" / "link").symlink_to(tmp_path / "outside")
    durable.remove_tree(tmp_path / "a")
    assert os.listdir(tmp_path) == ["outside"]
    assert (tmp_path / "outside" / "mail").read_bytes() == b"keep"
    with pytest.raises(FileNotFoundError):
        durable.remove_tree(tmp_path / "a")


def test_unlink_and_discard(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "b").write_bytes(b"")
    durable.unlink(tmp_path / "a")
    durable.discard(tmp_path / "b")
    durable.discard(tmp_path / "b")
    with pytest.raises(FileNotFoundError):
        durable.unlink(tmp_path / "a")
    assert os.listdir(tmp_path) == []


def test_names_may_be_any_octets(tmp_path: Path) -> None:
    directory = os.fsencode(tmp_path)
    durable.write_new(directory + b"/\xff\xfe", [b"x"])
    durable.place(directory + b"/\xff\xfe", directory + b"/\xfd:2,S")
    assert os.listdir(directory) == [b"\xfd:2,S"]


CHANGES_A_NAME = frozenset(
    "fdatasync fsync link mkdir remove removedirs rename renames replace rmdir rmtree symlink"
    " sync truncate unlink".split()
)


def calls(path: Path) -> list[str]:
    return [
        f"{path.name}:{node.lineno} {node.attr}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in CHANGES_A_NAME
        and isinstance(node.value, ast.Name)
        and node.value.id in {"os", "shutil"}
    ]


def test_nothing_else_in_the_store_changes_names_or_syncs() -> None:
    home = Path(durable.__file__)
    others = [path for path in sorted(home.parent.rglob("*.py")) if path != home]
    assert [call for path in others for call in calls(path)] == []
    assert calls(home)
