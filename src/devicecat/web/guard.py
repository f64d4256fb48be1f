"""What stands around the service: limits of size, time and number, and a log that tells nothing a patient would mind.

A log line names the route as it was declared, never the path, the query or the body of a request.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import ClientDisconnect

from devicecat.web.problems import MEDIA_TYPE, TYPES, Refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("devicecat.service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a request may take.

    Attributes:
        body: Bytes of a body.
        at_once: Requests that are answered at the same time.
        head_seconds: Until the head of a request is complete.
        body_seconds: Until the next part of the body of a request.
        whole_body_seconds: Until the body of a request is complete.
        answer_seconds: Until an answer is complete.
        stream_seconds: Until an answer line by line is complete.
    """

    body: int = 4 * 2**20
    at_once: int = 256
    head_seconds: float = 10
    body_seconds: float = 20
    whole_body_seconds: float = 60
    answer_seconds: float = 60
    stream_seconds: float = 900


LARGEST_HEAD: Final = 32 * 2**10
"""Bytes of the head of a request that are read."""
_MOST_HEADERS: Final = 100
LONGEST_ADDRESS: Final = 8192
"""Characters of an address that are read."""
STREAMED: Final = ("POST", "/v1/sizes")
"""The one request whose answer comes line by line."""

HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What every response carries. No header allows another origin to read it."""


METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")


class Cut(Exception):  # noqa: N818 - it ends a connection, and no caller sees it
    """An answer that had begun and is broken off, so that nobody takes it for whole."""


class Guard:
    """An ASGI application around the service."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        """Stand around an application."""
        self.app = app
        self.limits = limits
        self.busy = 0
        self._to_log: list[_Told] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or say why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = _Told(scope, send)
        if self.busy >= self.limits.at_once:
            msg = f"the service answers {self.limits.at_once} requests at once, which is as many as it may; ask again."
            await told.refuse(Refusal("busy", msg, headers={"Retry-After": "1"}))
            self._end(told)
            return
        self.busy += 1
        try:
            await self._answer(told, _Read(receive, self.limits))
        finally:
            self.busy -= 1
            self._end(told)

    def _end(self, told: _Told) -> None:
        """End a request. What ended in one turn of the loop is logged together after it: one by one takes longer."""
        told.end()
        if not self._to_log:
            asyncio.get_running_loop().call_soon(self._log)
        self._to_log.append(told)

    def _log(self) -> None:
        ended, self._to_log = self._to_log, []
        for told in ended:
            told.log()

    async def _answer(self, told: _Told, read: _Read) -> None:
        scope = told.scope
        refusal = _of_head(scope, self.limits)
        if refusal is not None:
            await told.refuse(refusal)
            return
        streamed = (scope["method"], scope["path"]) == STREAMED
        seconds = self.limits.stream_seconds if streamed else self.limits.answer_seconds
        if scope["method"] == "HEAD":
            # The server leaves the body out; for the service it is a GET.
            scope = {**scope, "method": "GET"}
        try:
            async with asyncio.timeout(seconds):
                await self.app(scope, read.receive, told.send)
        except TimeoutError:
            msg = f"the answer was not complete after {seconds:g} seconds; ask for less at once."
            await told.refuse(Refusal("not-in-time", msg, headers={"Connection": "close"}))
        except ClientDisconnect:
            told.left()
        except Exception as error:  # noqa: BLE001 - the last line of defence of a face
            told.failed(error)
            if not told.whole:
                await told.refuse(Refusal("failed", TYPES["failed"].meaning))
        finally:
            # The application has found the route, perhaps in the copy of the scope where the method was changed.
            told.route = scope.get("route")


def _of_head(scope: Scope, limits: Limits) -> Refusal | None:
    """What is wrong with the head of a request: the server limits only one that comes in parts."""
    headers = scope["headers"]
    if len(headers) > _MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > LARGEST_HEAD:
        msg = f"the request has more than {_MOST_HEADERS} headers, or more than {LARGEST_HEAD} bytes of them."
        return Refusal("headers-too-large", msg, headers={"Connection": "close"})
    if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
        return Refusal("address-too-long", f"the address has more than {LONGEST_ADDRESS} characters.")
    declared = next((value for name, value in headers if name == b"content-length"), b"0")
    # What the server should have refused is left to what reads the body; twenty digits are too many anyway.
    is_too_large = declared.isdigit() and int(declared[:20]) > limits.body
    return _too_large(limits) if is_too_large else None


def _too_large(limits: Limits) -> Refusal:
    msg = f"the body of the request has more than {limits.body} bytes."
    return Refusal("too-large", msg, headers={"Connection": "close"})


class _Read:
    """The body of a request, counted and timed."""

    def __init__(self, receive: Receive, limits: Limits) -> None:
        self._receive = receive
        self._limits = limits
        self._left = limits.body
        self._whole = False
        self._last = time.monotonic() + limits.whole_body_seconds

    async def receive(self) -> Message:
        """The next part of the body.

        Raises:
            Refusal: if it is too large, or too late.
        """
        if self._whole:
            return await self._receive()
        limits = self._limits
        try:
            async with asyncio.timeout(min(limits.body_seconds, self._last - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            msg = (
                f"the body of the request did not go on for {limits.body_seconds:g} seconds, or was not complete after "
                f"{limits.whole_body_seconds:g}."
            )
            raise Refusal("too-late", msg, headers={"Connection": "close"}) from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _too_large(self._limits)
        self._whole = not message.get("more_body", False)
        return message


class _Told:
    """What was answered to one request, as far as a log may know it."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.route: Any = None
        self.whole = False
        self._send = send
        self._began = time.perf_counter()
        self._took = 0.0
        self._status: int | None = None
        self._bytes = 0
        self._error: str | None = None

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
        else:
            self._bytes += len(message.get("body", b""))
            self.whole = not message.get("more_body", False)
        await self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Answer with a problem, or break off what has begun.

        Raises:
            Cut: if an answer has begun.
        """
        if self._status is not None:
            self._error = self._error or refusal.code
            raise Cut(refusal.code)
        body = refusal.as_bytes()
        headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
        written = [(k.lower().encode(), v.encode()) for k, v in (headers | refusal.headers).items()]
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": written})
        await self.send({"type": "http.response.body", "body": body})

    def failed(self, error: BaseException) -> None:
        """Note where it failed. What the error says may hold what somebody sent, so it is not noted."""
        self._error = where(error)

    def left(self) -> None:
        """Note that the client has gone before its request was whole."""
        self._status = _CLIENT_LEFT

    def end(self) -> None:
        """Note how long it took."""
        self._took = time.perf_counter() - self._began

    def log(self) -> None:
        """One line in the log."""
        told: dict[str, Any] = {
            "method": self.scope["method"] if self.scope["method"] in METHODS else "other",
            "route": getattr(self.route, "path", None),
            "status": self._status,
            "ms": round(self._took * 1000, 1),
            "bytes": self._bytes,
        }
        if self._error is not None:
            told["error"] = self._error
        failed = self._error is not None or self._status is None
        level = logging.ERROR if failed else logging.INFO
        if log.isEnabledFor(level):
            # Made here: the logger would look up this line each time.
            log.handle(log.makeRecord(log.name, level, __file__, 0, "request", (), None, extra={"fields": told}))


_CLIENT_LEFT: Final = 499
"""In the log, as others write it: nobody was there to be answered."""


def where(error: BaseException) -> str:
    """The class of an error and the line it was raised in, without a word of what it says."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = "" if at is None else f" at {at.tb_frame.f_globals.get('__name__', '?')}:{at.tb_lineno}"
    return f"{type(error).__name__}{place}"


class JsonLines(logging.Formatter):
    """One JSON object a line; of an exception only its class and its place."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        seconds = _second(int(record.created))
        told: dict[str, Any] = {
            "time": f"{seconds}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage().strip(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            told["error"] = where(record.exc_info[1])
        return _encode(told)


_encode: Final = json.JSONEncoder(ensure_ascii=False).encode


@lru_cache(maxsize=1)
def _second(since: int) -> str:
    """A second in words, which many lines share."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(since))


def log_to_stderr() -> None:
    """Send what the service and its server say to standard error, one JSON object a line."""
    # Of each record Python would look up its thread and process, which no line tells.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in ("devicecat.service", "uvicorn", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
