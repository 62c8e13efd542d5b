"""The one place that renames, links, unlinks and syncs files.

What survives a power cut is decided here, so nothing else in the project calls
``os.rename``, ``os.link``, ``os.unlink`` or ``os.fsync``.

Invariants:

* A name that is given to a file is durable only after :func:`sync_directory` on its
  directory. The functions that make a whole file (:func:`replace`) do that themselves;
  those that are called for many files in a row (:func:`place`, :func:`link`,
  :func:`rename`, :func:`unlink`) leave it to the caller, who does it once for all.
* A sync that failed is never tried again: Linux marks the pages clean, so the second
  call would succeed and lie. The error goes up, and the caller treats the data as lost.
* Nothing is ever replaced by accident: :func:`place`, :func:`link`, :func:`rename` and
  :func:`rename_directory` raise FileExistsError. Only :func:`replace` replaces.
* A full disk or quota is :class:`OverQuota`, a read-only file system :class:`ReadOnly`;
  every other error is the ``OSError`` as it came.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from mailstore.model.errors import OverQuota, ReadOnly

AnyPath = str | bytes | os.PathLike[str]

after_step: Callable[[str], None] | None = None
"""Called after each durable step with its name; a crash test ends the process in it."""


@dataclass(slots=True)
class Counters:
    """Calls made by this process; exact only while one thread works (tests, benchmarks)."""

    file_syncs: int = 0
    directory_syncs: int = 0
    renames: int = 0
    links: int = 0
    unlinks: int = 0


counters: Final = Counters()

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
_NO_LINKS = frozenset(
    (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS, errno.EXDEV)
)
_NO_EXCLUSIVE_RENAME = frozenset((errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP))
_NO_DIRECTORY_SYNC = frozenset((errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP))

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_COPY_OCTETS = 1 << 20

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


class DiskErrors:
    """``with DiskErrors():`` turns a full disk and a read-only one into mail errors."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, OSError):
            if error.errno in _FULL:
                raise OverQuota("the disk is full") from error
            if error.errno == errno.EROFS:
                raise ReadOnly("the file system is read-only") from error


_disk_errors = DiskErrors()


def _step(name: str) -> None:
    if after_step is not None:
        after_step(name)


def create(path: AnyPath) -> int:
    """Create a file that must not exist, mode 0600, and return a descriptor for writing.

    Nothing survives yet; finish with :func:`seal`.
    """
    with _disk_errors:
        descriptor = os.open(path, _NEW, 0o600)
    _step("create")
    return descriptor


def write(descriptor: int, octets: bytes | memoryview) -> None:
    """Write all of ``octets``, however many calls that takes; durable after :func:`seal`."""
    view = memoryview(octets)
    with _disk_errors:
        while view:
            view = view[os.write(descriptor, view) :]


def seal(descriptor: int, mtime: int | None = None) -> None:
    """Sync a file's content and close it, whether or not the sync succeeds.

    ``mtime`` (seconds since the epoch) becomes its time of modification. The content
    survives a crash on return; the name does once its directory is synced.
    """
    try:
        with _disk_errors:
            if mtime is not None:
                os.utime(descriptor, (mtime, mtime))
            counters.file_syncs += 1
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    _step("sync")


def write_new(path: AnyPath, pieces: Iterable[bytes], mtime: int | None = None) -> None:
    """Write a whole new file, mode 0600, and sync it; on any error it is removed again.

    The content survives a crash on return; the name does once its directory is synced.

    Raises:
        FileExistsError: ``path`` is taken, also by a dangling symbolic link.
        OverQuota, ReadOnly, OSError: Nothing is left behind.
    """
    descriptor = create(path)
    try:
        try:
            for piece in pieces:
                write(descriptor, piece)
        except BaseException:
            os.close(descriptor)
            raise
        seal(descriptor, mtime)
    except BaseException:
        discard(path)
        raise


