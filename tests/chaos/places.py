"""The places that objects are kept in, each behind a proxy, and read without a line of the product."""

from __future__ import annotations

import contextlib
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from backstay.registry.signing_keys import Signer
from backstay.storage.open import open_store
from tests.chaos.targets import PostgresTarget, postgres_target
from tests.servers.clouds import (
    AZURITE_ACCOUNT,
    AZURITE_KEY,
    azurite_server,
    crane_registry,
    distribution_registry,
    gcs_server,
)
from tests.servers.postgres import postgres_server
from tests.servers.proxy import Proxy
from tests.servers.registry import RegistryServer, registry_server
from tests.servers.s3 import S3Server, moto_server, rclone_server

Objects = dict[str, bytes]
KINDS: Final = (
    "file",
    "moto",
    "rclone",
    "gcs",
    "azurite",
    "distribution",
    "crane",
    "server",
    "signing server",
)
WITHOUT_CONDITIONS: Final = ("rclone", "distribution", "crane")
SIGNING_SEED: Final = b"s" * 32


class Place(msgspec.Struct, kw_only=True):
    """A target. `template` is its URL, with `{host}` for where it is reached; a directory has none.

    `objects` reads everything that is there, directly. `upstream` is the `host:port` of its server.
    """

    kind: str
    template: str
    objects: Callable[[], Objects]
    environment: Mapping[str, str] = {}
    upstream: str = ""
    through: Proxy | None = None

    @property
    def url(self) -> str:
        return self.template.format(scheme="http", host=self.through.address if self.through else "")

    def secure_url(self, proxy: Proxy) -> str:
        """The same by way of another proxy, over TLS."""
        return self.template.format(scheme="https", host=proxy.address)


def directory_place(root: Path) -> Place:
    return Place(kind="file", template=f"file://{root}", objects=lambda: _files(root))


def _files(root: Path) -> Objects:
    found = {}
    for path in sorted(root.rglob("*")):
        key = path.relative_to(root).as_posix()
        if path.is_file() and not key.startswith((".tmp/", ".lock")):
            found[key] = path.read_bytes()
    return found


class World:
    """The servers, each started when it is first needed, and new places on them."""

    def __init__(self, stack: contextlib.ExitStack, directory: Path) -> None:
        self._stack, self._directory = stack, directory
        self._servers: dict[str, Any] = {}
        self._count = 0

    def place(self, kind: str) -> Place:
        """A new, empty place of a kind."""
        self._count += 1
        name = f"place-{self._count}"
        match kind:
            case "file":
                return directory_place(self._directory / name)
            case "server" | "signing server":
                return self._registry(kind, self._directory / name)
            case "moto" | "rclone":
                return _s3(kind, self._server(kind), name)
            case "gcs":
                return _gcs(self._server(kind), name)
            case "azurite":
                return _azure(self._server(kind), name)
        return _oci(kind, self._server(kind), name)

    def postgres(self) -> PostgresTarget:
        """Databases of a PostgreSQL server, to apply to."""
        if "postgres" not in self._servers:
            server = self._stack.enter_context(postgres_server())
            self._servers["postgres"] = self._stack.enter_context(postgres_target(server))
        target: PostgresTarget = self._servers["postgres"]
        return target

    def _server(self, kind: str) -> Any:
        starts = {
            "moto": moto_server,
            "rclone": rclone_server,
            "gcs": gcs_server,
            "azurite": azurite_server,
            "distribution": distribution_registry,
            "crane": crane_registry,
        }
        if kind not in self._servers:
            self._servers[kind] = self._stack.enter_context(starts[kind]())  # type: ignore[operator]
            if kind in ("moto", "rclone"):
                self._servers[kind].create_buckets("bucket")
        return self._servers[kind]

    def _registry(self, kind: str, root: Path) -> Place:
        settings = {"signer": Signer(SIGNING_SEED)} if kind == "signing server" else {}
        store = open_store(f"file://{root}")
        running = self._stack.enter_context(registry_server(store, **settings))
        return Place(
            kind=kind,
            template="{scheme}://{host}",
            objects=lambda: _files(root),
            environment={"BACKSTAY_TOKEN": self._token(kind, running)},
            upstream=running.url.removeprefix("http://"),
        )

    def _token(self, kind: str, running: RegistryServer) -> str:
        """The one token for all servers of a kind, since a project has only one."""
        if kind not in self._servers:
            token = running.token()
            self._servers[kind] = (
                token,
                {key: running.store.get(key).data for key in running.store.list("")},
            )
        token, stored = self._servers[kind]
        for key, data in stored.items():
            running.store.put(key, data)
        return str(token)


