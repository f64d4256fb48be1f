"""The service in a process of its own, as ``devicecat serve`` starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator


class Service:
    """A running service.

    Attributes:
        process: The process.
        url: Where it answers, without a slash at the end.
        log: What it has said so far.
    """

    def __init__(self, process: subprocess.Popen[str], url: str, log: list[str]) -> None:
        self.process = process
        self.url = url
        self.log = log

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        return host, int(port)

    def get(self, path: str) -> bytes:
        """The body of an answer that is a good one."""
        with urlopen(self.url + path, timeout=20) as answer:  # noqa: S310 - the address is ours
            body: bytes = answer.read()
        return body

    def talk(self, *parts: bytes, pause: float = 0) -> bytes:
        """Send bytes as they are, and read until the other side has nothing more to say."""
        with socket.create_connection(self.address, timeout=20) as connection:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
            answer = b""
            while part := connection.recv(65536):
                answer += part
        return answer

    def wait_for(self, words: str, seconds: float = 20) -> str:
        """The first line of the log with some words in it."""
        last = time.monotonic() + seconds
        while time.monotonic() < last:
            for line in list(self.log):
                if words in line:
                    return line
            time.sleep(0.02)
        raise AssertionError(words, self.log)

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it, and give its exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[Service]:
    """A service on a free port; it is ended at the end."""
    kept = {key: value for key, value in os.environ.items() if key != "DEVICECAT_CATALOG"}
    with (
        tempfile.TemporaryDirectory() as elsewhere,
        subprocess.Popen(
            [sys.executable, "-m", "devicecat", "serve", "--port", "0", *arguments],
            cwd=elsewhere,
            env=kept | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": _source()} | environment,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        log: list[str] = []
        stream = process.stderr
        reader = threading.Thread(target=lambda: log.extend(iter(stream.readline, "")), daemon=True)
        reader.start()
        service = Service(process, "", log)
        try:
            line = service.wait_for("devicecat: http://")
            service.url = line.split()[1].rstrip("/")
            yield service
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()


def _source() -> str:
    """Where the package lies that is tested: it is not always the one that is installed."""
    import devicecat

    return str(Path(devicecat.__file__).parents[1])
