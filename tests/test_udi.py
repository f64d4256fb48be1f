"""Barcodes: what scanners send, what biip alone refuses or misreads, and what must never be told."""

from __future__ import annotations

import datetime as dt
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import biip
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devicecat import DevicecatError, QueryError, cli, load_catalog
from devicecat.caveats import ALWAYS
from devicecat.interop import udi_gs1
from devicecat.interop.udi import (
    LONGEST,
    PROBLEM_CODES,
    Production,
    Udi,
    barcode_lines,
    find_device,
    parse_udi,
    scan_stream,
    scanned_lines,
)
from devicecat.interop.udi_hibc import check_character

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import DrawFn

    from devicecat import Catalog

GS = "\x1d"
GTIN = "08714729158608"
MISSING = (
    "devicecat: reading barcodes needs biip, which this Python does not have; "
    'install it with: pip install "devicecat[udi]"\n'
)


def codes(udi: Udi) -> list[str]:
    return [problem.code for problem in udi.problems]


def held(udi: Udi) -> dict[str, Any]:
    """The production identifiers that the barcode holds, as JSON has them."""
    production = udi.as_dict(production=True)["production"]
    return {key: value for key, value in production.items() if value is not None}


# ── Strings seen in public source files ──────────────────────────────────────────────────

# Scanner-shaped inputs of other parsers' tests. No evidence for any fact of a catalogue.
SEEN: tuple[tuple[str, str | None, str | None, dict[str, Any], list[str]], ...] = (
    (
        "0108714729831587172701211000614H25",
        "GS1",
        "08714729831587",
        {"expiry": "2027-01-21", "lot": "00614H25"},
        [],
    ),
    (
        "0108714729904571172506211031869477",
        "GS1",
        "08714729904571",
        {"expiry": "2025-06-21", "lot": "31869477"},
        [],
    ),
    (
        "çC10108714729806110172512051031371418",
        "GS1",
        "08714729806110",
        {"expiry": "2025-12-05", "lot": "31371418"},
        ["garbled"],
    ),
    (
        "çC101007630007273901727011421RNH014482G2001",
        "GS1",
        "00763000727390",
        {"expiry": "2027-01-14"},
        ["garbled", "ambiguous-split"],
    ),
    (
        "(01)08714729158608(17)280806(10)37152429",
        "GS1",
        "08714729158608",
        {"expiry": "2028-08-06", "lot": "37152429"},
        [],
    ),
    (
        "010871472998502017260626212294602400304215383",
        "GS1",
        "08714729985020",
        {"expiry": "2026-06-26"},
        ["ambiguous-split"],
    ),
    (
        "01087147293248741720072211170822102103987821170180770011384",
        "GS1",
        "08714729324874",
        {"expiry": "2020-07-22", "manufactured": "2017-08-22"},
        ["ambiguous-split"],
    ),
    (
        "(01)08717648200274(17)141120(10)7654321D(21)10987654d321",
        "GS1",
        "08717648200274",
        {"expiry": "2014-11-20", "lot": "7654321D", "serial": "10987654d321"},
        [],
    ),
    (
        "0104062102661608112405271727112710S2400424282400522010301NNN003",
        "GS1",
        "04062102661608",
        {"expiry": "2027-11-27", "manufactured": "2024-05-27"},
        ["ambiguous-split"],
    ),
    (
        "+A99912345/$$52001510X3/16D20111212/S77DEFG457",
        "HIBCC",
        "A99912345",
        {"expiry": "2020-01-15", "manufactured": "2011-12-12", "lot": "10X3", "serial": "77DEFG45"},
        [],
    ),
    ("+E260PPAUXEMO19+", "HIBCC", "E260PPAUXEMO19", {}, []),
    ("+EHWD3551419/$$900100F", "HIBCC", "EHWD3551419", {"quantity": 100}, []),
)


@pytest.mark.parametrize(("text", "agency", "di", "production", "problems"), SEEN, ids=[row[0] for row in SEEN])
def test_strings_seen_in_public(
    text: str, agency: str | None, di: str | None, production: dict[str, Any], problems: list[str]
) -> None:
    udi = parse_udi(text)
    assert (udi.agency, udi.di, held(udi), codes(udi)) == (agency, di, production, problems)


# ── What biip alone refuses or misreads ──────────────────────────────────────────────────


class TestBeyondBiip:
    """Each of these is read as a cath lab needs it, and biip alone does not: the wrapper is still needed."""

    def test_parentheses(self) -> None:
        text = f"(01){GTIN}(17)280806(10)AB(21"
        assert biip.parse(text).gtin is None
        assert held(parse_udi(text)) == {"expiry": "2028-08-06", "lot": "AB(21"}

    def test_a_bad_check_digit_is_said_and_the_di_is_given(self) -> None:
        text = "0108714729158601172808061037152429"
        assert biip.parse(text).gs1_message is not None
        assert biip.parse(text).gtin is None
        udi = parse_udi(text)
        assert (udi.di, codes(udi)) == ("08714729158601", ["check-digit"])
        assert held(udi) == {"expiry": "2028-08-06", "lot": "37152429"}

    def test_a_lost_separator_is_said_and_no_lot_is_guessed(self) -> None:
        text = f"01{GTIN}1012345211234"
        message = biip.parse(text).gs1_message
        assert message is not None
        lot = message.element_strings.get(ai="10")
        assert lot is not None
        assert lot.value == "12345211234"
        udi = parse_udi(text)
        assert (udi.di, held(udi), codes(udi)) == (GTIN, {}, ["ambiguous-split"])

    def test_with_its_separator_nothing_is_ambiguous(self) -> None:
        udi = parse_udi(f"01{GTIN}1012345{GS}211234")
        assert (held(udi), codes(udi)) == ({"lot": "12345", "serial": "1234"}, [])

    def test_the_31st_of_february_costs_the_date_only(self) -> None:
        text = f"01{GTIN}1726023110ABCDE"
        assert biip.parse(text).gs1_message is None
        udi = parse_udi(text)
        assert (udi.di, held(udi), codes(udi)) == (GTIN, {"lot": "ABCDE"}, ["bad-date"])

    def test_a_garbled_prefix(self) -> None:
        text = f"çC101{GTIN}17280806"
        assert biip.parse(text).gtin is None
        assert (parse_udi(text).di, codes(parse_udi(text))) == (GTIN, ["garbled"])

    @pytest.mark.parametrize("separator", ["^", "<GS>", "<gs>", "\\x1d", "\\x1D", "x1d", "\\u001d", "{GS}", "␝", GS])
    def test_separators_as_texts_write_them(self, separator: str) -> None:
        text = f"{separator}01{GTIN}1012345{separator}21AB{separator}"
        if separator != GS:
            message = biip.parse(text).gs1_message
            assert message is None or len(message.element_strings) < 3
        assert (parse_udi(text).di, held(parse_udi(text))) == (GTIN, {"lot": "12345", "serial": "AB"})

    def test_x1d_inside_a_lot_is_no_separator(self) -> None:
        assert held(parse_udi(f"01{GTIN}10Ax1dB"))["lot"] == "Ax1dB"

    def test_hibc_and_iccbba(self) -> None:
        for text, di in (
            ("+A123BJC5D6E71G", "A123BJC5D6E71"),
            ("=/A9999XYZ100T0476", "A9999XYZ100T0476"),
            ("=)AB12345678", "AB12345678"),
        ):
            assert biip.parse(text).gtin is None
            assert (parse_udi(text).di, codes(parse_udi(text))) == (di, [])


