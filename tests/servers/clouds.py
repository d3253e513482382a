"""Servers that speak the protocols of other clouds: installed by `make setup`, run on 127.0.0.1.

fake-gcs-server is Google Cloud Storage, Azurite is Azure's own Blob emulator; distribution is the OCI
registry that most others are made from, and crane's is one that shares no code with it.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.servers.process import free_port, running

EMULATORS = Path(__file__).resolve().parents[2] / ".cache" / "emulators"
AZURITE_ACCOUNT = "devstoreaccount1"
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The account that every Azurite has; its key is public."""

DISTRIBUTION = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage:
  inmemory: {{}}
  delete: {{enabled: true}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@contextlib.contextmanager
def gcs_server() -> Iterator[str]:
    """Google Cloud Storage with one bucket, `bucket`. Yields its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        program("bin/fake-gcs-server"),
        "-backend",
        "memory",
        "-scheme",
        "http",
        "-log-level",
        "error",
    ]
    command += ["-host", "127.0.0.1", "-port", str(port), "-public-host", f"127.0.0.1:{port}"]
    with running([*command, "-external-url", url], port):
        created = urllib.request.Request(
            f"{url}/storage/v1/b", b'{"name": "bucket"}', {"Content-Type": "application/json"}
        )
        urllib.request.urlopen(created, timeout=10).close()
        yield url


@contextlib.contextmanager
def azurite_server() -> Iterator[str]:
    """Azure Blob with one container, `container`. Yields a connection string."""
    from azure.storage.blob import ContainerClient

    port = free_port()
    node = shutil.which("node")
    if not node:
        raise FileNotFoundError("node is not installed")
    command = [node, program("node_modules/azurite/dist/src/blob/main.js"), "--inMemoryPersistence"]
    command += [
        "--silent",
        "--disableTelemetry",
        "--skipApiVersionCheck",
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        str(port),
    ]
    with running(command, port):
        secret = f"AccountName={AZURITE_ACCOUNT};AccountKey={AZURITE_KEY}"
        endpoint = f"BlobEndpoint=http://127.0.0.1:{port}/{AZURITE_ACCOUNT}"
        connection = f"DefaultEndpointsProtocol=http;{secret};{endpoint};"
        with ContainerClient.from_connection_string(connection, "container") as client:
            client.create_container()
        yield connection


@contextlib.contextmanager
def distribution_registry() -> Iterator[str]:
    """An OCI registry that deletes by digest, and forgets the tags of what it deletes. Yields `host:port`."""
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory, "config.yml")
        config.write_text(DISTRIBUTION.format(port=port))
        with running([program("bin/registry"), "serve", str(config)], port, {"OTEL_TRACES_EXPORTER": "none"}):
            yield f"127.0.0.1:{port}"


@contextlib.contextmanager
def crane_registry() -> Iterator[str]:
    """An OCI registry that deletes by tag. Yields `host:port`."""
    port = free_port()
    with running([program("bin/crane"), "registry", "serve", "--address", f"127.0.0.1:{port}"], port):
        yield f"127.0.0.1:{port}"


def program(path: str) -> str:
    """Where `make setup` has put an emulator."""
    found = EMULATORS / path
    if not found.exists():
        raise FileNotFoundError(f"{found} is not there: run `make setup`")
    return str(found)
