"""JSON of any size in constant memory: every form in which registers answer, and what is broken from a place on."""

from __future__ import annotations

import contextlib
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat.interop import json_stream
from devicecat.interop.json_stream import BrokenJsonError, objects


def values(text: str | bytes) -> list[dict[str, Any]]:
    return [found.value for found in objects(io.BytesIO(text.encode() if isinstance(text, str) else text))]


def broken(text: str | bytes) -> tuple[list[dict[str, Any]], int, str]:
    """The objects before the place, its line, and what is told."""
    found: list[dict[str, Any]] = []
    reader = objects(io.BytesIO(text.encode() if isinstance(text, str) else text))
    with pytest.raises(BrokenJsonError) as caught:
        found.extend(each.value for each in reader)
    return found, caught.value.line, str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', [{"a": 1}]),
        ('\ufeff {"a": 1} ', [{"a": 1}]),
        ('{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ('[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ('[{"a": 1}, 7, "x", null]', [{"a": 1}]),
        ('{"meta": {}, "results": [{"a": 1}, {"a": 2}], "next": null}', [{"a": 1}, {"a": 2}]),
        ('{"records": []}', []),
        ('{"results": {"a": 1}}', [{"results": {"a": 1}}]),
        ("7 {}", [{}]),
        ("[]", []),
        ("{}", [{}]),
        ("", []),
    ],
)
def test_every_form_is_read(text: str, expected: list[dict[str, Any]]) -> None:
    assert values(text) == expected


def test_numbers_keep_their_digits_and_lines_are_counted() -> None:
    text = '{"meta": {"last_updated": "2026-08-03"},\n "results": [\n  {"a": 3.50},\n\n  {"a": 4}\n ]\n}'
    first, second = objects(io.BytesIO(text.encode()))
    assert (first.line, second.line) == (3, 5)
    assert first.value == {"a": Decimal("3.50")}
    assert str(first.value["a"]) == "3.50"
    assert first.head == second.head == {"meta": {"last_updated": "2026-08-03"}}


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('[{"a": 1},\n {"a": 2', 2, "no JSON: Expecting ',' delimiter"),
        ('[{"a": 1},\n', 2, "the file ends in the middle of a record"),
        ('[{"a": 1}', 1, "found the end of the file where ',' is expected"),
        ('[{"a": 1} {"a": 2}]', 1, "found '{' where ',' is expected"),
        ('{"results": [{"a": 1}], 7: 8}', 1, "found '7' where a key is expected"),
        ('{"results": [{"a": 1}],', 1, "the file ends early"),
        ('{"results": [{"a": 1}], "b" 7}', 1, "found '7' where ':' is expected"),
        ('{"a": 1}\n{"a": NaN}', 2, "no JSON: NaN is no number of JSON"),
        ('{"a": 1}\nfurther', 2, "no JSON: Expecting value"),
    ],
)
def test_what_is_broken_is_told_with_its_place_after_all_before_it(text: str, line: int, told: str) -> None:
    found, where, what = broken(text)
    assert found == ([{"a": 1}] if '"a": 1' in text else [])
    assert (where, what) == (line, told)


def test_another_encoding_is_told() -> None:
    assert (
        broken('{"a": "\N{LATIN SMALL LETTER DOTLESS I}"}'.encode("windows-1254"))[2]
        == "not UTF-8 (byte 0xFD); save the file as UTF-8"
    )
    assert broken('{"a": 1}'.encode("utf-16"))[2] == "not UTF-8 (byte 0xFF); save the file as UTF-8"


def test_a_value_larger_than_any_record_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "BIGGEST_VALUE", 1024 * 1024)
    found, line, told = broken('{"a": 1}\n{"a": "' + "x" * 3_000_000)
    assert (found, line) == ([{"a": 1}], 2)
    assert told.startswith("no JSON, or one value of more than 1 MB")


def test_what_is_nested_too_deep_is_refused() -> None:
    found, line, told = broken('{"a": 1}\n{"a": ' + "[" * 200_000)
    assert (found, line, told) == ([{"a": 1}], 2, "nested deeper than any record")


records = st.lists(
    st.dictionaries(
        st.text(max_size=5).filter(lambda key: key not in json_stream.LISTS),
        st.none() | st.integers(-(10**6), 10**6) | st.text(max_size=20) | st.lists(st.integers(0, 9), max_size=3),
        max_size=3,
    ),
    max_size=4,
)


class TestLaws:
    """However a file is cut into pieces, and whatever form it has, the objects are the same."""

    @given(records, st.integers(1, 60), st.sampled_from([None, 1]))
    def test_pieces_do_not_matter(self, held: list[dict[str, Any]], chunk: int, indent: int | None) -> None:
        forms = [
            json.dumps(held, indent=indent),
            json.dumps({"total": 12, "results": held, "more": False}, indent=indent),
            "\n".join(json.dumps(each, ensure_ascii=False) for each in held),
        ]
        before = json_stream._CHUNK
        json_stream._CHUNK = chunk  # type: ignore[misc]
        try:
            for text in forms:
                assert values(text) == held
        finally:
            json_stream._CHUNK = before  # type: ignore[misc]

    @given(records, st.data())
    def test_a_cut_file_gives_the_objects_before_the_cut(self, held: list[dict[str, Any]], data: st.DataObject) -> None:
        text = json.dumps({"results": held})
        cut = data.draw(st.integers(1, len(text) - 1))
        found, _, _ = broken(text[:cut])
        assert found == held[: len(found)]

    @given(st.binary(max_size=60))
    def test_nothing_but_the_one_error_is_ever_raised(self, noise: bytes) -> None:
        with contextlib.suppress(BrokenJsonError):
            assert all(isinstance(value, dict) for value in values(noise))
