"""The vessel that is asked about: read exactly, refused with a sentence, and never changed."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat import Limits, QueryError, Vessel
from devicecat.reading import parse_quantity
from devicecat.terms import BEDS, BOUNDARIES, MODALITIES
from devicecat.vessel import PLAUSIBLE

MM = "vessels are given in mm, for example '3.5 mm'."


def refusal(*diameter: Any, **more: Any) -> str:  # noqa: ANN401 - as a caller may give it
    """The sentence with which a vessel is refused."""
    with pytest.raises(QueryError) as raised:
        Vessel(*diameter, **more)
    return str(raised.value)


# ── What is read ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_reference_diameter_stands_for_both_ends() -> None:
    vessel = Vessel("2.75 mm", lesion_length="18 mm")
    assert vessel.references == (Fraction("2.75"), Fraction("2.75"))
    assert vessel.lesion == 18
    assert str(vessel.reference_diameter) == "2.75 mm"
    assert (vessel.bed, vessel.boundary, vessel.modality) == ("coronary", None, None)
    assert vessel == Vessel(reference_diameter="2.75 mm", lesion_length="18 mm")


def test_two_ends() -> None:
    vessel = Vessel(proximal="3.5 mm", distal="2.75 mm")
    assert vessel.references == (Fraction("3.5"), Fraction("2.75"))
    assert vessel.lesion is None
    assert Vessel(proximal="3 mm", distal="3.0 mm").references == (Fraction(3), Fraction(3))


@pytest.mark.parametrize("text", ["2.75 mm", "0.275 cm", "2750 µm", "2750 um", " 2.75  mm ", "2.750mm"])
def test_units_of_vessels(text: str) -> None:
    assert Vessel(text).references[0] == Fraction("2.75")


def test_pint_quantities_and_our_own_are_taken() -> None:
    registry: pint.UnitRegistry[Any] = pint.UnitRegistry()
    assert Vessel(registry.Quantity(2.75, "mm")) == Vessel("2.75 mm")
    assert Vessel(registry.Quantity(Decimal("0.275"), "cm")) == Vessel("2.75 mm")
    assert Vessel(registry.Quantity(Fraction(11, 4), "mm")) == Vessel("2.75 mm")
    assert Vessel(registry.Quantity(3, "mm"), lesion_length=registry.Quantity(1.8, "cm")).lesion == 18
    assert Vessel(parse_quantity("2.75 mm", "length")) == Vessel("2.75 mm")
    assert Vessel("2.75 mm") == Vessel(parse_quantity("2.75 mm", "length").quantity)
    assert refusal(registry.Quantity(0.1, "inch")) == (
        "reference diameter: '0.1 inch' looks like a guide or a wire; vessels are given in mm, for example '3.5 mm'."
    )
    assert refusal(registry.Quantity(3, "mm**2")).startswith("reference diameter: '3 millimeter**2' ")


@pytest.mark.parametrize("end", ["0.5 mm", "10 mm", "500 µm", "1 cm", "10.000 mm"])
def test_the_limits_of_a_diameter_are_inside(end: str) -> None:
    assert Vessel(end).references == Vessel(proximal=end, distal=end).references


@pytest.mark.parametrize("end", ["1 mm", "200 mm", "0.1 cm", "20 cm"])
def test_the_limits_of_a_lesion_are_inside(end: str) -> None:
    assert Vessel("3 mm", lesion_length=end).lesion in PLAUSIBLE.length


def test_words_of_a_vessel() -> None:
    for bed in BEDS:
        assert Vessel("3 mm", bed=bed).bed == bed
    for boundary in BOUNDARIES:
        assert Vessel("3 mm", boundary=boundary).boundary == boundary
    for modality in MODALITIES:
        assert Vessel("3 mm", modality=modality).modality == modality
    assert Vessel("3 mm", boundary="eel") == Vessel("3 mm", boundary="external-elastic-lamina")


# ── What is refused, and in which words ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("3,5 mm", "'3,5 mm' has a decimal comma; write '3.5 mm'."),
        ("3,5", "'3,5' has a decimal comma; write '3.5 mm'."),
        ("1,500 µm", "'1,500 µm' has a comma; write '1.500 µm' or '1500 µm'."),
        ("3.5", "'3.5' has no unit; write '3.5 mm'."),
        ("nan mm", f"'nan mm' cannot be read; {MM}"),
        ("inf mm", f"'inf mm' cannot be read; {MM}"),
        ("-3 mm", f"'-3 mm' has a sign; {MM}"),
        ("+3 mm", f"'+3 mm' has a sign; {MM}"),
        ("3 mm + 1 in", f"'3 mm + 1 in' cannot be read; {MM}"),
        ("9**9**9**9 mm", f"'9**9**9**9 mm' cannot be read; {MM}"),
        ("1e400 mm", f"'1e400 mm' has an exponent; {MM}"),
        ("1E1 mm", f"'1E1 mm' has an exponent; {MM}"),
        (f"{'9' * 10_000} mm", f"'{'9' * 40}…' is 10003 characters long; {MM}"),
        (f"3.{'0' * 30} mm", f"'3.{'0' * 30} mm' has more than 20 digits; {MM}"),
        ("٣ mm", f"'٣ mm' has digits other than 0 to 9; {MM}"),
        ("³ mm", f"'³ mm' cannot be read; {MM}"),
        ("", f"an empty text is no reference diameter; {MM}"),
        ("  ", f"an empty text is no reference diameter; {MM}"),
        ("6 Fr", f"'6 Fr' looks like a guide or a wire; {MM}"),
        ("6F", f"'6F' looks like a guide or a wire; {MM}"),
        ("0.014 in", f"'0.014 in' looks like a guide or a wire; {MM}"),
        ('0.014"', f"'0.014\"' looks like a guide or a wire; {MM}"),
        ("3 MM", f"'3 MM' has the unit 'MM'; {MM}"),
        ("3 m", f"'3 m' has the unit 'm'; {MM}"),
        (".5 mm", f"'.5 mm' has a point without a digit on each side; {MM}"),
        ("2.5–3.0 mm", f"'2.5–3.0 mm' cannot be read; {MM}"),
        (3, "'3' has no unit; write '3 mm'."),
        (3.5, "'3.5' has no unit; write '3.5 mm'."),
        (True, f"a value of type 'bool' is no reference diameter; {MM}"),
        (b"3 mm", f"a value of type 'bytes' is no reference diameter; {MM}"),
    ],
)
def test_a_diameter_that_cannot_be_read(text: object, sentence: str) -> None:
    assert refusal(text) == f"reference diameter: {sentence}"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"proximal": "3,5 mm", "distal": "3 mm"}, "proximal diameter: '3,5 mm' has a decimal comma; write '3.5 mm'."),
        ({"proximal": "3.5 mm", "distal": "3"}, "distal diameter: '3' has no unit; write '3 mm'."),
        ({"lesion_length": "18"}, "lesion length: '18' has no unit; write '18 mm'."),
        ({"lesion_length": "6 Fr"}, f"lesion length: '6 Fr' looks like a guide or a wire; {MM}"),
        ({"lesion_length": ""}, f"lesion length: an empty text is no lesion length; {MM}"),
    ],
)
def test_every_length_is_named(given: dict[str, str], sentence: str) -> None:
    assert refusal(*([] if "proximal" in given else ["3 mm"]), **given) == sentence


OUTSIDE = "is outside 0.5 to 10 mm, what is plausible for it."
TOO_LONG = "is outside 1 to 200 mm, what is plausible for it."
SWAPPED = " Are diameter and length swapped?"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reference_diameter": "0.49 mm"}, f"reference diameter: 0.49 mm {OUTSIDE}"),
        ({"reference_diameter": "0 mm"}, f"reference diameter: 0 mm {OUTSIDE}"),
        ({"reference_diameter": "10.01 mm"}, f"reference diameter: 10.01 mm {OUTSIDE}"),
        ({"reference_diameter": "18 mm"}, f"reference diameter: 18 mm {OUTSIDE}"),
        ({"reference_diameter": "18 mm", "lesion_length": "2.75 mm"}, f"reference diameter: 18 mm {OUTSIDE}{SWAPPED}"),
        ({"reference_diameter": "300 mm", "lesion_length": "2.75 mm"}, f"reference diameter: 300 mm {OUTSIDE}"),
        ({"reference_diameter": "3 mm", "lesion_length": "0.9 mm"}, f"lesion length: 0.9 mm {TOO_LONG}{SWAPPED}"),
        ({"reference_diameter": "3 mm", "lesion_length": "0.4 mm"}, f"lesion length: 0.4 mm {TOO_LONG}"),
        ({"reference_diameter": "3 mm", "lesion_length": "200.1 mm"}, f"lesion length: 200.1 mm {TOO_LONG}"),
        ({"reference_diameter": "3 mm", "lesion_length": "30 cm"}, f"lesion length: 30 cm {TOO_LONG}"),
        ({"proximal": "12 mm", "distal": "3 mm"}, f"proximal diameter: 12 mm {OUTSIDE}"),
        ({"proximal": "3 mm", "distal": "0.2 mm", "lesion_length": "9 mm"}, f"distal diameter: 0.2 mm {OUTSIDE}"),
        (
            {"proximal": "2.75 mm", "distal": "3.50 mm"},
            (
                "the proximal diameter 2.75 mm is below the distal one 3.50 mm; swapped they read: "
                "proximal '3.50 mm', distal '2.75 mm'."
            ),
        ),
        (
            {"proximal": "3 mm"},
            "the proximal diameter is given and the distal one is not; give both, or one reference diameter.",
        ),
        (
            {"distal": "3 mm"},
            "the distal diameter is given and the proximal one is not; give both, or one reference diameter.",
        ),
        (
            {},
            "no diameter is given; give a reference diameter, for example '2.75 mm', or both a proximal and a distal one.",
        ),
        (
            {"lesion_length": "18 mm"},
            "no diameter is given; give a reference diameter, for example '2.75 mm', or both a proximal and a distal one.",
        ),
        (
            {"reference_diameter": "3 mm", "proximal": "3 mm", "distal": "3 mm"},
            "give either one reference diameter or both a proximal and a distal one, not both ways at once.",
        ),
        (
            {"reference_diameter": "3 mm", "distal": "3 mm"},
            "give either one reference diameter or both a proximal and a distal one, not both ways at once.",
        ),
        (
            {"reference_diameter": "3 mm", "bed": "coronry"},
            f"'coronry' is no vessel bed; did you mean 'coronary'? Known are {', '.join(BEDS)}.",
        ),
        (
            {"reference_diameter": "3 mm", "bed": "renal"},
            f"'renal' is no vessel bed. Known are {', '.join(BEDS)}.",
        ),
        (
            {"reference_diameter": "3 mm", "boundary": "lumem"},
            "'lumem' is no boundary; did you mean 'lumen'? Known are lumen, external-elastic-lamina.",
        ),
        (
            {"reference_diameter": "3 mm", "boundary": ["eel"]},
            "'['eel']' is no boundary. Known are lumen, external-elastic-lamina.",
        ),
        (
            {"reference_diameter": "3 mm", "modality": "OCT"},
            "'OCT' is no modality; did you mean 'oct'? Known are angiography, ivus, oct.",
        ),
        ({"reference_diameter": "3 mm", "modality": 3}, "'3' is no modality. Known are angiography, ivus, oct."),
    ],
)
def test_what_is_not_plausible_is_refused_with_what_to_write(given: dict[str, Any], sentence: str) -> None:
    assert refusal(**given) == sentence


def test_a_caller_may_set_other_limits() -> None:
    wide = Limits(diameter=(Fraction(1, 10), Fraction(30)), length=(Fraction(1), Fraction(400)))
    assert Vessel("18 mm", lesion_length="300 mm", limits=wide).references[0] == 18
    assert refusal("40 mm", lesion_length="3 mm", limits=wide) == (
        "reference diameter: 40 mm is outside 0.1 to 30 mm, what is plausible for it. Are diameter and length swapped?"
    )
    assert Limits() == PLAUSIBLE
    assert PLAUSIBLE.diameter == (Fraction(1, 2), Fraction(10))
    assert PLAUSIBLE.length == (Fraction(1), Fraction(200))


# ── What a vessel is ──────────────────────────────────────────────────────────────────────────────────────────────────

VESSELS = [
    Vessel("2.75 mm"),
    Vessel("2.750 mm", lesion_length="1.8 cm"),
    Vessel(proximal="3.5 mm", distal="2.75 mm", lesion_length="18 mm"),
    Vessel("3 mm", bed="coronary-vein-graft", boundary="eel", modality="ivus"),
    Vessel("3 mm", boundary="lumen"),
]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"reference_diameter": "3.34 mm", "eel": "2.64 mm"},
            (
                "the external elastic lamina, 2.64 mm, lies below the lumen, 3.34 mm; swapped they read: "
                "lumen '2.64 mm', external elastic lamina '3.34 mm'."
            ),
        ),
        (
            {"proximal": "3.5 mm", "distal": "3.0 mm", "eel_proximal": "4 mm", "eel_distal": "2.9 mm"},
            (
                "the external elastic lamina, 2.9 mm, lies below the lumen, 3.0 mm; swapped they read: "
                "lumen '2.9 mm', external elastic lamina '3.0 mm'."
            ),
        ),
        (
            {"proximal": "3.5 mm", "distal": "3.0 mm", "eel_proximal": "4 mm"},
            (
                "the external elastic lamina stands beside each diameter of the lumen or beside none; give eel beside one "
                "reference diameter, or eel_proximal and eel_distal beside both ends."
            ),
        ),
        (
            {"proximal": "3.5 mm", "distal": "3.0 mm", "eel": "4 mm"},
            (
                "the external elastic lamina stands beside each diameter of the lumen or beside none; give eel beside one "
                "reference diameter, or eel_proximal and eel_distal beside both ends."
            ),
        ),
        (
            {"reference_diameter": "2.64 mm", "eel": "3.34 mm", "boundary": "eel"},
            "the external elastic lamina stands beside the lumen and is the boundary too; leave the boundary out.",
        ),
        (
            {"reference_diameter": "2.64 mm", "eel": "3.34"},
            "external elastic lamina: '3.34' has no unit; write '3.34 mm'.",
        ),
    ],
)
def test_the_lumen_lies_inside_the_external_elastic_lamina(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(QueryError) as raised:
        Vessel(**given)
    assert str(raised.value) == sentence


def test_the_external_elastic_lamina_beside_the_lumen_tells_both_boundaries() -> None:
    one = Vessel("2.64 mm", eel="3.34 mm")
    both = Vessel(proximal="3.14 mm", distal="2.64 mm", eel_proximal="4.12 mm", eel_distal="3.34 mm", boundary="lumen")
    assert one.boundary == both.boundary == "lumen"
    assert one.eel_references == (Fraction("3.34"), Fraction("3.34"))
    assert both.eel_references == (Fraction("4.12"), Fraction("3.34"))
    assert Vessel("2.64 mm").eel_references is None
    assert Vessel("2.64 mm", eel="2.64 mm").eel_references == (Fraction("2.64"), Fraction("2.64"))
    assert pickle.loads(pickle.dumps(both)) == both  # noqa: S301 - our own


def test_a_vessel_does_not_change() -> None:
    vessel = Vessel("3 mm")
    with pytest.raises(AttributeError, match=r"^a Vessel does not change; make a new one with bed='vein'$"):
        vessel.bed = "vein"
    with pytest.raises(AttributeError, match=r"^a Vessel does not change; bed stays$"):
        del vessel.bed
    with pytest.raises(AttributeError):
        vessel.colour = "red"


def test_vessels_are_equal_by_number() -> None:
    assert Vessel("2.75 mm", lesion_length="18 mm") == Vessel("2.750 mm", lesion_length="1.8 cm")
    assert hash(Vessel("2.75 mm")) == hash(Vessel("0.275 cm"))
    assert Vessel("3 mm") != Vessel(proximal="3 mm", distal="3 mm")
    assert Vessel("3 mm") != Vessel("3 mm", boundary="lumen")
    assert Vessel("3 mm") != "3 mm"
    assert len({*VESSELS, *VESSELS}) == len(VESSELS)


@pytest.mark.parametrize("vessel", VESSELS, ids=repr)
def test_a_vessel_reads_as_it_is_shown(vessel: Vessel) -> None:
    assert eval(repr(vessel), {"Vessel": Vessel}) == vessel  # noqa: S307 - our own
    assert repr(eval(repr(vessel), {"Vessel": Vessel})) == repr(vessel)  # noqa: S307 - our own


def test_a_vessel_is_shown_as_it_would_be_written() -> None:
    assert [repr(vessel) for vessel in VESSELS] == [
        "Vessel(reference_diameter='2.75 mm')",
        "Vessel(reference_diameter='2.750 mm', lesion_length='1.8 cm')",
        "Vessel(proximal='3.5 mm', distal='2.75 mm', lesion_length='18 mm')",
        "Vessel(reference_diameter='3 mm', bed='coronary-vein-graft', boundary='external-elastic-lamina', modality='ivus')",
        "Vessel(reference_diameter='3 mm', boundary='lumen')",
    ]


@pytest.mark.parametrize("vessel", VESSELS, ids=repr)
def test_a_vessel_can_be_copied_and_pickled(vessel: Vessel) -> None:
    for again in (pickle.loads(pickle.dumps(vessel)), copy.copy(vessel), copy.deepcopy(vessel)):  # noqa: S301 - our own
        assert again == vessel
        assert repr(again) == repr(vessel)
        assert hash(again) == hash(vessel)


def test_a_vessel_with_limits_of_its_own_can_be_pickled() -> None:
    huge = Vessel("99999999999999999999 cm", limits=Limits((Fraction(0), Fraction(10**30)), PLAUSIBLE.length))
    assert pickle.loads(pickle.dumps(huge)) == huge  # noqa: S301 - our own


numbers = st.integers(500, 10_000).map(lambda n: f"{n / 1000} mm")


@given(numbers, numbers, st.integers(1, 200), st.sampled_from(BEDS))
def test_every_vessel_reads_as_it_is_shown(one: str, other: str, length: int, bed: str) -> None:
    big, small = sorted((one, other), key=lambda text: Decimal(text.split()[0]), reverse=True)
    vessel = Vessel(proximal=big, distal=small, lesion_length=f"{length} mm", bed=bed)
    assert eval(repr(vessel), {"Vessel": Vessel}) == vessel  # noqa: S307 - our own
    assert pickle.loads(pickle.dumps(vessel)) == vessel  # noqa: S301 - our own


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        vessel = Vessel(text)
    except QueryError as error:
        assert str(error).endswith((".", "?"))  # noqa: PT017 - some texts are read
    else:
        assert PLAUSIBLE.diameter[0] <= vessel.references[0] <= PLAUSIBLE.diameter[1]
