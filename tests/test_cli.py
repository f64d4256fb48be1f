"""The command line as people, pipes and scripts meet it."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from devicecat import INTENDED_PURPOSE, FitReport, Vessel, cli, cli_catalog, find_sizes
from devicecat.caveats import ALWAYS, CAVEAT_CODES
from devicecat.interop.tables import COLUMNS
from devicecat.loader import BUNDLED

if TYPE_CHECKING:
    from collections.abc import Iterator

README_QUESTION = ("find", "2.75 mm", "--lesion", "18 mm", "--region", "TR")


def _commands(group: Any, *before: str) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - Typer's own click group
    for name, command in group.commands.items():
        yield from _commands(command, *before, name) if hasattr(command, "commands") else [(*before, name)]


GROUP: Any = typer.main.get_command(cli.app)
COMMANDS = tuple(_commands(GROUP))
"""Every command there is, read from the script itself, so that a new one is swept too."""

TOY = Path(__file__).parent / "toy"
SWEPT: dict[tuple[str, ...], tuple[str, ...]] = {
    ("find",): README_QUESTION[1:],
    ("show",): ("stentys",),
    ("list",): (),
    ("scan",): ("--format", "table"),
    ("schema",): (),
    ("lint",): (str(TOY),),
    ("diff",): (str(TOY), str(BUNDLED)),
    ("export",): ("--format", "csv", "--dialect", "excel", "-"),
    ("registry", "gudid"): ("no-şuch-file.xml", "--out", "no-şuch-folder"),
    ("registry", "eudamed"): ("no-şuch-file.json", "--out", "no-şuch-folder", "--retrieved", "2026-11-20"),
    ("registry", "check"): ("no-şuch-file.json",),
    ("rules", "show"): ("oct-lumen-plus-quarter",),
    ("compare-rules",): ("3 mm", "--rule", "within-10-percent", "--rule", "burr-50-to-60-percent"),
    ("compliance",): ("maverick2-monorail", "1.5 mm", "--diameter", "1.56 mm"),
    ("dose",): ("cre8-evo", "2.0 x 9"),
}
"""A command line of each, whose answer holds signs that small consoles lack."""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the script in a process of its own, its output in pipes."""
    env = {k: v for k, v in os.environ.items() if k not in ("DEVICECAT_CATALOG", "PYTHONIOENCODING")} | environment
    return subprocess.run([sys.executable, "-m", "devicecat", *arguments], capture_output=True, check=False, env=env)


def text(done: subprocess.CompletedProcess[bytes]) -> str:
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture(scope="module")
def piped() -> str:
    return text(run(*README_QUESTION))


