"""``devicecat rules``, ``compare-rules``, ``compliance`` and ``dose`` as people and pipes meet them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from devicecat import cli, cli_rules, load_catalog
from devicecat.caveats import ALWAYS
from devicecat.rule_text import rules_table

LIMITS = str(Path(__file__).parent / "limits")
Told = Callable[..., tuple[int, str, str]]


@pytest.fixture
def told(capfd: pytest.CaptureFixture[str]) -> Told:
    """Run a command: its exit code, what it prints, what it complains of."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.run([*arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return run


class TestRules:
    def test_every_rule_is_listed_with_strength_and_citation(self, told: Told) -> None:
        code, out, err = told("rules")
        assert (code, err) == (0, "")
        for rule in load_catalog().rules.values():
            assert f"\n{rule.id} ({rule.strength}" in f"\n{out}"
            assert (rule.citation or "a search window of this library, no published rule") in out
        assert "No rule is preferred." in out

    def test_as_json_and_as_the_table_of_the_docs(self, told: Told) -> None:
        rules = load_catalog().rules
        for flags in (("--json",), ("--format", "json")):
            held = json.loads(told("rules", *flags)[1])
            assert [rule["id"] for rule in held["rules"]] == list(rules)
        assert told("rules", "--format", "markdown")[1] == rules_table(rules.values())

    def test_one_rule_in_full(self, told: Told) -> None:
        code, out, _ = told("rules", "show", "oct-lumen-plus-quarter")
        assert code == 0
        assert "cited: OPINION, Eur Heart J 2017;38(42):3139-3147; reported by OCTAID" in out
        assert json.loads(told("rules", "show", "wolverine-label", "--json")[1])["devices"] == ["wolverine"]

    def test_an_unknown_one_is_refused(self, told: Told) -> None:
        code, out, err = told("rules", "show", "oct-lumen-plus-half")
        assert (code, out) == (2, "")
        assert "'oct-lumen-plus-half' is no rule; did you mean 'oct-lumen-plus-quarter'" in err

    def test_rules_of_a_catalogue_of_one_s_own_are_listed_too(self, told: Told, tmp_path: Path) -> None:
        (tmp_path / "devices").symlink_to(Path(LIMITS) / "devices")
        (tmp_path / "rules").mkdir()
        text = 'citation = "our protocol"\nwindow = { lower = "0.95", upper = "1.05" }\n'
        (tmp_path / "rules" / "our-lab.toml").write_text(text, encoding="utf-8")
        assert "our-lab (opinion)" in told("rules", "--catalog", str(tmp_path))[1]


class TestCompareRules:
    ASKED = (
        "compare-rules",
        "2.64 mm",
        "--site",
        "distal",
        "--boundary",
        "eel",
        "--modality",
        "oct",
        "--catalog",
        LIMITS,
    )

    def test_per_size_the_rules_it_satisfies(self, told: Told) -> None:
        asked = [*self.ASKED, "--rule", "oct-lumen-plus-quarter", "--rule", "stent-90-to-100-percent"]
        code, out, err = told(*asked)
        assert (code, err) == (0, "")
        assert "written for the lumen and was asked with the external elastic lamina" in out
        held = json.loads(told(*asked, "--json")[1])
        assert {under["verdict"] for row in held["rows"] for under in row["by_rule"].values()} == {"UNKNOWN"}
        assert all(set(ALWAYS) <= {key.partition("~")[0] for key in row["caveats"]} for row in held["rows"])

    def test_two_rules_are_needed(self, told: Told) -> None:
        code, _, err = told(*self.ASKED, "--rule", "within-10-percent")
        assert code == 2
        assert "two rules or more are compared" in err


class TestFind:
    def test_use_guide_site_and_companion_are_asked_and_echoed(self, told: Told) -> None:
        asked = ("find", "3.0 mm", "--site", "distal", "--companion", "2.75 mm", "--guide", "6 Fr", "--catalog", LIMITS)
        more = ("--region", "US", "--use", "in-stent-restenosis")
        code, out, err = told(*asked, *more)
        assert (code, err) == (0, "")
        assert "companion 2.75 mm; distal reference; use in-stent-restenosis; guide 6 Fr" in out
        query = json.loads(told(*asked, *more, "--json")[1])["query"]
        assert [query[key] for key in ("site", "also_mm", "use", "guide")] == [
            "distal",
            [["companion", "2.75"]],
            "in-stent-restenosis",
            "6 Fr",
        ]
        assert told(*asked, "--use", "in-stent-restenosis")[0] == 2


class TestOneSize:
    def test_rows_of_a_chart(self, told: Told) -> None:
        code, out, _ = told("compliance", "cedar-crane", "3.0 mm", "--pressure", "9 atm", "--catalog", LIMITS)
        assert code == 0
        assert "What was marked lies between these two printed rows." in out
        assert "in-vivo-below-chart: In patients" in out
        held = json.loads(told("compliance", "cedar-crane", "3.0 mm", "--json", "--catalog", LIMITS)[1])
        assert len(held["found"]) == 2

    def test_a_dose(self, told: Told) -> None:
        assert "100 µg (label; " in told("dose", "cedar-crane", "2.5 x 18", "--catalog", LIMITS)[1]
        held = json.loads(told("dose", "invamed-extender", "2.5 x 20", "--json")[1])
        assert held["found"] == []
        assert {caveat["code"] for caveat in held["caveats"]} >= set(ALWAYS)

    def test_what_cannot_be_read_is_refused(self, told: Told) -> None:
        code, out, err = told("compliance", "cedar-crane", "3 mm", "--diameter", "3,1 mm", "--catalog", LIMITS)
        assert (code, out) == (2, "")
        assert "has a decimal comma; write '3.1 mm'" in err
        assert told("dose", "cedar-crow", "2.5 x 18", "--catalog", LIMITS)[0] == 2


def test_in_a_terminal_lines_are_wrapped_and_a_stream_without_an_encoding_is_written_to(
    monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    class Stream:
        """A terminal that cannot be told how to encode."""

        lines: list[str] = []  # noqa: RUF012 - one test, one list

        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> int:
            self.lines.append(text)
            return len(text)

    assert told("rules")[0] == 0
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", Stream())
        patched.setenv("COLUMNS", "60")
        cli_rules._write_lines(["one", "two"])
        assert cli_rules._width() == 60
    assert Stream.lines == ["one\n", "two\n"]
