"""The process that serves: one socket, one or several workers, and signals.

``SIGHUP`` loads the catalogue again. It is loaded whole before anybody answers from it; a broken one changes nothing.
Several workers are forked from a parent that holds the catalogue, so that all of them answer from the same one: on
``SIGHUP`` it forks new ones, which take over the socket, and the old ones finish what they have begun.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Final

import uvicorn

from devicecat.errors import DevicecatError
from devicecat.web.guard import LARGEST_HEAD, Limits, log_to_stderr, where
from devicecat.web.protocol import Protocol
from devicecat.web.service import create_app

if TYPE_CHECKING:
    from types import FrameType

    from devicecat.web.keeper import Keeper

log = logging.getLogger("devicecat.service")
GRACE_SECONDS: Final = 10
_BACKLOG: Final = 512
_BEFORE_COLLECTING: Final = 20_000
"""Objects more: an answer makes some hundred, hardly any of which only the collector would find."""


class ServeError(DevicecatError):
    """The service cannot be started."""


# ── Starting ─────────────────────────────────────────────────────────────────────────────


def serve(keeper: Keeper, *, host: str, port: int, workers: int = 1, limits: Limits | None = None) -> int:
    """Serve until a signal ends it.

    Args:
        keeper: Holds the catalogue.
        host: The address to listen on.
        port: The port; 0 takes a free one.
        workers: How many processes answer.
        limits: How much a request may take.

    Returns:
        The exit code.

    Raises:
        ServeError: if it cannot be started.
    """
    if workers > 1 and not hasattr(os, "fork"):
        msg = f"{workers} workers need a system that can fork, which this one cannot; leave --workers out."
        raise ServeError(msg)
    bound = _bind(host, port)
    # The catalogue stays as long as the service: no collection walks it, and workers that are forked go on sharing it.
    gc.freeze()
    gc.set_threshold(_BEFORE_COLLECTING)
    gc.enable()
    log_to_stderr()
    _announce(bound)
    limits = limits or Limits()
    return _Parent(keeper, bound, workers, limits).run() if workers > 1 else _work(keeper, bound, limits)


def _bind(host: str, port: int) -> socket.socket:
    """A socket that listens."""
    try:
        [(family, *_, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        number = getattr(error, "errno", None) or 0
        why = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)
        msg = f"{host}, port {port}: cannot listen ({why}); name another, for example --host 127.0.0.1 --port 8001."
        raise ServeError(msg) from error


def _announce(bound: socket.socket) -> None:
    host, port, *_ = bound.getsockname()
    shown = f"[{host}]" if ":" in host else host
    sys.stderr.write(f"devicecat: http://{shown}:{port}/ (end it with Ctrl+C)\n")
    if not ipaddress.ip_address(host).is_loopback:
        sys.stderr.write(
            "devicecat: this address can be reached from other machines. The service asks for no password and encrypts "
            "nothing; what stands before it has to.\n"
        )
    sys.stderr.flush()


def _work(keeper: Keeper, bound: socket.socket, limits: Limits) -> int:
    """Answer from this process until a signal ends it."""
    Protocol.head_seconds = limits.head_seconds
    config = uvicorn.Config(
        create_app(keeper, limits),
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=LARGEST_HEAD,
    )
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C, which uvicorn raises again when all is answered
        asyncio.run(_until_ended(uvicorn.Server(config), keeper, bound))
    return 0


async def _until_ended(server: uvicorn.Server, keeper: Keeper, bound: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[bool]] = set()

    def reload() -> None:
        task = loop.create_task(asyncio.to_thread(keeper.reload))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    if hasattr(signal, "SIGHUP"):
        loop.add_signal_handler(signal.SIGHUP, reload)
    await server.serve(sockets=[bound])


# ── Several workers ──────────────────────────────────────────────────────────────────────


class _Parent:
    """Holds the catalogue and the socket, and keeps as many workers as were asked for."""

    _WAKES = ("SIGHUP", "SIGTERM", "SIGINT", "SIGCHLD")
    _QUICK_SECONDS = 2.0
    _MOST_QUICK = 5

    def __init__(self, keeper: Keeper, bound: socket.socket, workers: int, limits: Limits) -> None:
        self.keeper = keeper
        self.bound = bound
        self.count = workers
        self.limits = limits
        self.workers: dict[int, float] = {}
        self.leaving: set[int] = set()
        self.quick = 0

    def run(self) -> int:
        """Keep the workers until a signal ends it."""
        wakes = {getattr(signal, name) for name in self._WAKES}
        # Blocked, and taken one after another: no handler ever runs in the middle of something.
        old = signal.pthread_sigmask(signal.SIG_BLOCK, wakes)
        # The handler of SIGCHLD has to be another than the default, or some systems drop the signal.
        signal.signal(signal.SIGCHLD, _ignore)
        self.start()
        while True:
            woke = signal.sigwait(wakes)
            if woke == signal.SIGHUP:
                self.reload()
            elif woke == signal.SIGCHLD:
                if not self.reap():
                    self.end()
                    return 1
            else:
                self.end()
                signal.pthread_sigmask(signal.SIG_SETMASK, old)
                return 0

    def start(self) -> None:
        """Fork as many workers as are wanting."""
        gc.freeze()  # a catalogue that was taken since
        while len(self.workers) < self.count:
            child = os.fork()
            if child == 0:
                self.work()
            self.workers[child] = time.monotonic()

    def work(self) -> None:
        """Be a worker, and end with the process."""
        code = 1
        try:
            for name in self._WAKES:
                signal.signal(getattr(signal, name), signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all of them; the parent ends its workers
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            code = _work(self.keeper, self.bound, self.limits)
        except Exception as error:  # noqa: BLE001 - a worker that fails is told of and replaced
            log.error("worker failed", extra={"fields": {"error": where(error)}})  # noqa: TRY400 - without its words
        finally:
            os._exit(code)

    def reload(self) -> None:
        """Take the catalogue anew, and let new workers take over."""
        if self.keeper.reload():
            old, self.workers = set(self.workers), {}
            self.start()
            self.leaving |= old
            _send(old, signal.SIGTERM)

    def reap(self) -> bool:
        """Take leave of workers that ended, and replace those that should not have; ``False`` if that is of no use."""
        for child in _ended():
            self.leaving.discard(child)
            began = self.workers.pop(child, None)
            if began is not None:
                self.quick = self.quick + 1 if time.monotonic() - began < self._QUICK_SECONDS else 0
                log.error("worker ended, another one takes its place", extra={"fields": {"worker": child}})
        if self.quick >= self._MOST_QUICK:
            log.error("workers end as soon as they start")
            return False
        self.start()
        return True

    def end(self) -> None:
        """Let every worker finish what it has begun, and end those that do not."""
        every = {*self.workers, *self.leaving}
        _send(every, signal.SIGTERM)
        last = time.monotonic() + GRACE_SECONDS + 2
        while every and time.monotonic() < last:
            every.difference_update(_ended())
            time.sleep(0.02)
        _send(every, signal.SIGKILL)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing."""


def _send(children: set[int], number: int) -> None:
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)


def _ended() -> list[int]:
    """The children that have ended since somebody asked."""
    ended = []
    with contextlib.suppress(ChildProcessError):
        while (child := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            ended.append(child)
    return ended
