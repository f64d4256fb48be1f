"""What comes in the body of a request: vessels line by line, and a barcode. Read strictly, and never repeated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from devicecat.web.problems import Refusal
from devicecat.web.questions import VESSEL_NAMES, check_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST_LINES: Final = 10_000
_LONGEST_LINE: Final = 4096
NDJSON: Final = "application/x-ndjson"


def check_media_type(headers: Mapping[str, str], expected: str) -> None:
    """Refuse a body that is declared as something else, or as compressed: what it grows to is known too late.

    Args:
        headers: Of the request, by their names in lower case.
        expected: The media type that is read.

    Raises:
        Refusal: if it is.
    """
    media_type, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if media_type.strip().lower() != expected or charset not in ("", "charset=utf-8"):
        msg = f"the body has to be declared as Content-Type: {expected}, in UTF-8."
        raise Refusal("unsupported-media-type", msg, headers={"Accept-Post": expected})
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        msg = "a compressed body is not read; send it as it is, without Content-Encoding."
        raise Refusal("unsupported-media-type", msg, headers={"Accept-Encoding": "identity"})


def read_object(text: str, known: Iterable[str]) -> dict[str, Any]:
    """One JSON object whose keys are known and stand there once. Nothing of the text is repeated in an error.

    Raises:
        Refusal: if it is none.
    """
    names = list(known)
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        msg = "this is not JSON, or nested deeper than anything here."
        raise Refusal("bad-body", msg) from None
    if not isinstance(pairs, _Pairs):
        msg = f"this is JSON and no object; expected an object with {_listed(names)}."
        raise Refusal("bad-body", msg)
    held = dict(pairs)
    if len(held) < len(pairs):
        msg = "a key stands there twice; write each once."
        raise Refusal("bad-body", msg)
    try:
        "".join(part for pair in held.items() for part in pair if isinstance(part, str)).encode()
    except UnicodeEncodeError:
        msg = "a text holds one half of an escaped pair (\\ud800 to \\udfff), which is no character."
        raise Refusal("bad-body", msg) from None
    if set(held) - set(names):
        msg = f"there is a key that is not known; known are {_listed(names)}."
        raise Refusal("bad-body", msg, known=names)
    return held


class _Pairs(list[tuple[str, Any]]):
    """An object of JSON as it stood there."""


def _no_constant(_: str) -> None:
    raise ValueError


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def split_lines(body: bytes) -> list[bytes]:
    """The lines of a body of NDJSON; the last one may end without its newline.

    Raises:
        Refusal: if there is none, or more than are read.
    """
    lines = body.split(b"\n")
    if not lines[-1].strip():
        del lines[-1]
    if not lines:
        msg = 'the body is empty; write one vessel a line, for example {"reference_diameter": "2.75 mm"}'
        raise Refusal("bad-body", msg)
    if len(lines) > MOST_LINES:
        msg = f"the body has {len(lines)} lines; at most {MOST_LINES} are read at once."
        raise Refusal("too-large", msg)
    return lines


def read_vessel_line(line: bytes) -> dict[str, list[str]]:
    """The values of a vessel from one line.

    Raises:
        Refusal: if the line holds none.
    """
    if len(line) > _LONGEST_LINE:
        msg = f"the line has {len(line)} bytes; at most {_LONGEST_LINE} are read."
        raise Refusal("bad-body", msg)
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        msg = "the line is not text in UTF-8."
        raise Refusal("bad-body", msg) from None
    held = read_object(text, VESSEL_NAMES)
    for name, value in held.items():
        if not isinstance(value, str):
            msg = f'{name} is no text; write it with its unit, for example "2.75 mm", or leave it out.'
            raise Refusal("bad-parameter", msg, parameter=name)
    values = {name: [value] for name, value in held.items()}
    check_names(values, VESSEL_NAMES)
    return values


def read_scan(body: bytes) -> tuple[str, str | None, bool]:
    """A barcode, the region of the caveats, and whether the production identifiers are asked for.

    Raises:
        Refusal: that repeats nothing of the body.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        msg = "the body is not text in UTF-8."
        raise Refusal("bad-body", msg) from None
    held = read_object(text, ("barcode", "region", "production"))
    barcode, region, production = held.get("barcode"), held.get("region"), held.get("production", False)
    if not isinstance(barcode, str) or not barcode.strip():
        msg = "barcode is no text or has none; write what the scanner sent."
        raise Refusal("bad-body", msg, parameter="barcode")
    if "region" in held and not isinstance(region, str):
        msg = 'region is no text; write a region code, for example "TR", or leave it out.'
        raise Refusal("bad-body", msg, parameter="region")
    if not isinstance(production, bool):
        msg = "production is neither true nor false."
        raise Refusal("bad-body", msg, parameter="production")
    return barcode, region, production
