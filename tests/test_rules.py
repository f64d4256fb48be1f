"""Sizing rules: windows and margins, exact; cited; for the kinds they are published for."""

from __future__ import annotations

import ast
import inspect
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from devicecat.errors import QueryError
from devicecat.loader import load
from devicecat.rules import SizingRule, Strength
from devicecat.sizing import DEFAULT_RULE
from devicecat.terms import KINDS, STRENGTHS, is_kind
from devicecat.windows import LengthRule, Window

CITED = "our laboratory's protocol, 2026"


def window(lower: object = "0.9", upper: object = "1.1", **more: Any) -> Window:  # noqa: ANN401 - as a caller may give it
    """A window, as a caller may give it."""
    return Window.model_validate({"lower": lower, "upper": upper, **more})


def rule(**more: Any) -> SizingRule:  # noqa: ANN401 - the same
    """A rule of the caller's own."""
    return SizingRule.model_validate({"id": "our-lab", "window": window(), "citation": CITED} | more)


def refused(make: Any, **given: Any) -> list[tuple[tuple[int | str, ...], str]]:  # noqa: ANN401 - the same
    """Where and in which words something is refused."""
    with pytest.raises((ValidationError, QueryError)) as raised:
        make(**given)
    error = raised.value if isinstance(raised.value, ValidationError) else raised.value.__cause__
    assert isinstance(error, ValidationError)
    return [(fault["loc"], fault["msg"].removeprefix("Value error, ")) for fault in error.errors()]


# ── Windows ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", ["0.9", 0.9, Decimal("0.9")])
def test_a_number_means_its_shortest_decimal(number: object) -> None:
    assert window(number).lower == Decimal("0.9")
    assert window(1).lower == Decimal(1)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("0,9", "'0,9' has a decimal comma; write '0.9'."),
        ("-0.9", "'-0.9' has a sign; "),
        (-0.9, "'-0.9' has a sign; "),
        ("nan", "'nan' cannot be read; "),
        (float("nan"), "'nan' cannot be read; "),
        (float("inf"), "'inf' cannot be read; "),
        ("9**9", "'9**9' cannot be read; "),
        (True, "a value of type 'bool' is no number; write it as text, for example '0.9'"),
        (None, "a value of type 'NoneType' is no number; write it as text, for example '0.9'"),
        ([0.9], "a value of type 'list' is no number; write it as text, for example '0.9'"),
    ],
)
def test_what_is_no_number(number: object, sentence: str) -> None:
    ((place, message),) = refused(window, lower=number)
    assert place == ("lower",)
    assert message.startswith(sentence)


@pytest.mark.parametrize(("lower", "upper"), [("1.2", "1.1"), ("0", "1.1"), ("0.0", "0")])
def test_a_window_stands_upright_and_above_zero(lower: str, upper: str) -> None:
    sentence = f"the window from {lower} to {upper} is upside down or not above zero; write for example 0.9 to 1.1"
    assert refused(window, lower=lower, upper=upper) == [((), sentence)]
    assert window("1", "1").span(Fraction(3), Fraction(3)).is_point


def test_the_ends_of_a_window_are_exact_and_open_or_closed() -> None:
    reference = Fraction("2.75")
    closed, opened = (
        window().span(reference, reference),
        window(lower_bound="open", upper_bound="open").span(reference, reference),
    )
    for end in (Fraction("2.475"), Fraction("3.025")):
        assert end in closed
        assert end not in opened
    assert Fraction("2.4749999999999999999") not in closed
    assert Fraction("2.5") in opened
    assert refused(window, lower_bound="half")[0][0] == ("lower_bound",)


def test_over_a_taper_the_window_goes_from_the_distal_to_the_proximal_end() -> None:
    span = window().span(Fraction(2), Fraction(3))
    assert (span.low, span.high) == (Fraction("1.8"), Fraction("3.3"))


# ── Length ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_margin_is_exact() -> None:
    assert LengthRule().margin_mm == 0
    assert LengthRule(margin="4 mm").margin_mm == 4
    assert LengthRule(margin="0.45 cm").margin_mm == Fraction("4.5")


@pytest.mark.parametrize("margin", ["4", "4 Fr", "2–4 mm", "up to 4 mm", "-4 mm", "four", ""])
def test_what_is_no_margin(margin: str) -> None:
    ((place, message),) = refused(LengthRule, margin=margin)
    assert place == ("margin",)
    assert message.endswith(".")


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rule_is_frozen_and_knows_its_keys() -> None:
    own = rule()
    with pytest.raises(ValidationError, match="frozen"):
        own.__setattr__("name", "another")
    assert [place for place, _ in refused(rule, colour="green")] == [("colour",)]
    assert hash(own) == hash(rule())


def test_a_rule_of_one_s_own_needs_a_citation() -> None:
    sentence = 'a rule needs a citation, for example citation = "our laboratory\'s protocol, 2026"'
    for citation in (None, ""):
        assert refused(rule, citation=citation) == [(("citation",), sentence)]
        assert refused(rule, citation=citation, strength="library") == [(("citation",), sentence)]
        assert refused(rule, citation=citation, id=DEFAULT_RULE) == [(("citation",), sentence)]
    assert refused(SizingRule, id="our-lab", window=window()) == [(("citation",), sentence)]
    assert rule(id=DEFAULT_RULE, strength="library", citation=None).citation is None


def test_no_fault_of_a_rule_hides_another() -> None:
    places = {
        place for place, _ in refused(rule, citation=None, kinds=["stint"], window={"lower": "1"}, boundary="eel")
    }
    assert {("citation",), ("kinds", 0), ("window", "upper"), ("boundary",)} <= places


