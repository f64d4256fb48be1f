"""The paths on rules side by side and on single sizes: ``compare-rules``, ``compliance`` and ``dose`` as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from devicecat.compare import compare_rules
from devicecat.errors import QueryError, one_of
from devicecat.stated import Answer, as_dict, compliance_rows, stated_dose
from devicecat.web.api import catalog_of, check_device, given
from devicecat.web.problems import Refusal
from devicecat.web.questions import BY_NAME, VESSEL_NAMES, check_names, make_vessel, read_options
from devicecat.web.replies import JSON, reply, tag_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from devicecat.catalog import Catalog
    from devicecat.compare import RuleComparison
    from devicecat.vessel import Vessel
    from devicecat.web.questions import Values

router = APIRouter()
MOST_RULES: Final = 8
COMPARED: Final = tuple(name for name in BY_NAME if name != "format")
"""The options of a question that is asked under several rules."""


# ── Rules side by side ───────────────────────────────────────────────────────────────────


class Comparison(NamedTuple):
    """A question to be asked under several rules.

    Attributes:
        vessel: The vessel.
        rules: The ids of the rules, in the order in which they were named.
        keywords: What else :func:`devicecat.compare_rules` takes.
        excluded: Whether to list what every rule rules out.
    """

    vessel: Vessel
    rules: tuple[str, ...]
    keywords: Mapping[str, Any]
    excluded: bool

    def ask(self, catalog: Catalog) -> RuleComparison:
        """The answers of a catalogue, side by side.

        Raises:
            Refusal: if the question has no answer as it stands.
        """
        try:
            return compare_rules(self.vessel, self.rules, catalog=catalog, **self.keywords)
        except QueryError as error:
            raise Refusal("bad-question", str(error)) from None


def read_comparison(catalog: Catalog, values: Values, allowed: tuple[str, ...] = COMPARED) -> Comparison:
    """The question that the parameters of an address ask under each of the rules they name.

    Raises:
        Refusal: if they ask none.
    """
    check_names(values, allowed, several=("rule",))
    rules = tuple(values.get("rule", ()))
    if len(rules) > MOST_RULES:
        msg = f"{len(rules)} rules are named; at most {MOST_RULES} are laid side by side."
        raise Refusal("bad-question", msg)
    for rule in rules:
        try:
            one_of(rule, catalog.rules, "rule")
        except QueryError as error:
            raise Refusal("bad-parameter", f"rule: {error}", parameter="rule") from None
    held = read_options(catalog, {name: texts for name, texts in values.items() if name != "rule"})
    excluded = held.pop("excluded", False)
    vessel = make_vessel(held)
    return Comparison(vessel, rules, {name: held[name] for name in held if name not in VESSEL_NAMES}, excluded)


@router.get("/v1/compare")
async def get_comparison(request: Request) -> Response:
    """Several rules side by side: ``devicecat compare-rules``."""
    catalog = catalog_of(request)
    asked = read_comparison(catalog, given(request))
    compared = asked.ask(catalog)
    answers = [report.answer_id for report in compared.reports]
    tag = tag_of(catalog, JSON, "/v1/compare", *answers, str(asked.excluded))
    return reply(request, JSON, tag, lambda: compared.to_json(excluded=asked.excluded) + "\n")


# ── Single sizes ─────────────────────────────────────────────────────────────────────────


@router.get("/v1/devices/{slug}/compliance")  # noqa: FAST003 - as in api
async def get_compliance(request: Request) -> Response:
    """The printed rows of the compliance charts of one nominal diameter: ``devicecat compliance``."""
    return _of_size(request, ("size", "diameter", "pressure", "region"), compliance_rows)


@router.get("/v1/devices/{slug}/dose")  # noqa: FAST003 - as in api
async def get_dose(request: Request) -> Response:
    """The total of drug on one size, where a label states it: ``devicecat dose``."""
    return _of_size(request, ("size", "region"), stated_dose)


def _of_size(request: Request, names: tuple[str, ...], ask: Callable[..., Answer]) -> Response:
    """What is stated of one size of one device."""
    slug = request.path_params["slug"]
    catalog = catalog_of(request)
    values = given(request)
    check_names(values, names)
    check_device(catalog, slug)
    if "size" not in values:
        msg = "no size is given; write one of the device, for example size=2.0 x 9"
        raise Refusal("bad-question", msg)
    read_options(catalog, {"region": values["region"]} if "region" in values else {})
    asked = {name: values[name][0] for name in names if name in values}
    try:
        answer = ask(slug, asked.pop("size"), catalog=catalog, **asked)
    except QueryError as error:
        named = str(error).partition(":")[0]
        if named in names:
            raise Refusal("bad-parameter", str(error), parameter=named) from None
        raise Refusal("bad-question", str(error)) from None
    written = json.dumps(as_dict(answer), ensure_ascii=False) + "\n"
    return reply(request, JSON, tag_of(catalog, JSON, request.scope["path"], written), lambda: written)
