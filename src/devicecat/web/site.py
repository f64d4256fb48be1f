"""The pages that the service shows: the answer, rules side by side, what is not known, the devices.

What a page is made of is loaded with the first that is shown: a program that asks for answers never waits for it.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from devicecat.interop.tables import to_csv
from devicecat.showing import caveats_of_all
from devicecat.web.api import catalog_of, check_device, given
from devicecat.web.problems import Refusal
from devicecat.web.questions import check_names, read_options, read_question
from devicecat.web.replies import HTML, JSON, reply, tag_of
from devicecat.web.rules_api import COMPARED, read_comparison

if TYPE_CHECKING:
    from collections.abc import Callable

    from devicecat.catalog import Catalog
    from devicecat.compare import RuleComparison
    from devicecat.web.pages import Face
    from devicecat.web.questions import Values
    from devicecat.web.rules_api import Comparison

router = APIRouter(include_in_schema=False)
CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = {"Content-Security-Policy": CSP}


# ── The answer ───────────────────────────────────────────────────────────────────────────


@router.get("/")
async def home(request: Request) -> Response:
    """The question, and its answer."""
    from devicecat.web.answer_view import AnswerView
    from devicecat.web.form_view import address, form_of, refusal_of
    from devicecat.web.pages import render

    catalog = catalog_of(request)
    values = given(request)
    if _has_empty(values):
        return _without_empty("/", values)
    if "format" in values:  # a page has one form; the others stand where programs ask
        return RedirectResponse(f"/v1/sizes?{address(values)}", 303)
    question = refused = None
    try:
        question = read_question(catalog, values) if values else None
        report = None if question is None else question.ask(catalog)
    except Refusal as refusal:
        refused, report = _shown(request, refusal), None
    link = link_of(request, "/", values)

    def page() -> str:
        view = None
        if report is not None and question is not None:
            query = address({name: texts for name, texts in values.items() if name != "excluded"})
            view = AnswerView(catalog, report, link, query, excluded=question.excluded).parts()
        return render(
            "find.html",
            _face(),
            answer=view,
            caveats=general_caveats(catalog) if view is None else view["bar"],
            form=form_of(catalog, values, refused),
            refused=refusal_of(refused, "/", values),
            query=address(values),
            asks_boundary=report is not None and report.query["boundary"] is None,
            link=link,
            digest=catalog.digest,
        )

    return _page(request, catalog, page, refused)


@router.get("/sizes.csv")
async def sizes_csv(request: Request) -> Response:
    """The answer as a file for a spreadsheet: each row has its caveats, and the link."""
    catalog = catalog_of(request)
    values = given(request)
    question = read_question(catalog, values)
    report = question.ask(catalog)
    cell = f',"{link_of(request, "/", values)}"\r\n'

    def text() -> str:
        head, *rows = to_csv(report, excluded=question.excluded)
        return head.removesuffix("\r\n") + ",link\r\n" + "".join(row.removesuffix("\r\n") + cell for row in rows)

    return _file(request, catalog, "text/csv; charset=utf-8", "devicecat-sizes.csv", text)


@router.get("/sizes.json")
async def sizes_json(request: Request) -> Response:
    """The report as a file, and the link."""
    catalog = catalog_of(request)
    values = given(request)
    question = read_question(catalog, values)
    report = question.ask(catalog)
    link = json.dumps(link_of(request, "/", values))

    def text() -> str:
        return f'{{"link":{link},"report":{report.to_json(excluded=question.excluded)}}}\n'

    return _file(request, catalog, JSON, "devicecat-sizes.json", text)


@router.get("/pictures/{slug}/{unit}.svg")  # noqa: FAST003 - as in api
async def picture(request: Request) -> Response:
    """The sizes of one model against a question, with the caveats and the link inside."""
    from devicecat.web.answer_picture import draw_answer, has_picture
    from devicecat.web.answer_view import asked_in_words

    slug, unit = request.path_params["slug"], request.path_params["unit"]
    catalog = catalog_of(request)
    values = given(request)
    question = read_question(catalog, values)
    check_device(catalog, slug)
    report = question.ask(catalog)
    link = link_of(request, "/", values)
    groups = (*report.fits, *(g for s in report.may_fit for g in s.devices), *report.excluded)
    held = [group for group in groups if (group.device, group.model or "_") == (slug, unit)]
    rows = [row for group in held for row in group.candidates]
    if not has_picture(rows):
        msg = "no source names a size of this model, so there is nothing to draw."
        raise Refusal("not-found", msg)

    def text() -> str:
        return draw_answer(report, held[0], rows, asked_in_words(report.query), link)

    return _file(request, catalog, "image/svg+xml", f"devicecat-{slug}.svg", text)


# ── Other views ──────────────────────────────────────────────────────────────────────────


@router.get("/compare")
async def compare_rules(request: Request) -> Response:
    """Rules side by side."""
    from devicecat.web.compare_view import compare
    from devicecat.web.form_view import address, form_of, refusal_of
    from devicecat.web.pages import render

    catalog = catalog_of(request)
    values = given(request)
    if _has_empty(values):
        return _without_empty("/compare", values)
    refused = compared = None
    try:
        if values:
            asked = read_comparison(catalog, values, _ON_PAGE)
            # Who comes from an answer has chosen no rules yet.
            compared = _side_by_side(catalog, asked) if asked.rules else None
    except Refusal as refusal:
        refused = _shown(request, refusal)

    def page() -> str:
        view = None if compared is None else compare(catalog, compared)
        return render(
            "compare.html",
            _face(),
            answer=view,
            caveats=general_caveats(catalog) if view is None else view["bar"],
            form=form_of(catalog, values, refused, without=("excluded",)),
            refused=refusal_of(refused, "/compare", values),
            query=address(values),
            link=link_of(request, "/compare", values),
            digest=catalog.digest,
        )

    return _page(request, catalog, page, refused)


@router.get("/compare.json")
async def compare_json(request: Request) -> Response:
    """The comparison as a file, and the link."""
    catalog = catalog_of(request)
    values = given(request)
    compared = _side_by_side(catalog, read_comparison(catalog, values, _ON_PAGE))
    link = json.dumps(link_of(request, "/compare", values))
    return _file(
        *(request, catalog, JSON, "devicecat-rules.json"),
        lambda: f'{{"link":{link},"comparison":{compared.to_json()}}}\n',
    )


_ON_PAGE: Final = tuple(name for name in COMPARED if name != "excluded")


def _side_by_side(catalog: Catalog, asked: Comparison) -> RuleComparison:
    """The rules that are named side by side, in the order of the alphabet: none is preferred."""
    return asked._replace(rules=tuple(sorted(asked.rules))).ask(catalog)


@router.get("/unknown")
async def unknown(request: Request) -> Response:
    """What is not known, of the catalogue and of a question."""
    from devicecat.web.form_view import address, refusal_of
    from devicecat.web.pages import render
    from devicecat.web.unknown_view import of_answer, of_catalogue

    catalog = catalog_of(request)
    values = given(request)
    refused = report = None
    try:
        if values:
            report = read_question(catalog, values).ask(catalog)
    except Refusal as refusal:
        refused = _shown(request, refusal)

    def page() -> str:
        known = of_catalogue(catalog, None if report is None else report.query["region"])
        return render(
            "unknown.html",
            _face(),
            known=known,
            answer=None if report is None else of_answer(report),
            caveats=known["caveats"],
            refused=refusal_of(refused, "/unknown", values),
            query=address(values),
            digest=catalog.digest,
        )

    return _page(request, catalog, page, refused)


@router.get("/devices")
async def devices(request: Request) -> Response:
    """Every device."""
    from devicecat.web.pages import index_page

    catalog = catalog_of(request)
    values = given(request)
    if _has_empty(values):
        return _without_empty("/devices", values)
    check_names(values, ("region",))
    held = read_options(catalog, values)
    return _page(request, catalog, lambda: index_page(catalog, held.get("region"), _face()))


@router.get("/devices/{slug}")  # noqa: FAST003 - as in api
async def device(request: Request) -> Response:
    """Everything held of one device."""
    from devicecat.web.answer_view import device_address
    from devicecat.web.pages import device_page

    slug = request.path_params["slug"]
    catalog = catalog_of(request)
    values = given(request)
    check_device(catalog, slug)
    if _has_empty(values):
        return _without_empty(device_address(slug, None), values)
    check_names(values, ("region",))
    held = read_options(catalog, values)
    return _page(request, catalog, lambda: device_page(catalog, slug, held.get("region"), _face()))


@router.get("/page.js")
async def script(request: Request) -> Response:
    """The script of the pages."""
    check_names(given(request), ())
    text = _script()
    tag = f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    return reply(request, "text/javascript; charset=utf-8", tag, lambda: text)


# ── Parts ────────────────────────────────────────────────────────────────────────────────


@cache
def _face() -> Face:
    from devicecat.web.answer_view import device_address
    from devicecat.web.pages import Face

    return Face("/devices", device_address, served=True)


@cache
def _script() -> str:
    return files("devicecat.web").joinpath("page.js").read_text(encoding="utf-8")


def general_caveats(catalog: Catalog) -> list[str]:
    """The three sentences of a page that answers no question."""
    return [held.sentence for held in caveats_of_all(catalog, None)]


def problem_page(catalog: Catalog, refusal: Refusal) -> Response:
    """A problem as a page, for who looks at pages."""
    from devicecat.web.pages import render

    told = refusal.as_dict()
    text = render("problem.html", _face(), problem=told, caveats=general_caveats(catalog), digest=catalog.digest)
    headers = {"Content-Type": HTML, "Cache-Control": "no-store", "Vary": "Accept", **_HEADERS, **refusal.headers}
    return Response(text, refusal.status, headers=headers)


def wants_page(request: Request) -> bool:
    """Whether somebody looks at pages: a browser says so, and no program is answered with one."""
    return "text/html" in request.headers.get("accept", "") and not request.scope["path"].startswith("/v1")


def _shown(request: Request, refusal: Refusal) -> Refusal:
    """The refusal, for who looks at pages; a program gets it as any other."""
    if not wants_page(request):
        raise refusal
    return refusal


def _page(request: Request, catalog: Catalog, make: Callable[[], str], refused: Refusal | None = None) -> Response:
    headers = {**_HEADERS, "Vary": "Accept-Encoding, Accept"}
    if refused is not None:
        return Response(make(), refused.status, headers={**headers, "Content-Type": HTML, "Cache-Control": "no-store"})
    return reply(request, HTML, _tag(request, catalog, HTML), make, headers)


def _file(request: Request, catalog: Catalog, media_type: str, name: str, make: Callable[[], str]) -> Response:
    headers = {**_HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return reply(request, media_type, _tag(request, catalog, media_type), make, headers)


def _tag(request: Request, catalog: Catalog, media_type: str) -> str:
    """The link stands in what is sent, so the tag follows it."""
    return tag_of(catalog, media_type, link_of(request, request.scope["path"], given(request)))


_HOST: Final = re.compile(r"[A-Za-z0-9.\-]{1,255}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")


def link_of(request: Request, path: str, values: Values) -> str:
    """The whole address of a page with some values; without a host that is one, only the path."""
    from devicecat.web.form_view import address

    host = request.headers.get("host", "")
    base = f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else ""
    query = address(values)
    return f"{base}{path}?{query}" if query else f"{base}{path}"


def _has_empty(values: Values) -> bool:
    return any(not text.strip() for texts in values.values() for text in texts)


def _without_empty(path: str, values: Values) -> Response:
    """A form sends its empty fields too; what is not asked has no place in the link."""
    from devicecat.web.form_view import address

    kept: dict[str, Any] = {name: [text for text in texts if text.strip()] for name, texts in values.items()}
    query = address({name: texts for name, texts in kept.items() if texts})
    return RedirectResponse(f"{path}?{query}" if query else path, 303)
