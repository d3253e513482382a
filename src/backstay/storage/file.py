"""A store in a directory: every object a file, every write all or nothing.

A write goes to a temporary file, is flushed to the disk, and takes its name in one step, so that a
reader sees the old content or the new and a crash leaves at worst a temporary file, which a later write
sweeps away. `link(2)` refuses a name that is taken, which makes `create`; `replace` compares and renames
under a lock that the kernel releases when its holder dies.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from backstay import urls
from backstay.errors import (
    AuthError,
    BackstayError,
    ConfigError,
    ConflictError,
    CorruptError,
    NetworkError,
    NotFoundError,
)
from backstay.files import sweep
from backstay.storage.store import MAX_OBJECT, Object, Store

TEMPORARY = ".tmp"
LOCK = ".lock"
NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
ERRORS: dict[int, type[BackstayError]] = {
    errno.ENOENT: NotFoundError,
    errno.ENOTDIR: NotFoundError,
    errno.EACCES: AuthError,
    errno.EPERM: AuthError,
    errno.EROFS: AuthError,
    errno.EISDIR: CorruptError,
    errno.ENAMETOOLONG: ConfigError,
    errno.ELOOP: ConfigError,
}
"""What an `errno` means to the caller; any other (full disk, I/O error) is a service that fails."""


class FileStore:
    """Objects under a directory, which the first write makes, for its owner only."""

    conditional: bool | None = True

    def __init__(self, root: Path, url: str = "") -> None:
        self.url = url or f"file://{root}"
        self._root = root

    def get(self, key: str) -> Object:
        path = self._path(key)
        with self._explained(key), path.open("rb") as file:
            data = file.read(MAX_OBJECT + 1)
        if len(data) > MAX_OBJECT:
            raise CorruptError(f"{key} in {self.url} is larger than any object of a registry")
        return Object(data, _etag(data))

    def put(self, key: str, data: bytes) -> str:
        with self._explained(key), self._written(data) as temporary:
            self._rename(temporary, self._home(key))
        return _etag(data)

    def create(self, key: str, data: bytes) -> str:
        with self._explained(key), self._written(data) as temporary:
            path = self._home(key)
            try:
                self._link(temporary, path)
            except FileExistsError:
                if self.get(key).data != data:
                    raise ConflictError(f"{key} in {self.url} is already taken") from None
        return _etag(data)

    def replace(self, key: str, data: bytes, etag: str) -> str:
        with self._explained(key), self._written(data) as temporary, self._locked():
            path = self._home(key)
            if not path.exists() or self.get(key).etag != etag:
                raise ConflictError(f"{key} in {self.url} was changed by somebody else")
            self._rename(temporary, path)
        return _etag(data)

    def list(self, prefix: str) -> Iterator[str]:
        folder = prefix.rpartition("/")[0]
        start = self._path(folder) if folder else self._root
        with self._explained(prefix):
            found = [
                Path(directory, name).relative_to(self._root).as_posix()
                for directory, _, names in os.walk(start, onerror=_raise_unless_missing)
                for name in names
            ]
        reserved = (LOCK, f"{TEMPORARY}/")
        yield from sorted(key for key in found if key.startswith(prefix) and not key.startswith(reserved))

    def delete(self, key: str) -> None:
        with self._explained(key):
            self._path(key).unlink(missing_ok=True)

    def check_present(self) -> None:
        """Raises `NetworkError` where the directory is not there."""
        if not self._root.is_dir():
            raise NetworkError(
                f"the directory {self.url} is not there",
                hint="mount its disk; or push the schema, if nothing was ever pushed there",
            )

    def _path(self, key: str) -> Path:
        """The file of a key. Refuses one that leads out of the directory, by its name or by a link."""
        path = self._root / key
        try:
            inside = path.resolve().is_relative_to(self._root.resolve())
        except (OSError, RuntimeError, ValueError):
            inside = False
        if not inside or ".." in path.relative_to(self._root).parts:
            raise ConfigError(
                f'"{key}" leads out of {self.url}', hint="remove the symbolic link that is in the way"
            )
        return path

    def _home(self, key: str) -> Path:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    @contextlib.contextmanager
    def _written(self, data: bytes) -> Iterator[Path]:
        """A temporary file with this content, safely on the disk; gone afterwards."""
        folder = self._root / TEMPORARY
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sweep(folder.iterdir())
        temporary = folder / secrets.token_hex(16)
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def _link(self, temporary: Path, path: Path) -> None:
        """Give the file its name unless that is taken; under the lock where there are no hard links."""
        try:
            os.link(temporary, path)
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            with self._locked():
                if path.exists():
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
                self._rename(temporary, path)
                return
        _sync_directory(path.parent)

    def _rename(self, temporary: Path, path: Path) -> None:
        os.replace(temporary, path)
        _sync_directory(path.parent)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self._root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _explained(self, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            kind = ERRORS.get(error.errno or 0, NetworkError)
            raise kind(f"{key} in {self.url}: {reason}", hint=_HINTS.get(kind, "")) from error


_HINTS: dict[type[BackstayError], str] = {
    AuthError: "check the owner and the permissions of the directory",
    NetworkError: "check that the disk is mounted and not full",
}


def open_file_store(url: str) -> FileStore:
    """`file:///absolute` or `file://relative/to/the/working/directory`."""
    parts = urls.split(url)
    path = unquote(urlsplit(url).netloc + parts.path)
    if parts.query or parts.fragment:
        raise ConfigError(
            f"{urls.redact(url)}: a directory takes no parameters", hint="remove what follows the path"
        )
    if not path or "\0" in path:
        raise ConfigError(
            f'"{url}" names no directory', hint="write file:///absolute/path or file://relative/path"
        )
    return FileStore(Path(path), urls.redact(url))


def check_present(store: Store) -> None:
    """Raises `NetworkError` for the store of a directory that is not there.

    Nobody can tell whether it is new or on a disk that is not mounted. Readers ask before they take it for
    empty; a writer makes it.
    """
    if isinstance(store, FileStore):
        store.check_present()


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _etag(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
