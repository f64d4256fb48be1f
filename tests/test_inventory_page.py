"""The commands of docs/inventory.md, run as they stand there; its Python runs as a doctest."""

from __future__ import annotations

import io
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from devicecat import cli
from releases import DATA
from test_recalls import recall

PAGE = (Path(__file__).parents[1] / "docs" / "inventory.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
DI = "08717648200274"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the reader of the page stands."""
    shutil.copy(DATA / "accessgudid_xience_alpine.json", tmp_path / "alpine.json")
    (tmp_path / "box.txt").write_text(f"01{DI}1726013110ABC123\n", encoding="utf-8")
    notices = {"meta": {"last_updated": "2026-11-20"}, "results": [recall(code_info=f"UDI-DI {DI}")]}
    (tmp_path / "recalls.json").write_text(json.dumps(notices), encoding="utf-8")
    return tmp_path


def test_every_command_of_the_page_prints_what_stands_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    commands = [step for block in BLOCKS for step in re.split(r"^\$ devicecat ", block, flags=re.MULTILINE)[1:]]
    assert len(commands) >= 9
    for step in commands:
        line, _, expected = step.partition("\n")
        arguments, _, given = line.partition(" < ")
        given_bytes = Path(given).read_bytes() if given else b""
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given_bytes)))
        code = cli.run(shlex.split(arguments))
        printed, complaint = capfd.readouterr()
        assert code == 0, (line, complaint)
        assert all(each in printed.splitlines() for each in expected.splitlines()), (line, printed[:500])


def test_every_command_that_it_names_is_there() -> None:
    named = set(re.findall(r"devicecat (registry \w+|[a-z-]+)", PAGE))
    assert {"registry gudid", "registry eudamed", "registry recalls", "registry check", "scan", "same-size"} <= named