class TestFind:
    def test_json_is_the_report(self) -> None:
        report = find_sizes(Vessel("2.75 mm", lesion_length="18 mm"), region="TR")
        for flag in (["--json"], ["--format", "json"]):
            assert text(run(*README_QUESTION, *flag)) == report.to_json() + "\n"
        assert FitReport.from_json(report.to_json()) == report

    def test_extender_and_atlas_may_fit_as_one_open_row_each(self) -> None:
        data = json.loads(text(run(*README_QUESTION, "--json")))
        rows = {
            group["device"]: (section["missing"], alike)
            for section in data["may_fit"]
            for group in section["devices"]
            for alike in group["candidates"]
        }
        missing, extender = rows["invamed-extender"]
        assert missing == "only-ranges-stated"
        assert [size["state"] for size in extender["sizes"]] == ["open"]
        assert all(size["diameter_mm"] is None and size["length_mm"] is None for size in extender["sizes"])
        assert extender["stated"] == [
            "the maker gives diameters 2.0–5.0 mm; lengths 10, 15, 17, 20, 26, 30 mm (of these lengths 20, 26, 30 are not shorter than 18 mm)"
        ]
        assert data["reasons"][extender["reasons"][-1]]["sentence"].endswith(
            "the diameter steps and the pairs are not stated."
        )
        missing, atlas = rows["invamed-atlas"]
        assert missing == "no-size-stated"
        assert [(size["state"], size["diameter_mm"]) for size in atlas["sizes"]] == [("open", None)]
        assert data["reasons"][atlas["reasons"][-1]]["sentence"] == "No source states its sizes."
        for row in (extender, atlas):
            assert set(ALWAYS) <= {key.partition("~")[0] for key in row["caveats"]}

    def test_six_mm_excludes_extender_by_its_stated_range(self) -> None:
        data = json.loads(text(run("find", "6 mm", "--excluded", "--json")))
        held = [group for group in data["excluded"]["devices"] if group["device"] == "invamed-extender"]
        keys = [key for group in held for alike in group["candidates"] for key in alike["reasons"]]
        sentences = [data["reasons"][key]["sentence"] for key in keys if data["reasons"][key]["verdict"] == "NO"]
        assert sentences == [
            "No size beyond those named can meet the rule; given by the maker: diameters 2.0–5.0 mm; lengths 10, 15, 17, 20, 26, 30 mm."
        ]

    def test_another_bed_answers_nothing_with_one_reason_a_device(self) -> None:
        data = json.loads(text(run("find", "2.75 mm", "--bed", "intracranial", "--excluded", "--json")))
        assert data["counts"]["fits"] == data["counts"]["may_fit"] == 0
        devices = [group["device"] for group in data["excluded"]["devices"]]
        assert sorted(devices) == sorted(path.stem for path in (BUNDLED / "devices").glob("*.toml"))
        for group in data["excluded"]["devices"]:
            (alike,) = group["candidates"]
            assert [key.partition("~")[0] for key in alike["reasons"]] == ["bed-other"]

    def test_every_option_reaches_the_question(self) -> None:
        done = run(
            *("find", "--proximal", "3.8 mm", "--distal", "2.9 mm", "--lesion-length", "28 mm", "--boundary", "eel"),
            *("--modality", "ivus", "--kind", "drug-eluting-stent", "--region", "US", "--rule", "within-10-percent"),
            *("--require-status", "--basis", "label", "--basis", "regulator-record", "--json"),
            *("--use", "in-stent-restenosis", "--guide", "6 Fr", "--companion", "3.5 mm"),
        )
        assert json.loads(text(done))["query"] == {
            "reference_diameter_mm": None,
            "proximal_mm": "3.8",
            "distal_mm": "2.9",
            "lesion_length_mm": "28",
            "bed": "coronary",
            "boundary": "external-elastic-lamina",
            "modality": "ivus",
            "kind": "drug-eluting-stent",
            "region": "US",
            "rule": "within-10-percent",
            "bases": ["label", "regulator-record"],
            "require_status": True,
            "site": None,
            "also_mm": [["companion", "3.5"]],
            "use": "in-stent-restenosis",
            "guide": "6 Fr",
        }


class TestWhatPeopleRead:
    def test_a_taper_is_told_by_both_ends(self) -> None:
        printed = text(run("find", "--proximal", "3.4 mm", "--distal", "2.9 mm", "--catalog", str(TOY)))
        assert printed.startswith("# proximal 3.4 mm, distal 2.9 mm; no lesion length; bed coronary; ")

    def test_the_counts_of_a_catalogue_are_printed_with_its_caveats(self) -> None:
        printed = text(run("list", "--stats", "--catalog", str(TOY))).splitlines()
        counts = json.loads(text(run("list", "--stats", "--json", "--catalog", str(TOY))))
        assert printed[0] == "Know before relying on any of it"
        for key in ("families", "models", "statements", "sources"):
            assert f"{key:<12}{counts[key]:>6}" in printed
        assert {line.split()[0] for line in printed if line[:1].isalpha()} >= set(counts["fields"])