class TestGs1:
    @pytest.mark.parametrize("prefix", ["", "]C1", "]d2", "]Q3", "]e0", "]J1", GS, f"]d2{GS}", " ", "\ufeff"])
    @pytest.mark.parametrize("end", ["", "\r\n", "\x1e", "\x1e\x04", "\r", GS, " "])
    def test_what_scanners_put_around_it(self, prefix: str, end: str) -> None:
        udi = parse_udi(f"{prefix}01{GTIN}{end}")
        assert (udi.agency, udi.di, codes(udi), held(udi)) == ("GS1", GTIN, [], {})

    @pytest.mark.parametrize(
        ("number", "di"),
        [
            ("96385074", "00000096385074"),
            ("036000291452", "00036000291452"),
            ("8714729158608", GTIN),
            (GTIN, GTIN),
            ("]E08714729158608", GTIN),
            ("0871 4729 1586 08", GTIN),
        ],
    )
    def test_a_bare_gtin(self, number: str, di: str) -> None:
        assert (parse_udi(number).di, codes(parse_udi(number))) == (di, [])

    def test_a_bare_gtin_with_a_wrong_check_digit(self) -> None:
        assert (parse_udi("8714729158601").di, codes(parse_udi("8714729158601"))) == ("08714729158601", ["check-digit"])

    @pytest.mark.parametrize(
        ("text", "production", "problems"),
        [
            ("17280806", {"expiry": "2028-08-06"}, ["no-di"]),  # a second barcode: no check digit of a GTIN
            ("17280808", {}, ["ambiguous-split", "no-di"]),  # and this one has it
            ("103186947712", {}, ["ambiguous-split", "no-di"]),
            ("]C117280808", {"expiry": "2028-08-08"}, ["no-di"]),
            ("1728080610ABC", {"expiry": "2028-08-06", "lot": "ABC"}, ["no-di"]),
        ],
    )
    def test_the_second_barcode_of_a_label(self, text: str, production: dict[str, Any], problems: list[str]) -> None:
        assert (parse_udi(text).di, held(parse_udi(text)), codes(parse_udi(text))) == (None, production, problems)

    def test_every_element_that_is_kept(self) -> None:
        text = f"(01){GTIN}(11)240527(17)280800(10)L-1(21)S/2(30)12(240)REF-1(20)01(15)280101"
        assert held(parse_udi(text)) == {
            "expiry": "2028-08-31",
            "manufactured": "2024-05-27",
            "lot": "L-1",
            "serial": "S/2",
            "quantity": 12,
            "additional_id": "REF-1",
        }

    def test_years_are_of_this_century_without_a_clock(self) -> None:
        assert parse_udi(f"01{GTIN}17991231").production.expiry == dt.date(2099, 12, 31)

    @pytest.mark.parametrize("gtin", ["8714729158608", GTIN])
    def test_parentheses_take_a_gtin_without_its_zeros(self, gtin: str) -> None:
        assert parse_udi(f"(01) {gtin} (17) 280806").di == GTIN

    @pytest.mark.parametrize(
        ("text", "di", "production", "problems"),
        [
            (f"(05)1(01){GTIN}", GTIN, {}, ["unknown-ai"]),
            (f"(01){GTIN}(10)A(05)B(21)S", GTIN, {"serial": "S"}, ["unknown-ai"]),
            (f"(01){GTIN}(10)", GTIN, {}, ["bad-value"]),
            (f"(01){GTIN}(30)", GTIN, {}, ["bad-value"]),
            (f"(01){GTIN}(17)28O806", GTIN, {}, ["bad-date"]),
            (f"(01){GTIN}(17)28080", GTIN, {}, ["bad-date"]),
            (f"(01){GTIN}(17)281306", GTIN, {}, ["bad-date"]),
            (f"(01){GTIN}(10)A(10)B", GTIN, {}, ["given-twice"]),
            (f"(01){GTIN}(10)A(10)A", GTIN, {"lot": "A"}, []),
            (f"(01){GTIN}(17)280806(17)280807", GTIN, {}, ["given-twice"]),
            (f"(01){GTIN}(01)08714729831587", None, {}, ["given-twice", "no-di"]),
            (f"01{GTIN}0599", GTIN, {}, ["unknown-ai"]),
            (f"01{GTIN}17280806", GTIN, {"expiry": "2028-08-06"}, []),
            (f"01{GTIN}1728O80610ABC", GTIN, {"lot": "ABC"}, ["bad-date"]),
            (f"01{GTIN}10{'A' * 21}", GTIN, {}, ["bad-value"]),
            (f"01{GTIN}10LÖT", GTIN, {}, ["bad-value"]),
            (f"01{GTIN}10A{GS}30{GS}21B", GTIN, {"lot": "A", "serial": "B"}, ["bad-value"]),
            (f"01{GTIN}10A{GS}{'0' * 5}{GS}21B", GTIN, {"lot": "A", "serial": "B"}, ["bad-value"]),
            (f"01{GTIN}10{'A' * 19}21B{GS}17280806", GTIN, {"expiry": "2028-08-06"}, ["ambiguous-split"]),
            (f"10LOT01{GTIN}", GTIN, {}, ["ambiguous-split"]),
            (f"10LOT01{GTIN}2101{GTIN}", GTIN, {}, ["ambiguous-split"]),
            (f"10LOT01{GTIN[:-1]}0", None, {}, ["ambiguous-split", "no-di"]),
            (f"10LOT17280806{GS}01{GTIN}", GTIN, {"lot": "LOT17280806"}, []),
            ("00106141412345678908", None, {}, ["no-di"]),
            (f"30AB12{GS}01{GTIN}", GTIN, {}, ["bad-value"]),
        ],
    )
    def test_nothing_wrong_with_the_piece_costs_the_device(
        self, text: str, di: str | None, production: dict[str, Any], problems: list[str]
    ) -> None:
        assert (parse_udi(text).di, held(parse_udi(text)), codes(parse_udi(text))) == (di, production, problems)

    @pytest.mark.parametrize(
        "text",
        [
            f"https://id.gs1.org/01/{GTIN}/10/A%2FB/21/S1?17=280806&linkType=all",
            f"HTTPS://example.com/some/path/01/{GTIN}/10/A%2FB/21/S1?17=280806#top",
            "https://example.com/gtin/8714729158608/lot/A%2FB/ser/S1?exp=280806",
            f"id.gs1.org/01/{GTIN}/10/A%2FB/21/S1?17=280806",
            f"]d1https://id.gs1.org/01/{GTIN}/10/A%2FB/21/S1?17=280806",
            f"/01/{GTIN}/10/A%2FB/21/S1?17=280806",
            f"https://id.gs1.org/01/{GTIN}/21/S1/10/A%2FB?17=280806",  # biip takes one order only
        ],
    )
    def test_a_digital_link(self, text: str) -> None:
        udi = parse_udi(text)
        assert (udi.di, codes(udi)) == (GTIN, [])
        assert held(udi) == {"expiry": "2028-08-06", "lot": "A/B", "serial": "S1"}

    @pytest.mark.parametrize(
        ("text", "di", "problems"),
        [
            (f"https://id.gs1.org/01/{GTIN}/stents/new?17=260231", GTIN, ["unknown-ai", "bad-date"]),
            (f"https://id.gs1.org/01/{GTIN}/10", GTIN, []),
            ("https://id.gs1.org/01/08714729158601", "08714729158601", ["check-digit"]),
            ("https://example.com/01/123", None, ["not-a-barcode"]),
        ],
    )
    def test_a_digital_link_with_something_wrong(self, text: str, di: str | None, problems: list[str]) -> None:
        assert (parse_udi(text).di, codes(parse_udi(text))) == (di, problems)

    @pytest.mark.parametrize("sign", ["ç", "ü", "¨", "\ufffd", "+"])
    def test_other_keyboards(self, sign: str) -> None:
        udi = parse_udi(f"{sign}C101{GTIN}10AB")
        assert (udi.agency, udi.di, held(udi), codes(udi)) == ("GS1", GTIN, {"lot": "AB"}, ["garbled"])

    def test_a_hibc_label_that_begins_like_a_garbled_prefix(self) -> None:
        text = "+C101087147291586019"
        assert parse_udi(text + check_character(text)).di == text[1:]
        assert (parse_udi("+C1ABC5D6E71").agency, parse_udi("+C1ABC5D6E71").di) == ("HIBCC", "C1ABC5D6E7")

    @pytest.mark.parametrize(
        "text", ["", " ", "\r\n", "hello", "12345", "01ABC", "\x00", GS, "(99", "()", "]C1", "(05)1"]
    )
    def test_no_barcode(self, text: str) -> None:
        udi = parse_udi(text)
        assert (udi.agency, udi.di, held(udi), codes(udi)) == (None, None, {}, ["not-a-barcode"])

    def test_digits_of_a_french_keyboard(self) -> None:
        assert codes(parse_udi("à&à_è&'è(ç")) == ["garbled"]
        assert codes(parse_udi("!!!!!!!!!!")) == ["not-a-barcode"]

    def test_no_longer_than_any_barcode(self) -> None:
        assert codes(parse_udi(f"01{GTIN}".ljust(LONGEST, "0"))) != ["too-long"]
        assert codes(parse_udi(f"01{GTIN}".ljust(LONGEST + 1, "0"))) == ["too-long"]

    def test_the_longest_texts_are_answered_at_once(self) -> None:
        for part in ("10", "3010", "2110", "01", "(10)", "1A.", "240", "+$", "x1d", "+A123BJC5D6E71G"):
            parse_udi((f"01{GTIN}10" + part * LONGEST)[:LONGEST])
            parse_udi((part * LONGEST)[:LONGEST])


