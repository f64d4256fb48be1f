"""HTTP/1.1 on one connection, as uvicorn speaks it: what comes too slowly, or is no HTTP, gets a problem too."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from devicecat.web.guard import LARGEST_HEAD, Limits
from devicecat.web.problems import MEDIA_TYPE, Refusal

if TYPE_CHECKING:
    import asyncio

log = logging.getLogger("devicecat.service")


class Protocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, with a time limit for the head of a request and problems for what is no HTTP."""

    head_seconds = Limits().head_seconds
    leave_seconds = 0.5
    _head_timer: asyncio.TimerHandle | None = None
    _leaving = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the head of a request."""
        super().connection_made(transport)
        self.transport = Together(transport, self.loop)  # type: ignore[assignment]  # it does all that is asked of one
        self._head_timer = self.loop.call_later(self.head_seconds, self._head_too_late)

    def data_received(self, data: bytes) -> None:
        """Go on waiting only while the head is not complete."""
        super().data_received(data)
        if self._leaving and self.conn.their_state is not h11.IDLE:
            self.cycle.keep_alive = False
        waits = self.conn.their_state is h11.IDLE and not self.transport.is_closing()
        if not waits:
            self._stop_waiting()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds, self._head_too_late)

    def shutdown(self) -> None:
        """Leave when the process ends: a connection that is silent may still ask for a moment, and is answered."""
        if self.conn.their_state is h11.IDLE and not self._leaving:
            self._leaving = True
            self.loop.call_later(self.leave_seconds, self.shutdown)
        elif not self.transport.is_closing():
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - what uvicorn would say
        """Answer what is no HTTP with a problem."""
        error = sys.exception()
        hint = getattr(error, "error_status_hint", 400)
        if hint == 431:  # noqa: PLR2004 - headers too large
            self._refuse(Refusal("headers-too-large", f"the head of the request has more than {LARGEST_HEAD} bytes."))
        else:
            self._refuse(Refusal("bad-request", "what came is no request of HTTP/1.1."))

    def _head_too_late(self) -> None:
        self._head_timer = None
        msg = f"the head of the request was not complete after {self.head_seconds:g} seconds."
        self._refuse(Refusal("too-late", msg))

    def _refuse(self, refusal: Refusal) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not self.transport.is_closing():
            body = refusal.as_bytes()
            headers = [("content-type", MEDIA_TYPE), ("content-length", str(len(body))), ("connection", "close")]
            reason = refusal.as_dict()["title"].encode()
            for event in (
                h11.Response(status_code=refusal.status, headers=headers, reason=reason),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
            told = {"method": None, "route": None, "status": refusal.status, "error": refusal.code}
            log.info("request", extra={"fields": told})
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.transport.close()

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class Together:
    """A transport that sends the head of an answer together with its body, in one call of the system and not in two.

    What is short waits for what is written next, though never longer than one turn of the loop. To send costs most
    where somebody waits and has to be woken, which is twice for nothing. ASGI lets a server keep the head for so long.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        """Stand before a transport."""
        self._transport = transport
        self._loop = loop
        self._held = b""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the transport has
        """All else is done by the transport."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send what is held and this, or hold this if it is short."""
        if self._held or len(data) > _SHORT:
            held, self._held = self._held, b""
            self._transport.write(held + data)
        elif data:
            self._held = data
            self._loop.call_soon(self._send_held)

    def close(self) -> None:
        """Send what is held, and close."""
        self._send_held()
        self._transport.close()

    def _send_held(self) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held)


_SHORT: Final = 4096
"""Bytes: more than the head of an answer has."""