class TestEveryFormCarriesItsCaveats:
    def test_json_lines(self) -> None:
        lines = text(run(*README_QUESTION, "--format", "jsonl")).splitlines()
        rows = [json.loads(line) for line in lines]
        assert len(rows) == sum(
            find_sizes(Vessel("2.75 mm", lesion_length="18 mm"), region="TR").counts[b] for b in ("fits", "may_fit")
        )
        for row in rows:
            assert tuple(row) == COLUMNS
            assert set(ALWAYS) <= set(row["caveats"])
            assert len(row["caveat_sentences"]) >= len(row["caveats"])

    def test_csv(self) -> None:
        done = run(*README_QUESTION, "--format", "csv", "--excluded")
        assert b"\r\n" in done.stdout
        rows = list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))
        assert {row["verdict"] for row in rows} == {"YES", "UNKNOWN", "NO"}
        for row in rows:
            assert set(ALWAYS) <= set(row["caveats"].split("; "))
            assert "Confirm every size and limit" in row["caveat_sentences"]
            assert not any(cell.startswith(("=", "+", "@")) for cell in row.values())

    def test_a_pipe_has_sentences_before_rows_and_codes_on_rows(self, piped: str) -> None:
        lines = piped.splitlines()
        first_row = next(i for i, line in enumerate(lines) if line.startswith(("YES\t", "UNKNOWN\t")))
        sentences = [line for line in lines[:first_row] if line.startswith("! ")]
        assert [line.split()[1].rstrip(":") for line in sentences[:3]] == list(ALWAYS)
        assert not any(line.startswith("! ") for line in lines[first_row:])
        said = {line.split()[1].rstrip(":") for line in sentences}
        for line in lines[first_row:-1]:
            codes = line.split("\tcaveats: ")[1].split(",")
            assert set(ALWAYS) <= set(codes) <= said & set(CAVEAT_CODES)

    def test_a_pipe_has_no_colour(self, piped: str) -> None:
        assert "\x1b" not in piped

    @pytest.mark.parametrize(
        "command",
        [("show", "invamed-extender"), ("list",), ("list", "--region", "TR"), ("show", "stentys", "--region", "DE")],
    )
    def test_show_and_list(self, command: tuple[str, ...]) -> None:
        printed = text(run(*command))
        assert all(f"{code}:" in printed for code in ALWAYS)
        data = json.loads(text(run(*command, "--json")))
        assert set(ALWAYS) <= {caveat["code"] for caveat in data["caveats"]}
        for device in data.get("devices", []):
            assert set(ALWAYS) <= {caveat["code"] for caveat in device["caveats"]}


