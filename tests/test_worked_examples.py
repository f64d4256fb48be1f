"""Examples that publications work out, each with its trap: what a rule gives, and what no rule is made of."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest

from devicecat import SizingRule, Vessel, Window, compare_rules, load_catalog
from devicecat.loader import load
from test_agreement import kestrel, load_texts, said

RULES = load([]).rules
QUARTERS = [Fraction(n, 4) for n in range(6, 24)]
"""The nominal diameters of a usual table, 1.50 to 5.75 mm."""


def inside(rule: SizingRule, reference: str) -> list[str]:
    """The diameters of the usual table that a rule holds for one reference."""
    at = Fraction(reference)
    return [f"{float(d):.2f}" for d in QUARTERS if rule.place(d, at, at) == "in-window"]


def near(value: float, expected: str) -> bool:
    """Whether a value prints as expected, to the digits expected."""
    places = -int(Decimal(expected).as_tuple().exponent)
    return f"{value:.{places}f}" == expected


def test_the_same_pullback_gives_2_75_by_lumen_and_3_25_by_external_elastic_lamina() -> None:
    """Group means: distal lumen 2.64 mm, distal EEL 3.34 mm. They are group means, and no patient."""
    lumen = RULES["oct-lumen-plus-quarter"]
    assert lumen.window_text(Fraction("2.64"), Fraction("2.64")) == "2.64–2.89"
    assert inside(lumen, "2.64") == ["2.75"]
    assert inside(RULES["oct-eel-to-quarter"], "3.34") == ["3.25"]
    down = RULES["oct-eel-to-quarter"].model_copy(
        update={"rounding": RULES["oct-eel-to-quarter"].rounding.model_copy(update={"direction": "down"})}  # type: ignore[union-attr]
    )
    assert inside(down, "3.34") == ["3.25"]


def test_both_boundaries_of_one_pullback_are_compared_side_by_side() -> None:
    """0.63 mm apart, far more than one size step, and neither rule is preferred."""
    vessel = Vessel(
        proximal="3.14 mm",
        distal="2.64 mm",
        eel_proximal="4.12 mm",
        eel_distal="3.34 mm",
        modality="oct",
    )
    pairs = [f"{float(diameter):.2f} x 18" for diameter in QUARTERS]
    catalog = load_texts(kestrel(said("ifu", pairs_mm=pairs, whole=True)))
    compared = compare_rules(vessel, ["oct-lumen-plus-quarter", "oct-eel-to-quarter"], catalog=catalog)
    satisfied = {row.size.diameter_mm: row.satisfied for row in compared.rows if row.satisfied}
    assert satisfied == {"2.75": ("oct-lumen-plus-quarter",), "3.25": ("oct-eel-to-quarter",)}


def test_where_the_direction_of_rounding_is_not_stated_both_neighbours_stay_open() -> None:
    """3.20 mm is 3.25 to the step less far away and 3.00 rounded down; the report of the trial says neither."""
    at = Fraction("3.20")
    open_to = [d for d in QUARTERS if RULES["oct-eel-smaller"].place(d, at, at) == "rounding-not-stated"]
    assert open_to == [Fraction(3), Fraction("3.25")]
    assert inside(RULES["oct-eel-to-quarter"], "3.20") == ["3.25"]
    assert inside(RULES["oct-eel-smaller"], "3.25") == ["3.25"]


def test_a_published_correction_of_the_lumen_is_a_median_and_no_rule() -> None:
    """2.64 × 1.25 and 3.14 × 1.32: medians of ratios are not the ratio of the means, 3.34 / 2.64 and 4.12 / 3.14."""
    corrected = {
        site: Window.model_validate({"lower": ratio, "upper": ratio}).span(Fraction(lumen), Fraction(lumen)).low
        for site, ratio, lumen in (("distal", "1.25", "2.64"), ("proximal", "1.32", "3.14"))
    }
    assert corrected == {"distal": Fraction("3.30"), "proximal": Fraction("4.1448")}
    assert near(3.34 / 2.64, "1.265")
    assert near(4.12 / 3.14, "1.312")
    assert not any("1.25" in rule.in_words or "1.32" in rule.in_words for rule in RULES.values())


def test_a_published_ratio_is_not_derived_from_the_line_that_misprints_it() -> None:
    """An abstract prints 3.39 / (2.708 + 2.236) = 0.678; the arithmetic of that line gives 0.6857."""
    printed, daughters = Decimal("0.678"), Decimal("2.708") + Decimal("2.236")
    assert round(Decimal("3.39") / daughters, 4) == Decimal("0.6857")
    assert round(printed * daughters, 3) == Decimal("3.352")
    assert round(Decimal("3.33") / (Decimal("2.70") + Decimal("2.23")), 4) == Decimal("0.6755")
    text = "".join(rule.model_dump_json() for rule in RULES.values())
    assert "0.678" not in text
    assert "0.6857" not in text


def test_four_laws_give_four_mothers_to_the_same_daughters_and_none_is_a_rule_here() -> None:
    one, other = 2.708, 2.236
    mothers = {
        "ratio 0.678": 0.678 * (one + other),
        "exponent 7/3": (one ** (7 / 3) + other ** (7 / 3)) ** (3 / 7),
        "exponent 3": (one**3 + other**3) ** (1 / 3),
        "exponent 2": (one**2 + other**2) ** (1 / 2),
    }
    assert {name: f"{mother:.3f}" for name, mother in mothers.items()} == {
        "ratio 0.678": "3.352",
        "exponent 7/3": "3.347",
        "exponent 3": "3.143",
        "exponent 2": "3.512",
    }
    assert not any("daughter" in rule.formula or "mother" in rule.formula for rule in RULES.values())


def test_equal_daughters_under_the_third_power_have_1_26_times_the_area() -> None:
    daughter = 2.0
    mother = (2 * daughter**3) ** (1 / 3)
    assert near(2 * daughter**2 / mother**2, "1.26")


def test_a_circle_of_3_08_mm_has_7_45_square_millimetres() -> None:
    """No function here turns one into the other: a rule is asked with a diameter, and an area is no vessel."""
    assert near(math.pi * 3.08**2 / 4, "7.45")
    with pytest.raises(ValueError, match="mm²"):
        Vessel("7.45 mm²")


def test_the_area_that_was_reached_is_no_size_rule() -> None:
    """Balloons of 2.5 to 4.0 mm reached 0.94 to 0.79 of their own area: a check of a result, and less than nominal."""
    reached = {2.5: 4.62, 3.0: 6.26, 3.5: 7.87, 4.0: 9.87}
    fractions = [area / (math.pi * diameter**2 / 4) for diameter, area in reached.items()]
    assert [f"{fraction:.2f}" for fraction in fractions] == ["0.94", "0.89", "0.82", "0.79"]
    assert min(fractions) >= 0.70
    assert not any("area" in rule.formula for rule in RULES.values())


def test_the_reference_must_be_named_for_what_is_too_large_by_one_is_not_by_another() -> None:
    """Of 102 vessels 17 lay above 3.3 mm by the greatest diameter, 3 by the interpolated reference."""
    assert (f"{17 / 102:.1%}", f"{3 / 102:.1%}") == ("16.7%", "2.9%")
    said_of = {"boundary": "lumen", "modality": "angiography"}
    found = {}
    scaffold = kestrel(
        said("ifu", pairs_mm=["3.0 x 18", "3.5 x 18"], whole=True), kind=said("ifu", value="bioresorbable-scaffold")
    )
    catalog = load_texts({"absorb": scaffold["kestrel"]})
    for site in ("maximal", "interpolated", None):
        for diameter in ("3.3 mm", "3.31 mm"):
            report = catalog.find_sizes(Vessel(diameter, site=site, **said_of), rule="absorb-3-0-range")  # type: ignore[arg-type]
            rows = [row for _, row in report.candidates] + [r for g in report.excluded for r in g.candidates]
            codes = {row.size.diameter_mm: row.codes[-1] for row in rows}
            found[site, diameter] = (codes["3.0"], codes["3.5"])
    silent = ("diameter-site-not-told",) * 2
    assert found == {
        ("maximal", "3.3 mm"): ("diameter-vessel-in-range", "diameter-size-not-in-rule"),
        ("maximal", "3.31 mm"): ("diameter-vessel-outside-range", "diameter-size-not-in-rule"),
        ("interpolated", "3.3 mm"): silent,
        ("interpolated", "3.31 mm"): silent,
        (None, "3.3 mm"): silent,
        (None, "3.31 mm"): silent,
    }


def test_what_a_long_stent_has_to_spare_is_told_and_not_split_into_edges() -> None:
    """48 mm over a lesion of 44 mm: 4 mm to spare. That it is 2 mm a side, no source says."""
    catalog = load_texts(kestrel(said("ifu", pairs_mm=["3.0 x 48"], whole=True)))
    (row,) = (row for _, row in catalog.find_sizes(Vessel("3.0 mm", lesion_length="44 mm")).candidates)
    assert (row.surplus_mm, row.verdict.value) == ("4", "YES")
    assert not any(rule.length.margin_mm == 4 for rule in RULES.values())


def test_a_dose_is_not_worked_out_from_a_density() -> None:
    """2 µg/mm² on 6 × 100 mm makes 3.77 mg: right of one balloon, and of no stent, whose drug sits on struts."""
    assert near(2 * math.pi * 6 * 100 / 1000, "3.77")
    catalog = load_catalog()
    with_density = [d for d in catalog.devices.values() if d.drug.dose_density and not d.drug.total_dose]
    assert with_density
    from devicecat import stated_dose

    for device in with_density:
        assert stated_dose(device, "3.0 x 18", catalog=catalog).found == ()


def test_six_criteria_of_a_result_give_four_answers_and_none_is_a_rule_here() -> None:
    """A stent area of 5.2, a distal reference of 5.5 and an average one of 6.5 mm², invented."""
    area, distal, average = Decimal("5.2"), Decimal("5.5"), Decimal("6.5")
    answers = {
        "above 5": area > 5 or area > Decimal("0.9") * distal,
        "above 5.5": area > Decimal("5.5"),
        "long: above the distal reference": area > distal,
        "short: above 0.8 of the average": area > Decimal("0.8") * average,
        "expansion": area / average,
    }
    assert answers == {
        "above 5": True,
        "above 5.5": False,
        "long: above the distal reference": False,
        "short: above 0.8 of the average": False,
        "expansion": Decimal("0.8"),
    }
    words = " ".join(f"{rule.id} {rule.formula} {rule.context}" for rule in RULES.values()).lower()
    assert not any(name in words for name in ("music", "ultimate", "optivus", "minimal stent area", "plaque"))
