"""What the service refuses, in the form of RFC 9457: one kind of answer for every status from 400 on.

A problem never repeats what came in the body of a request: it may be a barcode, and a barcode can lead to a patient.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE: Final = "application/problem+json"
LISTED_AT: Final = "/v1/problems"
"""Where the service tells what each type of problem means."""


class _Type(NamedTuple):
    """A type of problem.

    Attributes:
        status: Of the response.
        title: In a few words, the same every time.
        meaning: In a sentence.
    """

    status: int
    title: str
    meaning: str


TYPES: Final[Mapping[str, _Type]] = MappingProxyType(
    {
        "unknown-parameter": _Type(
            400, "Unknown parameter", "The address names a parameter that this path does not have; nothing is dropped."
        ),
        "repeated-parameter": _Type(400, "Repeated parameter", "A parameter stands there more than once."),
        "empty-parameter": _Type(
            400, "Empty parameter", "A parameter has no value; what is not asked is left out of the address."
        ),
        "bad-parameter": _Type(400, "Parameter not understood", "The value of a parameter cannot be read."),
        "bad-question": _Type(
            400,
            "Question not understood",
            "Each parameter can be read, and together they ask nothing that has an answer.",
        ),
        "bad-body": _Type(400, "Body not understood", "The body of the request is not what this path takes."),
        "bad-request": _Type(
            400, "Request not understood", "What came is no request of HTTP, or its address is broken."
        ),
        "unknown-device": _Type(404, "Unknown device", "The catalogue holds no device of that id."),
        "not-found": _Type(404, "Not found", "The service has no such path."),
        "method-not-allowed": _Type(405, "Method not allowed", "The path is there and does not take this method."),
        "too-late": _Type(408, "Request came too slowly", "The request was not complete in the time a request has."),
        "too-large": _Type(413, "Body too large", "The body of the request is larger than the service reads."),
        "address-too-long": _Type(414, "Address too long", "The address is longer than the service reads."),
        "unsupported-media-type": _Type(
            415,
            "Media type not supported",
            "The body of the request is declared as a type that this path does not take.",
        ),
        "headers-too-large": _Type(431, "Headers too large", "The headers are larger than the service reads."),
        "refused": _Type(400, "Refused", "The request was refused for a reason that has no type of its own."),
        "failed": _Type(500, "Failed", "The service failed; nothing is known of the answer."),
        "missing-package": _Type(
            501, "Not installed", "The service runs without a package that this path needs; the sentence names it."
        ),
        "busy": _Type(503, "Busy", "The service answers as many requests as it may at once."),
        "not-in-time": _Type(503, "Not answered in time", "The answer took longer than a request may."),
    }
)
"""Every type of problem by its code."""

_OF_STATUS: Final = MappingProxyType({404: "not-found", 405: "method-not-allowed", 413: "too-large"})


class Refusal(Exception):  # noqa: N818 - it is an answer, and no fault of ours
    """A request that gets a problem for an answer.

    Attributes:
        code: One of ``TYPES``.
        status: Of the response.
        headers: More headers of the response.
        members: What else the problem says, for programs.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        **members: Any,  # noqa: ANN401 - whatever JSON holds
    ) -> None:
        """Say what is wrong, what was expected, and an example.

        Args:
            code: One of ``TYPES``.
            detail: The sentence.
            status: Another status than that of the type.
            headers: More headers of the response.
            members: What else the problem says, for programs.
        """
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = TYPES[code].status if status is None else status
        self.headers = dict(headers or {})
        self.members = members

    def as_dict(self) -> dict[str, Any]:
        """The problem as JSON would hold it."""
        return {
            "type": f"{LISTED_AT}#{self.code}",
            "title": TYPES[self.code].title,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }

    def as_bytes(self) -> bytes:
        """The problem as it is sent."""
        return json.dumps(self.as_dict(), ensure_ascii=False).encode() + b"\n"


def of_status(status: int, headers: Mapping[str, str] | None = None) -> Refusal:
    """The problem for a status that the framework answers with.

    >>> of_status(404).as_dict()["title"]
    'Not found'
    """
    code = _OF_STATUS.get(status, "failed" if status >= 500 else "refused")  # noqa: PLR2004 - where servers are at fault
    return Refusal(code, TYPES[code].meaning, status=status, headers=headers)


def listed() -> dict[str, Any]:
    """Every type of problem, as JSON would hold it."""
    return {
        "problems": [
            {"type": f"{LISTED_AT}#{code}", "status": held.status, "title": held.title, "meaning": held.meaning}
            for code, held in TYPES.items()
        ]
    }