def _s3(kind: str, server: S3Server, name: str) -> Place:
    client = server.client()

    def objects() -> Objects:
        found, more = {}, {}
        while True:
            page = client.list_objects_v2(Bucket="bucket", Prefix=f"{name}/", **more)
            for each in page.get("Contents", []):
                body = client.get_object(Bucket="bucket", Key=each["Key"])["Body"].read()
                found[each["Key"].removeprefix(f"{name}/")] = body
            if not page.get("IsTruncated"):
                return found
            more = {"ContinuationToken": page["NextContinuationToken"]}

    query = "&conditional=off" if kind in WITHOUT_CONDITIONS else ""
    return Place(
        kind=kind,
        template=f"s3://bucket/{name}?region=us-east-1&endpoint={{scheme}}://{{host}}{query}",
        objects=objects,
        environment=server.environment,
        upstream=server.endpoint.removeprefix("http://"),
    )


def _gcs(url: str, name: str) -> Place:
    def objects() -> Objects:
        found, token = {}, ""
        while True:
            listed = _json(f"{url}/storage/v1/b/bucket/o?prefix={name}/&pageToken={token}")
            for each in listed.get("items", []):
                path = urllib.parse.quote(each["name"], safe="")
                found[each["name"].removeprefix(f"{name}/")] = _get(
                    f"{url}/storage/v1/b/bucket/o/{path}?alt=media"
                )
            token = listed.get("nextPageToken", "")
            if not token:
                return found

    return Place(
        kind="gcs",
        template=f"gs://bucket/{name}?endpoint={{scheme}}://{{host}}&anonymous=true",
        objects=objects,
        upstream=url.removeprefix("http://"),
    )


def _azure(connection: str, name: str) -> Place:
    from azure.storage.blob import ContainerClient

    client = ContainerClient.from_connection_string(connection, "container")

    def objects() -> Objects:
        names = [str(each) for each in client.list_blob_names(name_starts_with=f"{name}/")]
        return {each.removeprefix(f"{name}/"): client.download_blob(each).readall() for each in names}

    endpoint = f"{{scheme}}://{{host}}/{AZURITE_ACCOUNT}"
    server = connection.partition("BlobEndpoint=http://")[2].partition("/")[0]
    return Place(
        kind="azurite",
        template=f"azblob://container/{name}?storage_account={AZURITE_ACCOUNT}&endpoint={endpoint}",
        objects=objects,
        environment={"AZURE_STORAGE_KEY": AZURITE_KEY},
        upstream=server,
    )


def _oci(kind: str, host: str, name: str) -> Place:
    base = f"http://{host}/v2/some/{name}"

    def objects() -> Objects:
        try:
            tags = _json(f"{base}/tags/list?n=1000").get("tags") or []
        except urllib.error.HTTPError:
            return {}
        found = {}
        for tag in tags:
            manifest = _json(f"{base}/manifests/{tag}", "application/vnd.oci.image.manifest.v1+json")
            (layer,) = manifest["layers"]
            found[manifest["annotations"]["dev.backstay.key"]] = _get(f"{base}/blobs/{layer['digest']}")
        return found

    return Place(
        kind=kind,
        template=f"oci://{{host}}/some/{name}?conditional=off",
        objects=objects,
        upstream=host,
    )


def _get(url: str, accept: str = "*/*") -> bytes:
    with urllib.request.urlopen(
        urllib.request.Request(url, headers={"Accept": accept}), timeout=30
    ) as answer:
        data: bytes = answer.read()
    return data


def _json(url: str, accept: str = "*/*") -> Any:
    return json.loads(_get(url, accept))


def machine_environment() -> dict[str, str]:
    """What a process needs of this machine's environment, and nothing that leads to a real cloud."""
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH")
    return {name: os.environ[name] for name in kept if name in os.environ}


@contextlib.contextmanager
def world(directory: Path) -> Iterator[World]:
    """Servers for places under this directory; stopped at the end."""
    with contextlib.ExitStack() as stack:
        yield World(stack, directory)