def test_the_words_for_strength_are_those_of_the_terms() -> None:
    assert get_args(Strength) == STRENGTHS
    for strength in STRENGTHS:
        assert rule(strength=strength).strength == strength


@pytest.mark.parametrize("kinds", ["stent", ["stent"], ("stent",)])
def test_one_kind_may_stand_without_brackets(kinds: object) -> None:
    own = rule(kinds=kinds, length=LengthRule.model_validate({"kinds": kinds}))
    assert own.kinds == own.length.kinds == ("stent",)


def test_a_rule_needs_a_kind() -> None:
    assert {place for place, _ in refused(rule, kinds=[])} == {("kinds",)}
    assert refused(rule, kinds=["stint"])[0][0] == ("kinds", 0)


@pytest.mark.parametrize(
    ("kind", "speaks", "asks"),
    [
        ("stent", True, True),
        ("drug-eluting-stent", True, True),
        ("drug-coated-balloon", False, True),
        ("drug-coated-scoring-balloon", False, True),
        ("balloon", None, None),
        ("plain-balloon", None, False),
        ("semi-compliant-balloon", True, False),
        ("atherectomy", False, False),
    ],
)
def test_a_rule_speaks_for_its_kinds_and_their_special_cases(kind: str, speaks: bool | None, asks: bool | None) -> None:  # noqa: FBT001
    own = rule(
        kinds=["stent", "semi-compliant-balloon"],
        length=LengthRule.model_validate({"kinds": ["stent", "drug-coated-balloon"]}),
    )
    assert own.speaks_for(kind) is speaks
    assert own.asks_length_of(kind) is asks


def test_a_broader_kind_is_never_answered_for() -> None:
    for named in KINDS:
        own = rule(kinds=[named])
        for kind in KINDS:
            broader = None if is_kind(named, kind) else False
            assert own.speaks_for(kind) is (is_kind(kind, named) or broader)


def test_the_default_rule_is_a_search_window_and_cites_nothing() -> None:
    own = load([]).rules[DEFAULT_RULE]
    assert own.strength == "library"
    assert own.citation is None
    assert own.window is not None
    assert (own.window.lower, own.window.upper) == (Decimal("0.9"), Decimal("1.1"))
    assert (own.window.lower_bound, own.window.upper_bound) == ("closed", "closed")
    assert own.boundary == "lumen"
    assert own.length.margin_mm == 0
    assert all(p.citation for p in (*own.holds, *own.leaves_outside))
    assert own.holds
    assert own.leaves_outside


# ── What a caller writes ──────────────────────────────────────────────────────────────────────────────────────────────


def own(**more: Any) -> SizingRule:  # noqa: ANN401 - as a caller may give it
    """A rule, made by its constructor."""
    given: dict[str, Any] = {"id": "our-lab", "window": window(), "citation": CITED} | more
    return SizingRule(**given)


def test_a_caller_may_write_numbers_as_text_and_one_kind_as_a_word() -> None:
    # The types say so too: this file is checked with --strict.
    made = SizingRule(
        id="our-lab",
        window=Window(lower="1.0", upper=1.1),
        kinds=["stent"],
        citation=CITED,
        length=LengthRule(kinds="stent"),
    )
    assert made.window is not None
    assert (made.window.lower, made.window.upper) == (Decimal("1.0"), Decimal("1.1"))
    assert (made.kinds, made.length.kinds) == (("stent",), ("stent",))
    assert SizingRule(id="our-lab", window={"lower": 1, "upper": "1.1"}, citation=CITED).window == made.window


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Window(lower="x", upper=1), "Window: lower: 'x' cannot be read; under a key that names the unit stand digits"),
        (lambda: Window(lower=2, upper=1), "Window: the window from 2 to 1 is upside down or not above zero; write for example 0.9 to 1.1."),
        (lambda: Window(upper=1), "Window: lower: it is needed and not given."),  # type: ignore[call-arg]
        (lambda: LengthRule(margin="6 Fr"), "LengthRule: margin: '6 Fr' looks like a guide or a wire; vessels are given in mm, for example '3.5 mm'."),
        (lambda: own(kinds=["stnt"]), "did you mean 'stent'."),
        (lambda: own(tags="P"), "SizingRule: tags: no such argument; did you mean 'tag'."),
        (lambda: own(colour="green"), "SizingRule: colour: no such argument."),
        (lambda: own(window={"lower": "1"}), "SizingRule: window.upper: it is needed and not given."),
        (lambda: own(name=4), "SizingRule: name: found '4'; input should be a valid string."),
        (lambda: own(kinds=[]), "SizingRule: kinds: found '()'; tuple should have at least 1 item"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_of_it_is_told_in_sentences(make: Any, sentence: str) -> None:  # noqa: ANN401 - any maker
    with pytest.raises(QueryError) as raised:
        make()
    assert sentence in str(raised.value)
    assert "pydantic" not in str(raised.value)


def test_the_types_of_the_constructors_name_the_fields_there_are() -> None:
    for model in (Window, LengthRule, SizingRule):
        source = ast.parse(Path(inspect.getfile(model)).read_text(encoding="utf-8"))
        body = next(n for n in source.body if isinstance(n, ast.ClassDef) and n.name == model.__name__)
        init = next(n for n in ast.walk(body) if isinstance(n, ast.FunctionDef) and n.name == "__init__")
        assert {argument.arg for argument in init.args.kwonlyargs} == set(model.model_fields)


def test_a_file_is_still_told_of_with_the_key_that_is_wrong() -> None:
    with pytest.raises(ValidationError) as raised:
        SizingRule.model_validate({"id": "x", "citation": CITED, "window": {"lower": "x", "upper": "1"}})
    assert [fault["loc"] for fault in raised.value.errors()] == [("window", "lower")]
