"""``devicecat registry`` as people meet it, and a whole invented release."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from devicecat import cli, cli_registry, load_catalog
from devicecat.interop.overlay import MARKER
from releases import DATA, device, of_code, xml, zipped

ROOT = Path(__file__).parents[1]
Told = Callable[..., tuple[int, str, str]]


@pytest.fixture
def told(capfd: pytest.CaptureFixture[str]) -> Told:
    """Run a command: its exit code, what it prints, what it complains of."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = cli.run(["registry", *map(str, arguments)])
        out, err = capfd.readouterr()
        return code, out, err

    return run


class TestGudid:
    def test_a_release_becomes_a_catalogue(self, tmp_path: Path, told: Told) -> None:
        out = tmp_path / "my-catalog"
        release = zipped(tmp_path / "gudid_full_release_20261120.zip", {"part1.xml": xml(device(1), of_code("OQG", 2))})
        code, printed, complaint = told("gudid", release, "--out", out)
        assert (code, complaint) == (0, "")
        assert printed == (
            f"2 records read; 1 written as 1 device files in {out / 'devices'}.\n"
            "Sizes: 0 from fields, 0 read from text, 1 not stated.\n"
        )
        assert list(load_catalog(out).devices) == ["acme-vascular-kestrel"]
        assert told("gudid", release, release, "--out", out)[1].endswith(
            "Left out: 1 repeated records, 0 that the register has withdrawn.\n"
        )

    def test_what_is_broken_is_told_and_what_is_whole_is_written(self, tmp_path: Path, told: Told) -> None:
        path = tmp_path / "part1.xml"
        path.write_text(xml(device(1), device(2))[:-200], encoding="utf-8")
        code, printed, complaint = told("gudid", path, "--out", tmp_path / "out", "--retrieved", "2026-11-20")
        assert code == 1
        assert printed.startswith("1 records read; 1 written as 1 device files")
        assert complaint.startswith(f"{path}:4: broken XML: ")
        assert "broken XML" in (tmp_path / "out" / MARKER).read_text(encoding="utf-8")

    def test_where_nothing_can_be_read_nothing_is_written(self, tmp_path: Path, told: Told) -> None:
        path = tmp_path / "part1.xml"
        path.write_text(xml(device(1))[:-200], encoding="utf-8")
        arguments = ("gudid", path, "--out", tmp_path / "out", "--retrieved", "2026-11-20")
        code, printed, complaint = told(*arguments)
        assert (code, printed) == (2, "")
        assert "broken XML" in complaint
        assert complaint.endswith("devicecat: no record of a coronary device was found, so nothing was written.\n")
        path.write_bytes(b"PK\3\4 and no more")
        assert told(*arguments)[0] == 2
        assert [each.name for each in tmp_path.iterdir()] == ["part1.xml"]

    def test_a_disk_that_fills_is_told_and_leaves_nothing(self, tmp_path: Path) -> None:
        """The nearest thing to a full disk that a test may make: a limit on what a process writes into one file."""
        (tmp_path / "part1.xml").write_text(xml(*map(device, range(1, 30))), encoding="utf-8")
        command = f"ulimit -f 4; exec '{sys.executable}' -m devicecat registry gudid part1.xml --out out"
        done = subprocess.run(
            ["bash", "-c", f"{command} --retrieved 2026-11-20"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2, done.stderr
        assert done.stderr.startswith(f"devicecat: {tmp_path / 'out'}: cannot be written (")
        told = done.stderr.splitlines()[0]  # what counts branches complains of the limit behind it
        assert told.endswith("); nothing was, and what stood there is as it was.")
        assert [path.name for path in tmp_path.iterdir()] == ["part1.xml"]

    def test_a_folder_of_something_else_is_refused_before_anything_is_read(self, tmp_path: Path, told: Told) -> None:
        (tmp_path / "thesis.doc").write_text("years", encoding="utf-8")
        code, _, complaint = told("gudid", tmp_path / "none.zip", "--out", tmp_path)
        assert code == 2
        assert "holds something else (thesis.doc)" in complaint

    def test_the_day_is_needed_and_checked(self, tmp_path: Path, told: Told) -> None:
        path = tmp_path / "part1.xml"
        path.write_text(xml(device(1)), encoding="utf-8")
        assert "add it, for example --retrieved 2026-11-20" in told("gudid", path, "--out", tmp_path / "out")[2]
        code, _, complaint = told("gudid", path, "--out", tmp_path / "out", "--retrieved", "31 February")
        assert (code, complaint) == (
            2,
            "devicecat: '31 February' is no day; write for example --retrieved 2026-11-20.\n",
        )

    def test_very_many_problems_are_counted(self, tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cli_registry, "_MOST_SHOWN", 2)
        path = tmp_path / "a.jsonl"
        path.write_text("{}\n" * 5 + json.dumps(device(1)), encoding="utf-8")
        code, _, complaint = told("gudid", path, "--out", tmp_path / "out", "--retrieved", "2026-11-20")
        assert code == 1
        assert len(complaint.splitlines()) == 3
        assert complaint.endswith("… and 3 more problems\n")

    def test_a_catalogue_of_the_environment_lends_its_ids(
        self, tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DEVICECAT_CATALOG", str(ROOT / "tests" / "toy"))
        path = tmp_path / "2026-11-20.xml"
        path.write_text(xml(device(1)), encoding="utf-8")
        told("gudid", path, "--out", tmp_path / "out")
        assert [each.name for each in (tmp_path / "out" / "devices").iterdir()] == ["acme-kestrel.toml"]


class TestEudamed:
    def test_answers_become_a_catalogue(self, tmp_path: Path, told: Told) -> None:
        arguments = ("eudamed", DATA / "eudamed_ihtevolve.json", "--out", tmp_path / "out")
        code, printed, _ = told(*arguments, "--retrieved", "2026-11-20")
        assert code == 0
        assert printed == (
            f"43 records read, 0 of other devices; 43 written as 2 device files in {tmp_path / 'out' / 'devices'}.\n"
            "Sizes: 6 from fields, 0 read from text, 37 not stated.\n"
        )
        code, _, complaint = told(*arguments)
        assert code == 2
        assert complaint.startswith("devicecat: no record of EUDAMED says when it was retrieved")


class TestCheck:
    def test_text_and_json(self, tmp_path: Path, told: Told) -> None:
        release = tmp_path / "2026-11-20.xml"
        release.write_text(xml(device(1), device(2, brandName="OTHER")), encoding="utf-8")
        out = tmp_path / "out"
        told("gudid", release, "--out", out)
        (out / MARKER).unlink()  # a catalogue by itself: nothing lies under it
        code, printed, complaint = told("check", release, "--catalog", out)
        assert (code, complaint) == (0, "")
        assert printed == (
            "2 records compared, 0 of devices the catalogue does not hold: 12 points agree, 0 disagree, "
            "0 are said by one side\n"
        )
        changed = tmp_path / "changed-2026-11-20.xml"
        changed.write_text(xml(device(1, brandName="LENS"), of_code("HQL", 3)), encoding="utf-8")
        code, printed, _ = told("check", changed, "--catalog", out)
        assert code == 1
        assert "disagrees: acme-vascular-kestrel: identity: the record says 'LENS' of ACME VASCULAR INC.;" in printed
        assert "gap: acme-vascular-other: udi-di: the record does not say; the catalogue says 1 identifiers" in printed
        for flag in (["--json"], ["--format", "json"]):
            code, printed, _ = told("check", changed, "--catalog", out, *flag)
            table = json.loads(printed)
            assert (code, table["compared"], table["unknown"], table["problems"]) == (1, 1, 0, [])
            assert {finding["outcome"] for finding in table["findings"]} == {"agrees", "disagrees", "gap"}

    def test_eudamed_and_broken_files(self, tmp_path: Path, told: Told) -> None:
        out, day = tmp_path / "out", ("--retrieved", "2026-11-20")
        told("eudamed", DATA / "eudamed_ihtevolve.json", "--out", out, *day)
        (out / MARKER).unlink()
        arguments = ("check", DATA / "eudamed_ihtevolve.json", "--catalog", out, "--register", "eudamed", *day)
        code, printed, _ = told(*arguments)
        assert (code, printed[:20]) == (0, "43 records compared,")
        broken = tmp_path / "broken.json"
        broken.write_text("[", encoding="utf-8")
        code, _, complaint = told("check", broken, "--catalog", out, "--register", "eudamed", *day)
        assert code == 1
        assert "broken JSON" in complaint


def test_lxml_is_asked_for_only_where_it_is_needed(tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lxml", None)
    path = tmp_path / "2026-11-20.xml"
    path.write_text(xml(device(1)), encoding="utf-8")
    code, _, complaint = told("gudid", path, "--out", tmp_path / "out")
    assert code == 2
    assert complaint == (
        "devicecat: reading XML needs lxml, which this Python does not have; install it with: "
        'pip install "devicecat[registries]"\n'
    )
    assert (
        told("gudid", DATA / "gudid_angiosculpt.json", "--out", tmp_path / "out", "--retrieved", "2026-11-20")[0] == 0
    )


def test_a_bar_stands_on_a_terminal_only(tmp_path: Path) -> None:
    path = tmp_path / "2026-11-20.xml"
    path.write_text(xml(*(device(n) for n in range(1, 50))), encoding="utf-8")
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "devicecat", "registry", "gudid", str(path), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=follower, env={**os.environ, "TERM": "xterm"}, check=False
    )
    os.close(follower)
    shown = os.read(leader, 100_000).decode()
    os.close(leader)
    assert done.returncode == 0
    assert "GUDID" in shown
    assert done.stdout.decode().startswith("49 records read; 49 written")
    quiet = subprocess.run(command, capture_output=True, check=False)
    assert (quiet.returncode, quiet.stderr) == (0, b"")


def test_the_bar_is_told_how_far_it_is(tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "2026-11-20.xml"
    path.write_text(xml(device(1)), encoding="utf-8")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert told("gudid", path, "--out", tmp_path / "out")[0] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="the peak of memory is read with resource")
def test_an_invented_release_is_read_whole_in_little_memory() -> None:
    program = [sys.executable, "-m", "benchmarks.registries", "--megabytes", "5", "--json"]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["form"] for line in lines] == ["xml", "delimited"], done.stderr
    for line in lines:
        assert line["sampled"] == 40
        assert line["coronary"] > line["sized"] > 0
        assert line["peak_megabytes"] < 300


def test_the_smaller_copies_hold_no_term_of_gmdn() -> None:
    for path in DATA.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "gmdnPT" not in text, path.name
        assert "definition" not in text.replace("the terms and definitions of GMDN are left out", ""), path.name
