"""Repositories of an OCI registry, where container images are.

An object is a manifest with one layer, the data, under a tag that stands for its key. Blobs first, tag last:
a reader never finds a tag whose content is not there. The specification
(https://github.com/opencontainers/distribution-spec, 1.1) has no conditional writes, so a repository is like
a store that ignores conditions: good as a backup.
"""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from backstay import urls
from backstay.decoding import decode
from backstay.errors import CorruptError
from backstay.storage import oci_options, oci_tags
from backstay.storage.conditions import CheckedWrites
from backstay.storage.failures import Failure, RefusedError
from backstay.storage.oci_options import OciOptions
from backstay.storage.remote import Page, RemoteStore
from backstay.storage.store import MAX_OBJECT, Object, Store

if TYPE_CHECKING:
    from backstay.storage.oci_connection import Connection

MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"
OBJECT_TYPE: Final = "application/vnd.backstay.object.v1+json"
KEY_ANNOTATION: Final = "dev.backstay.key"
EMPTY: Final = b"{}"
PAGE: Final = 1000
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_NEXT: Final = re.compile(r'<([^>]*)>\s*;\s*rel="?next"?')


class Descriptor(msgspec.Struct, frozen=True, rename="camel"):
    media_type: str
    digest: str
    size: int


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    """An image manifest, as far as ours go (https://github.com/opencontainers/image-spec)."""

    schema_version: int
    media_type: str
    artifact_type: str
    config: Descriptor
    layers: tuple[Descriptor]
    annotations: dict[str, str]


class TagList(msgspec.Struct, frozen=True):
    name: str
    tags: list[str] | None = None


def open_oci_store(url: str) -> Store:
    """`oci://host/repository?…` (parameters: `oci_options`). Opens no connection."""
    options = oci_options.parse(url)
    shown = urls.redact(url)
    return CheckedWrites(
        RemoteStore(OciRepository(options), shown, conditional=False), conditional=not options.conditional
    )


class OciRepository:
    """Objects in a repository."""

    def __init__(self, options: OciOptions) -> None:
        self.place = f"oci://{options.host}/{options.repository}"
        self._options = options
        self._has_empty = False

    @property
    def credentials(self) -> str:
        return self._connection.login[2]

    def read(self, key: str) -> Object:
        manifest = self._manifest(oci_tags.tag_of(key))
        if manifest.annotations.get(KEY_ANNOTATION) != key:
            raise CorruptError(f"{self.place}: the tag of {key} leads to another object")
        layer = manifest.layers[0]
        if not _DIGEST.fullmatch(layer.digest) or layer.size > MAX_OBJECT:
            raise CorruptError(f"{self.place}: the manifest of {key} is not one of ours")
        data = self._connection.request("GET", f"blobs/{layer.digest}").content
        if _digest(data) != layer.digest:
            raise CorruptError(f"{self.place}: {key} does not have its digest")
        return Object(data, layer.digest)

    def write(self, key: str, data: bytes, expected: str | None) -> str:
        """Write whatever is there: that `expected` is what is there is looked at by `CheckedWrites`."""
        if not self._has_empty:
            self._upload(EMPTY)
            self._has_empty = True
        self._upload(data)
        manifest = Manifest(
            schema_version=2,
            media_type=MANIFEST_TYPE,
            artifact_type=OBJECT_TYPE,
            config=Descriptor(EMPTY_TYPE, _digest(EMPTY), len(EMPTY)),
            layers=(Descriptor(OBJECT_TYPE, _digest(data), len(data)),),
            annotations={KEY_ANNOTATION: key},
        )
        self._connection.request(
            "PUT",
            f"manifests/{oci_tags.tag_of(key)}",
            body=msgspec.json.encode(manifest),
            headers={"Content-Type": MANIFEST_TYPE},
            allowed=(201,),
        )
        return _digest(data)

    def page(self, prefix: str, token: str) -> Page:
        """All keys at once: the order of tags is not that of keys."""
        keys = (self._key(tag) for tag in self._tags() if oci_tags.may_start_with(tag, prefix))
        return Page(tuple(sorted(key for key in keys if key is not None and key.startswith(prefix))))

    def remove(self, key: str) -> None:
        """Remove the tag; where a registry only knows how to delete by digest, the manifest, which has no
        other tag, because it holds the key."""
        path = f"manifests/{oci_tags.tag_of(key)}"
        try:
            self._connection.request("DELETE", path, allowed=(202, 404))
        except RefusedError as error:
            if error.status not in (400, 405):
                raise
            found = self._connection.request(
                "GET", path, headers={"Accept": MANIFEST_TYPE}, allowed=(200, 404)
            )
            if found.status_code == 200:
                self._connection.request("DELETE", f"manifests/{_digest(found.content)}", allowed=(202, 404))

    def failure(self, error: Exception) -> Failure | None:
        return self._connection.failure(error)

    def _manifest(self, tag: str) -> Manifest:
        response = self._connection.request("GET", f"manifests/{tag}", headers={"Accept": MANIFEST_TYPE})
        announced = response.headers.get("Docker-Content-Digest", "")
        if _DIGEST.fullmatch(announced) and announced != _digest(response.content):
            raise CorruptError(f"{self.place}: the manifest of tag {tag} does not have its digest")
        try:
            return decode(response.content, Manifest)
        except msgspec.DecodeError:
            raise self._connection.strange() from None

    def _upload(self, data: bytes) -> None:
        """Put a blob into the repository, in one piece, unless it is there."""
        digest = _digest(data)
        found = self._connection.request("HEAD", f"blobs/{digest}", allowed=(200, 404))
        if found.status_code == 200:
            return
        begun = self._connection.request("POST", "blobs/uploads/", allowed=(202,))
        location = begun.headers.get("Location", "")
        if not location:
            raise self._connection.strange()
        separator = "&" if urlsplit(location).query else "?"
        self._connection.request(
            "PUT",
            f"{location}{separator}digest={digest}",
            body=data,
            headers={"Content-Type": "application/octet-stream"},
            allowed=(201,),
        )

    def _tags(self) -> list[str]:
        """The tags of all pages. A repository that does not exist comes into being with the first write."""
        path = f"tags/list?n={PAGE}"
        seen: set[str] = set()
        tags: list[str] = []
        while path:
            if path in seen:
                raise CorruptError(f"{self.place}: the list of tags has no end")
            seen.add(path)
            response = self._connection.request("GET", path, allowed=(200, 404))
            if response.status_code == 404:
                return self._none(response.content)
            try:
                tags += decode(response.content, TagList).tags or []
            except msgspec.DecodeError:
                raise self._connection.strange() from None
            link = _NEXT.search(response.headers.get("Link", ""))
            path = link[1] if link else ""
        return tags

    def _none(self, answer: bytes) -> list[str]:
        if b"NAME_UNKNOWN" not in answer:  # A gateway whose service is gone.
            raise self._connection.strange()
        return []

    def _key(self, tag: str) -> str | None:
        """The key of a tag; `None` for a tag of somebody else's."""
        if not oci_tags.is_shortened(tag):
            return oci_tags.key_of(tag)
        try:
            key = self._manifest(tag).annotations.get(KEY_ANNOTATION, "")
        except RefusedError as error:
            if error.status != 404:
                raise
            return None  # Deleted since it was listed.
        return key if oci_tags.tag_of(key) == tag else None

    @cached_property
    def _connection(self) -> Connection:
        from backstay.storage.oci_connection import Connection

        return Connection(self._options, self.place)


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
