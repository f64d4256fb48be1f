"""What a terminal shows of a report, read back as a person would read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devicecat import FitReport, Vessel, find_sizes
from devicecat.report_text import report_lines
from strategies import catalogs, questions
from test_laws import Table, answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat import DeviceGroup

_NUMBERED = re.compile(r"  !(\d+) ([a-z-]+): (.*)")
_TOLD = re.compile(r" +! ([a-z-]+): (.*)")

Told = set[tuple[str, str]]


def caveats_by_title(lines: list[tuple[str, str]]) -> list[tuple[str, Told]]:
    """The titles of blocks, each with the code and sentence of all that is told of it."""
    numbered = {found[1]: (found[2], found[3]) for _, line in lines if (found := _NUMBERED.fullmatch(line))}
    of_every: Told = set()
    blocks: list[tuple[str, Told]] = []
    waiting: list[Told] = []  # of the titles since the last row or caveat
    last = ""
    for style, line in lines:
        if style == "device":
            if last != "device":
                waiting = []
            waiting.append(set())
            blocks.append((line.strip(), waiting[-1]))
        elif style == "caveat" and not _NUMBERED.fullmatch(line):
            found = _TOLD.fullmatch(line)
            told = {(found[1], found[2])} if found else {numbered[n] for n in re.findall(r"!(\d+) ", line)}
            for caveats in waiting or [of_every]:
                caveats.update(told)
        last = style
    return [(title, told | of_every) for title, told in blocks]


def groups_shown(report: FitReport, *, excluded: bool) -> Iterator[DeviceGroup]:
    """The groups that the lines are to tell of."""
    yield from report.fits
    for section in report.may_fit:
        yield from section.devices
    yield from report.excluded if excluded else ()


def check_caveats(report: FitReport, *, excluded: bool) -> None:
    """Every group has its title, and under a title of it stands each of its caveats, or before all rows."""
    told = caveats_by_title(list(report_lines(report, excluded=excluded, width=100_000)))
    for group in groups_shown(report, excluded=excluded):
        model = f" · {group.model_name}" if group.model_name else ""
        named = [
            caveats
            for title, caveats in told
            if title.endswith(f"[{group.device}]")
            and title.startswith(group.name)
            and (group.model_name or "") in title
            and (bool(model) == (" · " in title))
        ]
        assert {(caveat.code, caveat.sentence) for caveat in group.caveats} in named


@given(catalogs(), questions(), st.booleans())
def test_no_row_is_shown_without_its_caveats(catalog: dict[str, Table], question: Table, excluded: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    check_caveats(answer(catalog, question), excluded=excluded)


@pytest.mark.parametrize("excluded", [False, True])
@pytest.mark.parametrize("vessel", ["2.75 mm", "6 mm", "4.1 mm"])
def test_no_row_of_the_bundled_catalogue_is_shown_without_its_caveats(vessel: str, excluded: bool) -> None:  # noqa: FBT001
    check_caveats(find_sizes(Vessel(vessel, lesion_length="18 mm"), region="TR"), excluded=excluded)


def test_a_sentence_of_several_devices_stands_once() -> None:
    report = find_sizes(Vessel("2.75 mm", lesion_length="18 mm"), region="TR")
    text = "\n".join(line for _, line in report_lines(report, excluded=False, width=100_000))
    assert text.count("No labelled vessel range or lesion length is held to compare with.") == 1
    assert text.count(" no-label-known") > 50


def test_devices_of_which_no_size_is_stated_stand_in_one_block() -> None:
    report = find_sizes(Vessel("2.75 mm", lesion_length="18 mm"), region="TR")
    styled = list(report_lines(report, excluded=False, width=100_000))
    lines = [line for _, line in styled]
    atlas = next(number for number, line in enumerate(lines) if line.endswith("[invamed-atlas]"))
    row = max(number for number, (style, _) in enumerate(styled[:atlas]) if style == "size")
    assert lines[row : row + 2] == ["      ? no size stated", "        No source states its sizes."]
    end = next(number for number, (style, _) in enumerate(styled) if number > atlas and style == "size")
    assert sum(style == "device" for style, _ in styled[row:end]) > 30