def place(source: AnyPath, destination: AnyPath) -> None:
    """Give a finished file its final name, in one file system, never over another file.

    An exclusive rename where the file system has one, else a hard link and an unlink, else
    a look and a plain rename (SMB has no links). In the second case a crash may leave the
    file under both names. Durable once the destination's directory is synced.

    Raises:
        FileExistsError: The name is taken; ``source`` is untouched.
        FileNotFoundError: No ``source``, or no directory for ``destination``.
    """
    with _disk_errors:
        if _rename_exclusive(source, destination):
            counters.renames += 1
        elif _link(source, destination):
            counters.links += 1
            _step("link")
            counters.unlinks += 1
            with contextlib.suppress(FileNotFoundError):
                os.unlink(source)
        else:
            _rename_unless_taken(source, destination)
    _step("place")


def link(source: AnyPath, destination: AnyPath) -> bool:
    """Make a hard link; False where the file system or this file can have none.

    Both names are one file from then on: same content, same times. Durable once the
    destination's directory is synced. Raises FileExistsError, FileNotFoundError.
    """
    with _disk_errors:
        made = _link(source, destination)
    if made:
        counters.links += 1
        _step("link")
    return made


def link_or_copy(source: AnyPath, destination: AnyPath, temporary: AnyPath) -> None:
    """Make a hard link, or where that cannot be, a synced copy with the same mtime.

    ``temporary`` is a free name in the file system of ``destination``; it is gone on
    return. A ``source`` that is a symbolic link is not followed. Durable once the
    destination's directory is synced.
    """
    if link(source, destination):
        return
    reader = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mtime = int(os.fstat(reader).st_mtime)
        write_new(temporary, iter(lambda: os.read(reader, _COPY_OCTETS), b""), mtime)
    finally:
        os.close(reader)
    try:
        place(temporary, destination)
    except BaseException:
        discard(temporary)
        raise


def rename(source: AnyPath, destination: AnyPath) -> None:
    """Rename a file, for a change of flags; never over another file.

    At every moment it has one of the two names. Durable once the directory is synced; a
    power cut before that may bring the old name back.

    Raises:
        FileNotFoundError: Another program renamed or removed ``source``: look again.
        FileExistsError: ``destination`` is taken; nothing was changed.
    """
    with _disk_errors:
        if _rename_exclusive(source, destination):
            counters.renames += 1
        else:
            _rename_unless_taken(source, destination)
    _step("rename")


def unlink(path: AnyPath) -> None:
    """Remove a name. Durable once the directory is synced: until then it may come back.

    Raises FileNotFoundError.
    """
    with _disk_errors:
        counters.unlinks += 1
        os.unlink(path)
    _step("unlink")


def discard(path: AnyPath) -> None:
    """Remove a temporary file if it is there; errors are nobody's concern any more."""
    try:
        os.unlink(path)
    except OSError:
        return
    counters.unlinks += 1


def append(
    path: AnyPath, octets: bytes, expected_size: int, expected_inode: int | None = None
) -> os.stat_result:
    """Add to the end of a file in one write, and sync it; all of it survives on return.

    The caller holds the lock of whatever the file describes. A write that was cut short
    by a full disk is taken back. After a crash in here the file may end with a part
    of ``octets``.

    Returns:
        The state of the file afterwards.

    Raises:
        FileNotFoundError: There is no file.
        BlockingIOError: The file is not ``expected_size`` octets long, or not the one with
            ``expected_inode``; nothing was done.
    """
    with _disk_errors:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            before = os.fstat(descriptor)
            if before.st_size != expected_size or expected_inode not in (None, before.st_ino):
                raise BlockingIOError(errno.EAGAIN, "the file has changed")
            _append_whole(descriptor, octets, expected_size)
            counters.file_syncs += 1
            os.fdatasync(descriptor)
            status = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    _step("append")
    return status


def _append_whole(descriptor: int, octets: bytes, expected_size: int) -> None:
    try:
        written = os.write(descriptor, octets)
        if written < len(octets):
            # A second call gives the error that cut the first one short, if there is one.
            written += os.write(descriptor, octets[written:])
        if written < len(octets):
            raise OSError(errno.ENOSPC, "the write was cut short")
    except OSError:
        os.ftruncate(descriptor, expected_size)
        raise