class TestATerminal:
    @staticmethod
    def screen(*arguments: str) -> str:
        """What a person sees: run in a pseudo-terminal."""
        parent, child = pty.openpty()
        environment = os.environ | {"COLUMNS": "100", "TERM": "xterm-256color"}
        environment.pop("NO_COLOR", None)
        with subprocess.Popen(
            [sys.executable, "-m", "devicecat", *arguments], stdout=child, env=environment
        ) as process:
            os.close(child)
            seen = b""
            while True:
                try:
                    part = os.read(parent, 65536)
                except OSError:  # Linux says so when the other end has closed
                    break
                if not part:
                    break
                seen += part
        os.close(parent)
        assert process.returncode == 0
        return seen.decode()

    def test_a_table_is_grouped_and_has_its_caveats(self) -> None:
        seen = self.screen(*README_QUESTION)
        assert "\x1b[" in seen
        for part in (
            "● Fits: ",
            "? May fit: not known: ",
            "○ Excluded: ",
            "Pair not stated",
            "No size stated by any source",
        ):
            assert part in seen
        assert all(f"! {code}: " in seen for code in ALWAYS)
        assert "What would settle it" in seen

    def test_excluded_in_full(self) -> None:
        seen = self.screen("find", "2.75 mm", "--lesion", "18 mm", "--excluded")
        assert "The nominal diameter lies outside the window" in seen

    def test_show_and_list_and_nothing_found(self) -> None:
        assert "looked for and not found" in self.screen("show", "invamed-atlas")
        assert "invamed-atlas" in self.screen("list", "--kind", "stent")
        assert "● Fits: 0" in self.screen("find", "2.75 mm", "--bed", "carotid")


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("find", "3,5 mm"), "devicecat: reference diameter: '3,5 mm' has a decimal comma; write '3.5 mm'."),
            (("find", "3.5"), "devicecat: reference diameter: '3.5' has no unit; write '3.5 mm'."),
            (
                ("find", "6 Fr"),
                "devicecat: reference diameter: '6 Fr' looks like a guide or a wire; vessels are given in mm, for example '3.5 mm'.",
            ),
            (
                ("find", "18 mm", "--lesion", "3 mm"),
                "devicecat: reference diameter: 18 mm is outside 0.5 to 10 mm, what is plausible for it. Are diameter and length swapped?",
            ),
            (
                ("find",),
                "devicecat: no diameter is given; give a reference diameter, for example '2.75 mm', or both a proximal and a distal one.",
            ),
            (
                ("find", "--proximal", "2 mm", "--distal", "3 mm"),
                "devicecat: the proximal diameter 2 mm is below the distal one 3 mm; swapped they read: proximal '3 mm', distal '2 mm'.",
            ),
            (
                ("find", "3 mm", "--region", "UK"),
                "devicecat: 'UK' is no region code; write an ISO 3166-1 alpha-2 code, EU or XI, for example 'TR'; did you mean 'GB' (United Kingdom)?",
            ),
            (
                ("find", "3 mm", "--require-status"),
                "devicecat: a stated status is asked for and no region; name the region, for example 'TR'.",
            ),
            (("find", "3 mm", "--rule", "within"), "devicecat: 'within' is no rule"),
            (
                ("find", "3 mm", "--bed", "corronary"),
                "devicecat: 'corronary' is no vessel bed; did you mean 'coronary'? Known are ",
            ),
            (("find", "3 mm", "--modality", "mri"), "devicecat: 'mri' is no modality. Known are "),
            (
                ("find", "3 mm", "--basis", "labels"),
                "devicecat: 'labels' is no basis; did you mean 'label'? Known are ",
            ),
            (("show", "extender"), "devicecat: 'extender' is no device; did you mean 'invamed-extender'? Known are "),
            (("list", "--kind", "balon"), "devicecat: 'balon' is no kind of device; did you mean '"),
        ],
    )
    def test_a_sentence_on_stderr_and_exit_2(
        self, arguments: tuple[str, ...], sentence: str, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        assert cli.run(list(arguments)) == 2
        said = capsysbinary.readouterr()
        assert said.out == b""
        assert said.err.decode().startswith(sentence)

    @pytest.mark.parametrize(
        "arguments",
        [
            ("find", "3 mm", "--nonsense"),
            ("find", "3 mm", "--boundary", "wall"),
            ("find", "3 mm", "--format", "xml"),
            ("nonsense",),
        ],
    )
    def test_usage(self, arguments: tuple[str, ...], capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        assert cli.run(list(arguments)) == 2
        assert capsysbinary.readouterr().out == b""

    def test_a_bad_catalogue_lists_every_problem(self, tmp_path: Path) -> None:
        shutil.copytree(BUNDLED / "devices", tmp_path / "devices")
        for name in ("agent", "absorb"):
            path = tmp_path / "devices" / f"{name}.toml"
            path.write_text(path.read_text(encoding="utf-8").replace("\nschema ", "\nschemma ", 1), encoding="utf-8")
        done = run("find", "3 mm", "--catalog", str(tmp_path))
        assert done.returncode == 2
        assert done.stdout == b""
        for name in ("agent", "absorb"):
            problem = rf"{name}\.toml:\d+: schemma: unknown key 'schemma'; did you mean 'schema'\?"
            assert re.search(problem, done.stderr.decode())


class TestExitStatus:
    @pytest.mark.parametrize(
        ("arguments", "status"),
        [
            (("2.75 mm", "--lesion", "18 mm"), 0),
            (("2.75 mm", "--kind", "drug-coated-balloon"), 3),
            (("2.75 mm", "--bed", "carotid"), 4),
        ],
    )
    def test_for_scripts(
        self, arguments: tuple[str, ...], status: int, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        assert cli.run(["find", *arguments, "--exit-status"]) == status
        assert cli.run(["find", *arguments]) == 0
        assert capsysbinary.readouterr().err == b""

    def test_an_unexpected_failure_is_one_line_and_exit_1(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fail(*_: object) -> None:
            message = "the disk is on fire"
            raise OSError(message)

        monkeypatch.setattr(cli_catalog, "load_catalog", fail)
        assert cli.run(["find", "3 mm"]) == 1
        error = capsys.readouterr().err
        assert error == "devicecat: unexpected failure: OSError: the disk is on fire (--debug shows where)\n"
        assert cli.run(["--debug", "find", "3 mm"]) == 1
        assert "Traceback" in capsys.readouterr().err


class TestLint:
    def test_clean(self) -> None:
        done = run("lint")
        assert (done.returncode, done.stdout) == (0, b"")
        assert b"no findings" in done.stderr

    def test_findings(self, tmp_path: Path) -> None:
        (tmp_path / "devices").mkdir()
        (tmp_path / "devices" / "kestrel.toml").write_text("schema = 1\n", encoding="utf-8")
        done = run("lint", str(tmp_path))
        assert done.returncode == 1
        assert b"kestrel.toml" in done.stdout

    def test_could_not_run(self, tmp_path: Path) -> None:
        assert run("lint", str(tmp_path / "nowhere")).returncode == 2


class TestSurroundings:
    def test_the_environment_names_a_catalogue(self, tmp_path: Path) -> None:
        (tmp_path / "devices").mkdir()
        shutil.copy(BUNDLED / "devices" / "agent.toml", tmp_path / "devices")
        for printed in (
            text(run("list", DEVICECAT_CATALOG=str(tmp_path))),
            text(run("list", "--catalog", str(tmp_path))),
        ):
            assert "agent" in printed
            assert "invamed-atlas" not in printed

    @pytest.mark.parametrize(
        "command", [README_QUESTION, ("show", "stentys"), ("list",), ("--help",), ("find", "--help")]
    )
    @pytest.mark.parametrize("encoding", ["cp1254", "ascii", "utf-8"])
    def test_no_console_is_too_small(self, command: tuple[str, ...], encoding: str) -> None:
        done = run(*command, PYTHONIOENCODING=encoding)
        assert done.returncode == 0, done.stderr
        assert "--help" in command or done.stdout.decode(encoding)  # how help is written is click's affair

    @pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
    @pytest.mark.parametrize("encoding", ["cp1254", "ascii"])
    def test_no_command_fails_on_what_a_console_lacks(
        self, command: tuple[str, ...], encoding: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = [("--help",), *([SWEPT[command]] if command in SWEPT else [])]
        for arguments in lines:
            out, err = io.BytesIO(), io.BytesIO()
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("(01)08717648200274\nşç\n".encode())))
            monkeypatch.setattr("sys.stdout", io.TextIOWrapper(out, encoding=encoding, write_through=True))
            monkeypatch.setattr("sys.stderr", io.TextIOWrapper(err, encoding=encoding, write_through=True))
            code = cli.run([*command, *arguments])
            assert code in (0, 1, 2)
            assert b"unexpected failure" not in err.getvalue()
            assert out.getvalue() or err.getvalue()

    def test_a_character_that_a_console_lacks_never_reads_as_unknown(self) -> None:
        lines = run("find", "2.75 mm", PYTHONIOENCODING="ascii").stdout.decode("ascii")
        assert "2.0-5.0 mm" in lines
        assert "?" not in lines

    def test_json_is_utf8_whatever_the_console(self) -> None:
        assert (
            run(*README_QUESTION, "--json", PYTHONIOENCODING="ascii").stdout == run(*README_QUESTION, "--json").stdout
        )

    def test_a_reader_that_stops_early_is_no_failure(self) -> None:
        command = [sys.executable, "-m", "devicecat", *README_QUESTION]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.read(10)
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 0


class TestHelp:
    def test_the_intended_purpose_stands_in_it(self) -> None:
        assert INTENDED_PURPOSE in " ".join(text(run("--help", COLUMNS="200")).split())

    def test_every_option_tells_its_unit_or_choices_and_an_example(self) -> None:
        for command in COMMANDS:
            found = GROUP
            for name in command:
                found = found.commands[name]
            for parameter in found.params:
                told = parameter.help if hasattr(parameter, "help") else ""
                is_flag = getattr(parameter, "is_flag", False)
                assert told, (command, parameter.name)
                assert is_flag or "Example: " in told, (command, parameter.name)
                assert told.endswith((".", '"')) or is_flag or "Example" in told

    def test_the_version(self) -> None:
        assert text(run("--version")) == "devicecat 0.1.0\n"

    def test_completion_knows_the_words(self) -> None:
        done = run(_DEVICECAT_COMPLETE="complete_bash", COMP_WORDS="devicecat find --bed ", COMP_CWORD="3")
        assert "intracranial" in done.stdout.decode()