# ── HIBC ─────────────────────────────────────────────────────────────────────────────────


def with_check(text: str) -> str:
    """With the check character, by the standard's own table and sum."""
    values = {c: n for n, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%")}
    total = sum(values[c] for c in text)
    return text + next(c for c, n in values.items() if n == total % 43)


class TestHibc:
    def test_the_examples_of_the_standard(self) -> None:
        assert parse_udi("*+A123BJC5D6E71G*").di == "A123BJC5D6E71"
        secondary = parse_udi("*+$$52001510X3GD*")
        assert (secondary.di, held(secondary)) == (None, {"expiry": "2020-01-15", "lot": "10X3"})
        assert codes(secondary) == ["no-di"]
        joined = parse_udi("+A99912345/$$52001510X33")
        assert (joined.di, held(joined), codes(joined)) == ("A99912345", {"expiry": "2020-01-15", "lot": "10X3"}, [])

    @pytest.mark.parametrize(
        "text",
        [
            "+A123BJC5D6E71G+$$52001510X3GD",
            "]zB+A123BJC5D6E71G+$$52001510X3GD",
            "+A123BJC5D6E71G+2001510X3GG",
            "+A123BJCMD6E79++$$52001510X3+ ",
            "+A123BJCMD6E79++$$52001510X3+",  # the blank that is the check character, trimmed
        ],
    )
    def test_two_scans_one_after_the_other(self, text: str) -> None:
        udi = parse_udi(text)
        assert udi.di in ("A123BJC5D6E71", "A123BJCMD6E79")
        assert (held(udi), codes(udi)) == ({"expiry": "2020-01-15", "lot": "10X3"}, [])

    def test_three_scans_one_after_the_other(self) -> None:
        udi = parse_udi("+J123AQ3451T+25330BC34567T2+S4012TJ")
        assert (udi.di, codes(udi)) == ("J123AQ3451", [])
        assert held(udi) == {"expiry": "2025-11-26", "lot": "BC34567", "serial": "4012"}

    def test_a_second_scan_that_is_broken(self) -> None:
        udi = parse_udi("+A123BJC5D6E71G+$$52001510X3GX")
        assert (udi.di, codes(udi)) == ("A123BJC5D6E71", ["check-digit"])

    @pytest.mark.parametrize(
        ("fields", "production", "problems"),
        [
            ("$$0828LOT", {"expiry": "2028-08-31", "lot": "LOT"}, []),
            ("$$1228LOT", {"expiry": "2028-12-31", "lot": "LOT"}, []),
            ("$$2080628LOT", {"expiry": "2028-08-06", "lot": "LOT"}, []),
            ("$$3280806LOT", {"expiry": "2028-08-06", "lot": "LOT"}, []),
            ("$$428080623LOT", {"expiry": "2028-08-06", "lot": "LOT"}, []),
            ("$$528219LOT", {"expiry": "2028-08-06", "lot": "LOT"}, []),
            ("$$62821923LOT", {"expiry": "2028-08-06", "lot": "LOT"}, []),
            ("$$7LOT", {"lot": "LOT"}, []),
            ("$$+7SER", {"serial": "SER"}, []),
            ("$$+528219SER", {"expiry": "2028-08-06", "serial": "SER"}, []),
            ("$LOT", {"lot": "LOT"}, []),
            ("$+SER", {"serial": "SER"}, []),
            ("28219LOT", {"expiry": "2028-08-06", "lot": "LOT"}, []),
            ("28219", {"expiry": "2028-08-06"}, []),
            ("$$812528219LOT", {"quantity": 12, "expiry": "2028-08-06", "lot": "LOT"}, []),
            ("$$8120828LOT", {"quantity": 12, "expiry": "2028-08-31", "lot": "LOT"}, []),
            ("$$9023457LOT", {"quantity": 2345, "lot": "LOT"}, []),
            ("$$90234510X3", {"quantity": 2345, "lot": "10X3"}, []),
            ("$$900100", {"quantity": 100}, []),
            ("$$7LOT/S77/Q500", {"lot": "LOT", "serial": "77", "quantity": 500}, []),
            ("14D20280806/16D20240527", {"expiry": "2028-08-06", "manufactured": "2024-05-27"}, []),
            ("$$3260231LOT", {"lot": "LOT"}, ["bad-date"]),
            ("$$528366LOT/16D20250229", {"expiry": "2028-12-31", "lot": "LOT"}, ["bad-date"]),
            ("$$527366LOT", {"lot": "LOT"}, ["bad-date"]),
            ("$$428080624LOT", {"lot": "LOT"}, ["bad-date"]),
            ("$$1328LOT", {"lot": "LOT"}, ["bad-date"]),
            ("$$3LOT", {}, ["bad-date"]),
            ("$$8X", {}, ["unknown-ai"]),
            ("$$LOT", {}, ["unknown-ai"]),
            ("$$", {}, ["unknown-ai"]),
            ("X1", {}, ["unknown-ai"]),
            ("$$7LOT/$$7OTHER", {}, ["given-twice"]),
        ],
    )
    def test_every_form_of_production_data(self, fields: str, production: dict[str, Any], problems: list[str]) -> None:
        udi = parse_udi(with_check(f"+A99912345/{fields}"))
        assert (udi.di, held(udi), codes(udi)) == ("A99912345", production, problems)

    def test_the_old_form_with_a_serial_number(self) -> None:
        udi = parse_udi("+J123AQ3451/25330BC34567/S4012X")
        assert held(udi) == {"expiry": "2025-11-26", "lot": "BC34567", "serial": "4012"}

    def test_a_wrong_check_character_is_said_and_the_di_is_given(self) -> None:
        for text in ("+A99912345/$$52001510X3/16D20111212/S77DEFG45/", "+A123BJC5D6E71H"):
            assert codes(parse_udi(text)) == ["check-digit"]
            assert parse_udi(text).di in ("A99912345", "A123BJC5D6E71")

    def test_characters_that_hibc_has_not(self) -> None:
        udi = parse_udi("+A99912345/$$7L^T/S7é7")
        assert (udi.di, held(udi), codes(udi)) == ("A99912345", {}, ["check-digit", "bad-value", "bad-value"])

    def test_caps_lock(self) -> None:
        udi = parse_udi("+a123bjc5d6e71g")
        assert (udi.di, codes(udi)) == ("A123BJC5D6E71", ["garbled"])

    @pytest.mark.parametrize("text", ["+", "+A", "+1 555 0100", "+hello", "+A1-3BJC5D6E71G", "*+*", "++", "+$"])
    def test_no_label(self, text: str) -> None:
        assert parse_udi(text).di is None

    def test_a_character_without_a_value(self) -> None:
        with pytest.raises(ValueError, match="substring not found"):
            check_character("+a")


def test_iccbba() -> None:
    udi = parse_udi("=+06000=/A9999XYZ100T0476=,000025=A99972312345600=>025032=}023032&,1000000000000XYZ123")
    assert (udi.agency, udi.di, held(udi), codes(udi)) == ("ICCBBA", "A9999XYZ100T0476", {}, ["not-supported"])
    udi = parse_udi("&,1000000000000XYZ123")
    assert (udi.agency, udi.di, codes(udi)) == ("ICCBBA", None, ["not-supported", "no-di"])


# ── Word for word ────────────────────────────────────────────────────────────────────────

SENTENCES = (
    (
        "8714729158601",
        "check-digit",
        (
            "The check digit of the GTIN is 1 and should be 8: a digit was misread or mistyped; "
            "compare the number with the label."
        ),
    ),
    (
        "+A123BJC5D6E71H",
        "check-digit",
        (
            "The check character of the HIBC barcode is wrong: a character was misread or mistyped; "
            "compare the barcode with the label."
        ),
    ),
    (
        f"01{GTIN}1012345211234",
        "ambiguous-split",
        (
            "What follows (10) can be split in more than one way, because a separator was lost, so nothing of it is "
            "given; let the scanner send the separator (FNC1 as GS), or type the parentheses, for example (10)…(21)…"
        ),
    ),
    (
        "17280808",
        "ambiguous-split",
        (
            "The digits read both as a GTIN and as production data, so neither is given; "
            "type (01) before a GTIN, for example (01)08714729158608."
        ),
    ),
    (
        f"01{GTIN}17260231",
        "bad-date",
        "The expiry date is no day of the calendar, so no date is given; expected YYMMDD, for example 280806.",
    ),
    (
        with_check("+A99912345/16D20260231"),
        "bad-date",
        (
            "The date of manufacture is no day of the calendar, so no date is given; "
            "expected YYYYMMDD, for example 20280806."
        ),
    ),
    (
        with_check("+A99912345/$$627366231"),
        "bad-date",
        "The expiry date is no day of the calendar, so no date is given; expected YYJJJHH, for example 2821912.",
    ),
    (
        f"01{GTIN}0599",
        "unknown-ai",
        (
            "After (01) comes no application identifier that GS1 knows; the rest, up to the next separator, is "
            "not read. "
            "Expected for example (17) and six digits."
        ),
    ),
    (
        f"(05)1(01){GTIN}",
        "unknown-ai",
        (
            "At the start comes no application identifier that GS1 knows; the rest, up to the next separator, is "
            "not read. "
            "Expected for example (17) and six digits."
        ),
    ),
    (
        f"(01){GTIN}(10)A(05)B",
        "unknown-ai",
        (
            "In what follows (10) stands a number in parentheses that is no application identifier GS1 knows; "
            "whether it is part of the value cannot be told, so the value is not given. Expected for example (21)."
        ),
    ),
    (
        with_check("+A99912345/X1"),
        "unknown-ai",
        "The HIBC barcode has a field that is not read here; read are $$, $, S, Q, 14D, 16D and a day as YYJJJ.",
    ),
    (
        f"01{GTIN}10{'A' * 21}",
        "bad-value",
        (
            "What follows (10) is not given: expected 1 to 20 letters, digits or signs, "
            "found 21 characters, or others than GS1 allows."
        ),
    ),
    (
        f"(01){GTIN}(253)1",
        "bad-value",
        (
            "What follows (253) is not given: expected 13 digits and 1 to 17 letters, digits or signs, "
            "found 1 character, or others than GS1 allows."
        ),
    ),
    (
        "+A99912345/$$7L^T",
        "bad-value",
        "The lot number has a character that HIBC does not allow, so it is not given.",
    ),
    (
        f"(01){GTIN}(10)A(10)B",
        "given-twice",
        "The lot number stands there twice with different values, so none is given.",
    ),
    (
        "1728080610ABC",
        "no-di",
        (
            "No device identifier was read; it may stand in a second barcode of the label, "
            "for GS1 the one that begins with (01)."
        ),
    ),
    (
        f"çC101{GTIN}",
        "garbled",
        (
            "The scanner's first characters arrived as those of another keyboard and were put right; compare "
            "letters with "
            "the label, and set the scanner to the computer's keyboard."
        ),
    ),
    (
        "à&à_è&'è(ç",
        "garbled",
        (
            "The digits arrived as the signs of another keyboard, so nothing is read; set the scanner to the "
            "computer's "
            "keyboard. Expected for example (01)08714729158608."
        ),
    ),
    (
        "+a123bjc5d6e71g",
        "garbled",
        "The letters arrived in lower case and were put right; check the Caps Lock key.",
    ),
    (
        "=/A9999XYZ100T0476=,000025",
        "not-supported",
        "Of an ICCBBA label (ISBT 128) only the device identifier is read, not its production data.",
    ),
    (
        "0" * (LONGEST + 1),
        "too-long",
        "The text has 513 characters; at most 512 are read, expected is one barcode.",
    ),
    (
        "hello",
        "not-a-barcode",
        (
            "Not recognised as GS1, HIBC or ICCBBA; expected (01) and 14 digits, a GTIN of 8, 12, 13 or 14 digits, "
            "or text that begins with + or =, for example (01)08714729158608."
        ),
    ),
)


@pytest.mark.parametrize(("text", "code", "sentence"), SENTENCES)
def test_sentences(text: str, code: str, sentence: str) -> None:
    assert (code, sentence) in parse_udi(text).problems


def test_every_code_has_its_sentence_here() -> None:
    assert {code for _, code, _ in SENTENCES} == set(PROBLEM_CODES)


# ── Laws ─────────────────────────────────────────────────────────────────────────────────

# The 82 characters that GS1 allows. What texts write for a separator, and what begins an element in print, is left out.
CHARACTERS = "!%&'*+,-./0123456789:=?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwyz\""
TEXTS = st.text(CHARACTERS, min_size=1, max_size=20)
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))


