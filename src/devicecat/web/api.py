"""The paths below ``/v1``: the answers of the library as JSON, byte for byte those of the command line."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from devicecat.about import INTENDED_PURPOSE, VERSION
from devicecat.errors import DevicecatError, QueryError
from devicecat.interop.tables import to_csv, to_json_lines
from devicecat.report import SCHEMA
from devicecat.rule_text import rule_dict
from devicecat.showing import list_devices, show_device
from devicecat.stats import stats
from devicecat.web.bodies import NDJSON, check_media_type, read_scan, read_vessel_line, split_lines
from devicecat.web.problems import LISTED_AT, Refusal, listed
from devicecat.web.questions import (
    BY_NAME,
    FORMATS,
    QUESTION_NAMES,
    VESSEL_NAMES,
    Question,
    check_names,
    make_vessel,
    read_options,
    read_query,
    read_question,
)
from devicecat.web.replies import JSON, reply, tag_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from devicecat.catalog import Catalog
    from devicecat.report import FitReport

router = APIRouter()
LICENCE: Final = "CC0-1.0"
_LAST_TENTH: Final = 0.9


def catalog_of(request: Request) -> Catalog:
    """The catalogue that answers a request; whoever asks keeps to it."""
    catalog: Catalog = request.app.state.keeper.catalog
    return catalog


def given(request: Request) -> dict[str, list[str]]:
    """The parameters of a request.

    Raises:
        Refusal: if they cannot be read.
    """
    return read_query(request.scope["query_string"])


@router.get("/v1/sizes")
async def get_sizes(request: Request) -> Response:
    """Which sizes fit a vessel: the report of ``devicecat find``."""
    catalog = catalog_of(request)
    question = read_question(catalog, given(request))
    report = question.ask(catalog)
    media_type = FORMATS[question.format]
    tag = tag_of(catalog, media_type, "/v1/sizes", report.answer_id, str(question.excluded))
    return reply(request, media_type, tag, lambda: written(report, question))


def written(report: FitReport, question: Question) -> bytes:
    """A report as the command line writes it."""
    if question.format == "jsonl":
        return "".join(to_json_lines(report, excluded=question.excluded)).encode()
    if question.format == "csv":
        return "".join(to_csv(report, excluded=question.excluded)).encode()
    return report.to_json_bytes(excluded=question.excluded, end="\n")


@router.post("/v1/sizes")
async def post_sizes(request: Request) -> Response:
    """The same for many vessels: one a line, and one answer a line, in the same order."""
    catalog = catalog_of(request)
    values = given(request)
    check_names(values, (*QUESTION_NAMES, "excluded"), dict.fromkeys(VESSEL_NAMES, "stands in the body, in each line"))
    check_media_type(request.headers, NDJSON)
    keywords = read_options(catalog, values)
    excluded = keywords.pop("excluded", False)
    lines = split_lines(await request.body())
    deadline = time.monotonic() + request.app.state.limits.stream_seconds * _LAST_TENTH
    answers = _line_by_line(catalog, lines, keywords, excluded=excluded, deadline=deadline)
    return StreamingResponse(answers, headers={"Content-Type": NDJSON, "Cache-Control": "no-store"})


async def _line_by_line(
    catalog: Catalog, lines: Sequence[bytes], keywords: Mapping[str, Any], *, excluded: bool, deadline: float
) -> AsyncIterator[bytes]:
    """An answer a line: a report, or the problem of that line."""
    for number, line in enumerate(lines, start=1):
        try:
            if time.monotonic() > deadline:
                msg = "the answer took longer than a request may, and this line was not looked at; send it again."
                raise Refusal("not-in-time", msg)  # noqa: TRY301 - an answer like the others
            vessel = make_vessel(read_options(catalog, read_vessel_line(line)))
            yield written(Question(vessel, keywords).ask(catalog), Question(vessel, excluded=excluded))
        except Refusal as refusal:
            yield json.dumps({**refusal.as_dict(), "line": number}, ensure_ascii=False).encode() + b"\n"
        await asyncio.sleep(0)  # others are answered in between


@router.get("/v1/devices")
async def get_devices(request: Request) -> Response:
    """Every device held: ``devicecat list``."""
    catalog = catalog_of(request)
    values = given(request)
    check_names(values, ("kind", "region"))
    held = read_options(catalog, values)
    tag = tag_of(catalog, JSON, "/v1/devices", _normal(held))
    return reply(request, JSON, tag, lambda: _json(list_devices(catalog, **held)))


@router.get("/v1/devices/{slug}")  # noqa: FAST003 - see below
async def get_device(request: Request) -> Response:
    """Everything held of one device: ``devicecat show``."""
    # Not declared: for one that is FastAPI loads the whole first version of pydantic, a tenth of the start.
    slug = request.path_params["slug"]
    catalog = catalog_of(request)
    values = given(request)
    check_names(values, ("region",))
    held = read_options(catalog, values)
    check_device(catalog, slug)
    tag = tag_of(catalog, JSON, "/v1/devices", slug, _normal(held))
    return reply(request, JSON, tag, lambda: _json(show_device(catalog, slug, **held)))


def check_device(catalog: Catalog, slug: str) -> None:
    """Refuse what is no device of the catalogue.

    Raises:
        Refusal: that names near matches.
    """
    try:
        catalog.device(slug[:200])
    except QueryError as error:
        raise Refusal("unknown-device", str(error)) from None


@router.get("/v1/rules")
async def get_rules(request: Request) -> Response:
    """The sizing rules, each with its citation."""
    catalog = catalog_of(request)
    check_names(given(request), ())
    told = {"rules": [rule_dict(rule) for rule in catalog.rules.values()], "catalog_digest": catalog.digest}
    return reply(request, JSON, tag_of(catalog, JSON, "/v1/rules"), lambda: _json(told))


@router.get("/v1/catalog")
async def get_catalog(request: Request) -> Response:
    """What the catalogue is: its content, its counts, its licence, and what it is for."""
    catalog = catalog_of(request)
    check_names(given(request), ())
    return reply(request, JSON, tag_of(catalog, JSON, "/v1/catalog"), lambda: _json(_catalog(catalog)))


def _catalog(catalog: Catalog) -> dict[str, Any]:
    counted = stats(catalog)
    return {
        "digest": catalog.digest,
        "counts": {key: counted[key] for key in ("families", "models", "statements", "sources", "sizes")},
        "oldest_review": counted["oldest_review"],
        "licence": LICENCE,
        "versions": {"library": VERSION, "report_schema": SCHEMA},
        "intended_purpose": INTENDED_PURPOSE,
        "caveats": list_devices(catalog)["caveats"],
    }


@router.post("/v1/udi")
async def post_udi(request: Request) -> Response:
    """One barcode, in the body only: ``devicecat scan``."""
    catalog = catalog_of(request)
    if request.scope["query_string"]:
        # Not said which: a barcode may stand there.
        msg = "this path takes no parameters; the barcode stands in the body, so that no log of an address holds it."
        raise Refusal("unknown-parameter", msg)
    from devicecat.interop.udi import find_device, parse_udi

    check_media_type(request.headers, JSON)
    barcode, region, production = read_scan(await request.body())
    if region is not None and region not in catalog.regions.code:
        msg = 'region is no region code; write an ISO 3166-1 alpha-2 code, EU or XI, for example "TR".'
        raise Refusal("bad-body", msg, parameter="region")
    try:
        udi = parse_udi(barcode)
    except DevicecatError as error:
        raise Refusal("missing-package", str(error)) from None
    devices = [match.as_dict() for match in find_device(catalog, udi, region)]
    told = {**udi.as_dict(production=production), "devices": devices, "catalog_digest": catalog.digest}
    return Response(_json(told), headers={"Content-Type": JSON, "Cache-Control": "no-store"})


@router.get(LISTED_AT)
async def get_problems(request: Request) -> Response:
    """What each type of problem means."""
    check_names(given(request), ())
    return reply(request, JSON, tag_of(catalog_of(request), JSON, LISTED_AT), lambda: _json(listed()))


@router.get("/healthz")
async def healthz(request: Request) -> Response:
    """Whether the service answers, and from which catalogue."""
    check_names(given(request), ())
    told = {"status": "ok", "catalog_digest": catalog_of(request).digest, "library_version": VERSION}
    return Response(_json(told), headers={"Content-Type": JSON, "Cache-Control": "no-store"})


def _json(told: dict[str, Any]) -> str:
    """As the command line prints it."""
    return json.dumps(told, ensure_ascii=False) + "\n"


def _normal(held: Mapping[str, Any]) -> str:
    """Parameters in the order of the table, so that their order in an address does not matter."""
    return json.dumps([[name, held[name]] for name in BY_NAME if name in held])