def replace(path: AnyPath, octets: bytes, temporary_in: AnyPath) -> os.stat_result:
    """Put a whole new content in place of a file, or make the file; mode 0600.

    Whoever opens it, and whoever looks after a crash, sees the old content or the new one,
    whole. The new one survives on return. ``temporary_in`` is a directory of the same file
    system (a ``tmp/``), where a crash may leave a file behind.

    Returns:
        The state of the file afterwards.
    """
    name = os.path.basename(os.fsencode(path))
    temporary = os.path.join(
        os.fsencode(temporary_in), b"%b.%d.%b" % (name, os.getpid(), secrets.token_hex(8).encode())
    )
    write_new(temporary, (octets,))
    try:
        with _disk_errors:
            status = os.lstat(temporary)
            counters.renames += 1
            os.replace(temporary, os.fsencode(path))
    except BaseException:
        discard(temporary)
        raise
    _step("replace")
    sync_directory(os.path.dirname(os.fsencode(path)) or b".")
    return status


def sync_directory(path: AnyPath) -> None:
    """Make the names in a directory survive: what was placed, renamed and removed.

    File systems that cannot sync a directory (SMB) are believed to need none.
    """
    with _disk_errors:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            counters.directory_syncs += 1
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in _NO_DIRECTORY_SYNC:
                raise
        finally:
            os.close(descriptor)
    _step("sync-directory")


def make_directory(path: AnyPath, *, exist_ok: bool = False) -> None:
    """Make one directory, mode 0700. Durable once the parent is synced.

    Raises FileExistsError unless ``exist_ok`` and a directory is there.
    """
    with _disk_errors:
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            if not exist_ok or not os.path.isdir(path):
                raise
            return
    _step("make-directory")


def rename_directory(source: AnyPath, destination: AnyPath) -> None:
    """Rename a directory with all that is in it, never over another one.

    Durable once the parent is synced. Raises FileExistsError, FileNotFoundError.
    """
    with _disk_errors:
        if _rename_exclusive(source, destination):
            counters.renames += 1
        else:
            _rename_unless_taken(source, destination)
    _step("rename-directory")


def remove_directory(path: AnyPath) -> None:
    """Remove an empty directory. Durable once the parent is synced."""
    with _disk_errors:
        os.rmdir(path)
    _step("remove-directory")


def remove_tree(path: AnyPath) -> None:
    """Remove a directory and all in it; symbolic links are removed, not followed.

    A crash may leave any part of it: rename it out of the way first. Raises
    FileNotFoundError if it is not there; what vanishes meanwhile is no error.
    """
    os.lstat(path)
    with _disk_errors:
        shutil.rmtree(path, ignore_errors=False)
    _step("remove-tree")


def _rename_exclusive(source: AnyPath, destination: AnyPath) -> bool:
    """``renameat2(RENAME_NOREPLACE)``; False where there is no such thing."""
    if _renameat2 is None:
        return False
    result = _renameat2(
        _AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(destination), _RENAME_NOREPLACE
    )
    if result == 0:
        return True
    number = ctypes.get_errno()
    if number in _NO_EXCLUSIVE_RENAME:
        return False
    raise OSError(number, os.strerror(number), os.fsdecode(source), None, os.fsdecode(destination))


def _link(source: AnyPath, destination: AnyPath) -> bool:
    """``link``; False where links cannot be. A link that was made in spite of an error counts."""
    try:
        os.link(source, destination, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        if not _is_linked(source, destination):
            raise
    return True


def _is_linked(source: AnyPath, destination: AnyPath) -> bool:
    # NFS may report EEXIST for a link that its own lost first answer made.
    try:
        there, here = os.lstat(destination), os.lstat(source)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)


def _rename_unless_taken(source: AnyPath, destination: AnyPath) -> None:
    # Not atomic, and only for file systems without links and exclusive renames. The names
    # are unique by construction, so the look is a second safeguard, not the first.
    if os.path.lexists(destination):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fsdecode(destination))
    counters.renames += 1
    try:
        os.rename(os.fsencode(source), os.fsencode(destination))
    except FileNotFoundError:
        # NFS repeats a request whose answer was lost; the repeat finds the source gone.
        # The destination was not there a moment ago, so it is what we renamed.
        if os.path.lexists(source) or not os.path.lexists(destination):
            raise
