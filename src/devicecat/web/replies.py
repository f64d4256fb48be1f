"""Responses with a tag of what they were made from: an unchanged one is not sent again. Compressed on request."""

from __future__ import annotations

import gzip
import hashlib
import re
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from devicecat.about import VERSION
from devicecat.report import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from devicecat.catalog import Catalog

JSON: Final = "application/json"
HTML: Final = "text/html; charset=utf-8"
_SMALL: Final = 1024
_LEVEL: Final = 4
_TAG: Final = re.compile(r'(?:W/)?"([^"]*)"')


def tag_of(catalog: Catalog, media_type: str, *asked: str) -> str:
    """The tag of an answer: it changes with the catalogue, the library, the schema, the media type and the question.

    It is a weak one, since a compressed answer has other bytes.

    Args:
        catalog: The catalogue that answers.
        media_type: Of the answer.
        asked: The question, normalised.
    """
    told = "\n".join((catalog.digest, VERSION, str(SCHEMA), media_type, *asked))
    return f'W/"{hashlib.sha256(told.encode()).hexdigest()[:32]}"'


def reply(
    request: Request,
    media_type: str,
    tag: str,
    make: Callable[[], str | bytes],
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer, or 304 if the client has it. It is made only when it is sent.

    Args:
        request: The request.
        media_type: Of the answer.
        tag: Of the answer.
        make: Makes the answer: text, or bytes of UTF-8.
        headers: More headers.
    """
    sent = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding", **(headers or {})}
    held, takes = (_header(request.headers, name) for name in ("if-none-match", "accept-encoding"))
    if held and _has(held, tag):
        return Response(status_code=304, headers=sent)
    made = make()
    body = made if isinstance(made, bytes) else made.encode()
    if takes and len(body) > _SMALL and takes_gzip(takes):
        body = gzip.compress(body, _LEVEL, mtime=0)
        sent["Content-Encoding"] = "gzip"
    return Response(body, media_type=None, headers={"Content-Type": media_type, **sent})


def _header(headers: Mapping[str, str], name: str) -> str:
    """A header; empty if it is not there, as most are not: Starlette's own ``get`` raises and catches an error then."""
    return headers[name] if name in headers else ""  # noqa: SIM401 - see above


def _has(header: str, tag: str) -> bool:
    """Whether ``If-None-Match`` names a tag; weak and strong tags are compared alike, as RFC 9110 says."""
    return header.strip() == "*" or _TAG.findall(tag)[0] in _TAG.findall(header)


def takes_gzip(header: str) -> bool:
    """Whether ``Accept-Encoding`` names gzip, and not with a weight of nothing.

    >>> takes_gzip("br, gzip;q=0.5"), takes_gzip("gzip; q=0"), takes_gzip("")
    (True, False, False)
    """
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "gzip":
            return re.fullmatch(r"\s*q=0(\.0*)?\s*", weight) is None
    return False
