"""The surroundings of a container action, by the kernel's namespaces: no container engine is needed.

A step has mounts, processes and a network of its own. `localhost` is the step itself; what a job's services
publish is reached at the gateway, as on the runner's bridge network. This needs root and the program `ip`.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers.forward import forwarder

SCRIPT = Path(__file__).with_name("enter_container.py")
OWNER = 1001
"""The user that hosted runners work as, and that owns workspace and command files."""

_numbers = itertools.count(1)


def available() -> bool:
    """Can this machine make namespaces?"""
    if os.geteuid() != 0 or shutil.which("ip") is None or shutil.which("unshare") is None:
        return False
    made = subprocess.run(["unshare", "-m", "-n", "-p", "-f", "true"], capture_output=True, check=False)
    return made.returncode == 0


class Container:
    """The network of a job. `publish` makes a server of this machine a port of the host."""

    def __init__(self, namespace: str, gateway: str, stack: ExitStack) -> None:
        self.namespace, self.gateway, self._stack = namespace, gateway, stack

    def publish(self, port: int, target: int) -> None:
        """`ports: ["<port>:<port>"]` of a service that listens on 127.0.0.1:<target> here."""
        self._stack.enter_context(forwarder("127.0.0.1", target, listen=(self.gateway, port)))

    def command(self, temp: Path, workspace: Path, command: Sequence[str]) -> list[str]:
        """How to run a command in there."""
        for path in (workspace, temp, *workspace.rglob("*"), *temp.rglob("*")):
            os.chown(path, OWNER, OWNER, follow_symlinks=False)
        enter = [str(shutil.which("ip")), "netns", "exec", self.namespace, "unshare", "-m", "-p", "-f"]
        return [*enter, sys.executable, "-I", str(SCRIPT), str(temp), str(workspace), *command]

    @staticmethod
    def inside(temp: Path, workspace: Path, value: str) -> str:
        """A path of this machine as the step has it."""
        names = ("home", "workflow", "file_commands", "runner_temp")
        mounts = {str(workspace): "/github/workspace", **{str(temp / n): f"/github/{n}" for n in names}}
        for here, there in mounts.items():
            if value == here or value.startswith(f"{here}/"):
                return there + value[len(here) :]
        return value


def send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to process 1 of a container."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), number)


@contextmanager
def container() -> Iterator[Container]:
    """A network with a gateway, for the steps of a job."""
    name = f"backstay{os.getpid()}-{next(_numbers)}"[-14:]
    subnet = f"10.213.{os.getpid() % 250}"
    with ExitStack() as stack:
        _ip("netns", "add", name)
        stack.callback(_ip, "netns", "del", name)
        _ip("link", "add", f"h{name[-12:]}", "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("addr", "add", f"{subnet}.1/24", "dev", f"h{name[-12:]}")
        _ip("link", "set", f"h{name[-12:]}", "up")
        _ip("-n", name, "addr", "add", f"{subnet}.2/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", name, "link", "set", device, "up")
        _ip("-n", name, "route", "add", "default", "via", f"{subnet}.1")
        yield Container(name, f"{subnet}.1", stack)


def _ip(*arguments: str) -> None:
    subprocess.run([str(shutil.which("ip")), *arguments], check=True, capture_output=True)