@st.composite
def gtins(draw: DrawFn) -> str:
    digits = draw(st.text("0123456789", min_size=13, max_size=13))
    total = sum(int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


@st.composite
def pieces(draw: DrawFn) -> dict[str, Any]:
    """Some production identifiers, in any order."""
    values: dict[str, Any] = {
        "expiry": draw(DAYS),
        "manufactured": draw(DAYS),
        "lot": draw(TEXTS),
        "serial": draw(TEXTS),
        "quantity": draw(st.integers(0, 99_999_999)),
        "additional_id": draw(TEXTS),
    }
    return {key: values[key] for key in draw(st.lists(st.sampled_from(sorted(values)), unique=True))}


AIS = {"expiry": "17", "manufactured": "11", "lot": "10", "serial": "21", "quantity": "30", "additional_id": "240"}


def printed(value: object) -> str:
    return value.strftime("%y%m%d") if isinstance(value, dt.date) else str(value)


def elements(piece: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((AIS[key], printed(value)) for key, value in piece.items())


class TestLaws:
    @given(gtins(), pieces(), st.sampled_from(["", "]d2", "]C1", GS]))
    def test_what_was_written_is_read(self, gtin: str, piece: dict[str, Any], prefix: str) -> None:
        expected = Udi("GS1", gtin, Production(**piece))
        message = prefix + f"01{gtin}" + "".join(f"{ai}{value}{GS}" for ai, value in elements(piece))
        assert parse_udi(message) == expected or not piece  # without a piece there is no separator to see
        assert parse_udi(message).di == gtin
        assert parse_udi(f"(01){gtin}" + "".join(f"({ai}){value}" for ai, value in elements(piece))) == expected

    @given(gtins(), pieces())
    def test_biip_reads_the_same_where_it_reads(self, gtin: str, piece: dict[str, Any]) -> None:
        message = f"01{gtin}" + "".join(f"{ai}{value}{GS}" for ai, value in elements(piece))
        result = biip.parse(message)
        assert result.gs1_message is not None
        theirs = {element.ai.ai: element.value for element in result.gs1_message.element_strings}
        assert theirs == {"01": parse_udi(message).di} | dict(elements(piece))

    @given(gtins(), pieces())
    def test_without_separators_nothing_is_ever_wrong(self, gtin: str, piece: dict[str, Any]) -> None:
        udi = parse_udi(f"01{gtin}" + "".join(ai + value for ai, value in elements(piece)))
        assert udi.di == gtin
        for key in AIS:
            assert getattr(udi.production, key) in (piece.get(key), None)
        if held(udi).keys() != piece.keys():
            assert "ambiguous-split" in codes(udi)

    @given(gtins(), pieces(), st.text(max_size=200))
    @example("08714729158608", {}, GS)
    @example("08714729158608", {}, f"{GS}0108714729831587")
    @example("08714729158608", {}, ".ab/01/12345678")
    @example("08714729158608", {}, "172602311\x00")
    def test_the_device_is_never_lost_with_the_piece(self, gtin: str, piece: dict[str, Any], noise: str) -> None:
        parts = [ai + value for ai, value in elements(piece)]
        for text in (f"01{gtin}{noise}", f"01{gtin}{''.join(parts)}{noise}", f"01{gtin}{noise}{GS.join(parts)}"):
            udi = parse_udi(text)
            # Noise may hold another (01): nobody picks between two devices.
            assert udi.di == gtin or "given-twice" in codes(udi)

    @given(gtins(), st.integers(1, 9))
    def test_a_wrong_check_digit_never_costs_the_device(self, gtin: str, off: int) -> None:
        wrong = gtin[:-1] + str((int(gtin[-1]) + off) % 10)
        udi = parse_udi(f"01{wrong}17280806")
        assert (udi.di, codes(udi), held(udi)) == (wrong, ["check-digit"], {"expiry": "2028-08-06"})

    @given(st.text(max_size=LONGEST + 8))
    def test_any_text_is_answered(self, text: str) -> None:
        self.check_answer(parse_udi(text))

    @given(st.text("01+$/=&()0123456789ADSQLG]C-. %*^\x1d\x1e", max_size=60))
    def test_any_text_that_looks_like_a_barcode_is_answered(self, text: str) -> None:
        self.check_answer(parse_udi(text))

    @staticmethod
    def check_answer(udi: Udi) -> None:
        assert set(codes(udi)) <= set(PROBLEM_CODES)
        assert (udi.agency is None) <= (udi.di is None and not held(udi))
        assert udi.di is not None or udi.problems
        assert udi.agency != "GS1" or udi.di is None or (len(udi.di) == 14 and udi.di.isdigit())
        json.dumps(udi.as_dict(production=True))

    @given(
        gtins(),
        st.from_regex(r"[QXZ][0-9A-Z]{7,17}", fullmatch=True),
        st.from_regex(r"[QXZ][0-9A-Z]{7,17}", fullmatch=True),
        st.sampled_from(
            ["{0}10{1}{gs}21{2}", "{0}10{1}21{2}", "({0}(10){1}(21){2}", "{0}10{1}é{gs}21{2}^", "{0}17{1}"]
        ),
        st.sampled_from(["(01)", "01", "ç01", "çC101", "+", "=", "x", "http://a.b/01/"]),
    )
    def test_no_lot_or_serial_is_ever_told(self, gtin: str, lot: str, serial: str, form: str, begin: str) -> None:
        udi = parse_udi(form.format(begin + gtin, lot, serial, gs=GS))
        told = [repr(udi), str(udi), f"{udi}", repr(udi.production), str([udi]), json.dumps(udi.as_dict())]
        told += [problem.sentence for problem in udi.problems]
        assert not any(secret in text for secret in (lot, serial) for text in told)

    @given(
        st.from_regex(r"[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9]", fullmatch=True),
        st.from_regex(r"[A-Z0-9]{1,18}", fullmatch=True),
        st.from_regex(r"[A-Z0-9]{1,18}", fullmatch=True),
        DAYS,
    )
    @example("F0NWD2", "6", "0", dt.date(2044, 3, 28))
    def test_hibc_as_it_was_written(self, di: str, lot: str, serial: str, day: dt.date) -> None:
        text = with_check(f"+{di}/$$5{day:%y%j}{lot}/S{serial}/16D{day:%Y%m%d}")
        expected = Udi("HIBCC", di, Production(expiry=day, manufactured=day, lot=lot, serial=serial))
        assert parse_udi(text) == expected
        primary = with_check(f"+{di}")
        assert parse_udi(primary) == Udi("HIBCC", di, Production())
        later = parse_udi(primary + with_check(f"+$$5{day:%y%j}{lot}{primary[-1]}"))
        assert later == Udi("HIBCC", di, Production(expiry=day, lot=lot))


def test_the_piece_is_given_only_to_who_asks_for_it() -> None:
    udi = parse_udi(f"(01){GTIN}(10)SECRET(21)HIDDEN")
    assert repr(udi) == "Udi(di='08714729158608')"
    assert repr(udi.production) == "Production(…)"
    assert udi.as_dict() == {"agency": "GS1", "di": GTIN, "problems": []}
    assert udi.as_dict(production=True)["production"] == {
        "expiry": None,
        "manufactured": None,
        "lot": "SECRET",
        "serial": "HIDDEN",
        "quantity": None,
        "additional_id": None,
    }
    with pytest.raises(AttributeError):
        udi.di = "1"  # type: ignore[misc]


# ── The catalogue ────────────────────────────────────────────────────────────────────────

TOY = Path(__file__).parent / "toy"
IDENTIFIERS = """
[source.old]
kind      = "maker-page"
title     = "Products, as they were"
publisher = "Acme Vascular"
url       = "https://example.org/old"
retrieved = 2026-11-20
retracted = "yes"

[[identifier]]
scheme  = "udi-di"
value   = "8714729158608"
size    = "2.50 x 8 mm"
model   = "rx"
region  = "US"
level   = "unit"
source  = "ifu"
locator = "label"

[[identifier]]
scheme   = "udi-di"
value    = "18714729158605"
size     = "2.50 x 8 mm"
model    = "rx"
level    = "package"
quantity = 5
source   = "ifu"
locator  = "label"

[[identifier]]
scheme  = "udi-di"
value   = "+A123BJC5D6E71"
model   = ["rx", "otw"]
source  = "ifu"
locator = "label"

[[identifier]]
scheme  = "udi-di"
value   = "0000 0096 3850 74"
source  = "old"
locator = "label"

[[identifier]]
scheme  = "ref"
value   = "08714729831587"
source  = "ifu"
locator = "label"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy catalogue, two devices of which have identifiers."""
    path: Path = tmp_path_factory.mktemp("catalog")
    (path / "devices").mkdir()
    (path / "regions.toml").write_bytes((TOY / "regions.toml").read_bytes())
    for name in ("acme-kestrel", "birch-merlin"):
        text = (TOY / "devices" / f"{name}.toml").read_text(encoding="utf-8")
        more = IDENTIFIERS if name == "acme-kestrel" else ""
        (path / "devices" / f"{name}.toml").write_text(text + more, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def catalog(folder: Path) -> Catalog:
    return load_catalog(folder)


class TestFindDevice:
    def test_a_unit_by_its_gtin_with_leading_zeros(self, catalog: Catalog) -> None:
        for text in ("8714729158608", GTIN, f"(01){GTIN}(10)ABC", f"01{GTIN}17260231"):
            (found,) = find_device(catalog, parse_udi(text))
            assert (found.device, found.name, found.model) == ("acme-kestrel", "KESTREL", ("rx",))
            assert (found.size, found.level, found.quantity, found.region) == ("2.50 x 8 mm", "unit", None, "US")
            assert found.statement == "acme-kestrel/identifier/0"

    def test_a_package_has_its_level_and_quantity(self, catalog: Catalog) -> None:
        (found,) = find_device(catalog, parse_udi("18714729158605"))
        assert (found.size, found.level, found.quantity, found.region) == ("2.50 x 8 mm", "package", 5, None)

    def test_hibc(self, catalog: Catalog) -> None:
        (found,) = find_device(catalog, parse_udi("+A123BJC5D6E71G"))
        assert (found.model, found.size, found.level) == (("rx", "otw"), None, None)

    def test_a_retracted_source_is_said(self, catalog: Catalog) -> None:
        (found,) = find_device(catalog, parse_udi("96385074"))
        assert found.model == ()
        assert "source-retracted" in found.caveats.codes

    @pytest.mark.parametrize("text", ["08714729831587", "hello", "+$$52001510X3GD"])
    def test_what_is_not_held_under_it_is_not_found(self, catalog: Catalog, text: str) -> None:
        assert find_device(catalog, parse_udi(text)) == ()

    @pytest.mark.parametrize("region", [None, "US", "TR"])
    def test_every_match_has_its_caveats(self, catalog: Catalog, region: str | None) -> None:
        (found,) = find_device(catalog, parse_udi(GTIN), region)
        assert found.caveats.codes[:3] == ALWAYS
        assert "recall-notice" not in found.caveats.codes  # it is of the other model
        told = found.as_dict()["caveats"]
        assert [one["code"] for one in told][:3] == list(ALWAYS)
        assert ("(TR)" in told[0]["sentence"]) is (region == "TR")

    def test_a_region_that_is_none(self, catalog: Catalog) -> None:
        with pytest.raises(QueryError, match="'UK' is no region code"):
            find_device(catalog, parse_udi(GTIN), "UK")


# ── Line by line ─────────────────────────────────────────────────────────────────────────


class TestScan:
    @staticmethod
    def scan(
        monkeypatch: pytest.MonkeyPatch,
        capsysbinary: pytest.CaptureFixture[bytes],
        data: bytes,
        *arguments: str,
        status: int = 0,
    ) -> tuple[str, str]:
        """What `devicecat scan` prints for some bytes on its standard input, and what it complains of."""
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert cli.run(["scan", *arguments]) == status
        said = capsysbinary.readouterr()
        return said.out.decode(), said.err.decode()

    def test_lines(self) -> None:
        data = f"\ufeff01{GTIN}10AB{GS}21CD\x1e\r\n\r\nçC101\rlast ".encode()
        assert list(barcode_lines(io.BytesIO(data))) == [
            (1, f"01{GTIN}10AB{GS}21CD\x1e"),
            (3, "çC101"),
            (4, "last "),
        ]
        assert list(barcode_lines(io.BytesIO(b""))) == []
        assert list(barcode_lines(io.BytesIO(b"\xe7C101"))) == [(1, "\ufffdC101")]

    def test_an_endless_line_is_not_held(self) -> None:
        (first, second) = barcode_lines(io.BytesIO(b"9" * 100_000 + b"\nx"))
        assert first == (1, "9" * (LONGEST + 2))
        assert second == (2, "x")
        assert codes(parse_udi(first[1])) == ["too-long"]

    def test_one_object_a_line(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsysbinary: pytest.CaptureFixture[bytes],
        folder: Path,
        catalog: Catalog,
    ) -> None:
        data = f"01{GTIN}1012345211234\n(01){GTIN}(10)SECRET(21)HIDDEN\nhello\n".encode()
        out, err = self.scan(monkeypatch, capsysbinary, data, "--catalog", str(folder), "--region", "TR")
        first, second, third = map(json.loads, out.splitlines())
        assert err == ""
        assert [one["line"] for one in (first, second, third)] == [1, 2, 3]
        assert [one["code"] for one in first["problems"]] == ["ambiguous-split"]
        assert (second["agency"], second["di"], second["problems"]) == ("GS1", GTIN, [])
        assert (third["agency"], third["di"], third["devices"]) == (None, None, [])
        for told in (first, second):
            (device,) = told["devices"]
            assert (device["device"], device["model"], device["size"]) == ("acme-kestrel", ["rx"], "2.50 x 8 mm")
            assert [caveat["code"] for caveat in device["caveats"]][:3] == list(ALWAYS)
        assert {one["catalog_digest"] for one in (first, second, third)} == {catalog.digest}
        assert "SECRET" not in out
        assert "HIDDEN" not in out

    def test_the_piece_only_with_its_flag(
        self, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        data = f"(01){GTIN}(17)280806(10)SECRET(21)HIDDEN\n".encode()
        out, _ = self.scan(monkeypatch, capsysbinary, data, "--production")
        production = json.loads(out)["production"]
        assert (production["lot"], production["serial"], production["expiry"]) == ("SECRET", "HIDDEN", "2028-08-06")
        out, _ = self.scan(monkeypatch, capsysbinary, data, "--format", "table", "--production")
        assert "lot number: SECRET" in out
        assert "quantity" not in out
        out, _ = self.scan(monkeypatch, capsysbinary, data, "--format", "table")
        assert "SECRET" not in out
        assert "2028" not in out

    def test_a_table_for_people(
        self, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], folder: Path
    ) -> None:
        data = b"18714729158605\n+A123BJC5D6E71G\n08714729831588\nhello\n"
        out, _ = self.scan(monkeypatch, capsysbinary, data, "--format", "table", "--catalog", str(folder))
        lines = out.splitlines()
        assert lines[0] == "1  GS1  18714729158605"
        assert lines[1] == "    KESTREL (rx) [acme-kestrel], 2.50 x 8 mm, package of 5"
        assert [line.split()[1] for line in lines[2:5]] == [f"{code}:" for code in ALWAYS]
        assert "    KESTREL (rx, otw) [acme-kestrel], size not stated, level not stated" in lines
        assert lines[-5] == "3  GS1  08714729831588"
        assert lines[-4].startswith("    problem check-digit: The check digit of the GTIN is 8 and should be 7")
        assert lines[-3] == "    this catalogue holds no device under it"
        assert lines[-2] == "4  not read  no device identifier"

    def test_a_device_without_models_or_a_name(self, catalog: Catalog) -> None:
        (record,) = scan_stream(catalog, io.BytesIO(b"96385074"))
        assert ("device", "    KESTREL [acme-kestrel], size not stated, level not stated") in scanned_lines(record)

    def test_nothing_read_is_no_failure(
        self, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        assert self.scan(monkeypatch, capsysbinary, b"") == ("", "")

    def test_usage(self, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        out, err = self.scan(monkeypatch, capsysbinary, b"secret", "--region", "UK", status=2)
        assert (out, "'UK' is no region code" in err, "secret" in err) == ("", True, False)
        self.scan(monkeypatch, capsysbinary, b"", "--format", "csv", status=2)
        out, err = self.scan(monkeypatch, capsysbinary, b"", GTIN, status=2)  # a barcode is no argument
        assert out == ""

    def test_without_its_extra_one_sentence(
        self, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        monkeypatch.setattr(udi_gs1, "find_spec", lambda _: None)
        udi_gs1.use_biip.cache_clear()
        try:
            with pytest.raises(DevicecatError, match="reading barcodes needs biip"):
                parse_udi(GTIN)
            assert self.scan(monkeypatch, capsysbinary, b"1\n", status=2) == ("", MISSING)
        finally:
            udi_gs1.use_biip.cache_clear()

    def test_as_a_pipe(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "devicecat", "scan"], input=f"01{GTIN}\r\n".encode(), capture_output=True, check=True
        )
        assert json.loads(done.stdout)["di"] == GTIN

    def test_biip_is_loaded_with_the_first_barcode_only(self) -> None:
        program = "import devicecat.interop.udi, sys; assert 'biip' not in sys.modules"
        subprocess.run([sys.executable, "-c", program], check=True)
