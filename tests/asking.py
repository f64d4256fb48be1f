"""A client of an ASGI application that needs no network: it sends what it is told, and keeps what comes back."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import ASGIApp, Message


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = False
    error: BaseException | None = None

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever came back
        return json.loads(self.body)

    @property
    def problem(self) -> dict[str, Any]:
        """The problem, which has to be one in every respect."""
        assert self.headers["content-type"] == "application/problem+json", self
        told: dict[str, Any] = self.json
        assert told["status"] == self.status >= 400
        assert told["type"].startswith("/v1/problems#")
        assert told["title"]
        assert told["detail"]
        return told


def ask(
    app: ASGIApp,
    path: str,
    query: str = "",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | Iterable[bytes] = b"",
    pause: float = 0,
) -> Answer:
    """Send one request, and wait for the answer.

    Args:
        app: The application.
        path: The path, decoded.
        query: The query as it stands in an address.
        method: The method.
        headers: The headers.
        body: The body, in one part or several.
        pause: Seconds before each part of the body.
    """
    return asyncio.run(asked(app, path, query, method=method, headers=headers, body=body, pause=pause))


async def asked(
    app: ASGIApp,
    path: str,
    query: str = "",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | Iterable[bytes] = b"",
    pause: float = 0,
) -> Answer:
    """The same, where a loop runs already."""
    parts = [body] if isinstance(body, bytes) else list(body)
    answer = Answer()

    async def receive() -> Message:
        if not parts:
            await asyncio.Event().wait()  # the client stays, and has no more to say
        await asyncio.sleep(pause)
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {key.decode().lower(): value.decode() for key, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")
            answer.whole = not message.get("more_body", False)

    sent = {"host": "test"} | {name.lower(): value for name, value in (headers or {}).items()}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    try:
        await app(scope, receive, send)
    except Exception as error:  # noqa: BLE001 - what a server would log
        answer.error = error
    return answer
