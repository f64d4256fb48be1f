"""The clients of ``docs/http.md``: compiled as they stand there, and run against a real service.

Each is skipped where its compiler is not here. Of .NET these tests need Mono only, which has no ``System.Text.Json``:
``clients/Json.cs`` stands in for what the client uses of it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devicecat import Vessel, find_sizes
from serving import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
PAGE = (HERE.parent / "docs" / "http.md").read_text(encoding="utf-8")
LIBRARIES = ("System.Net.Http", "System.Runtime.Serialization", "System.Xml", "System.Xml.Linq")
RUN = """
import { findSizes, lines } from "./client";
findSizes(process.argv[2]!, { reference_diameter: "2.75 mm", lesion_length: "18 mm", region: "TR" })
  .then((report) => process.stdout.write(lines(report).map((line) => line + "\\n").join("")));
findSizes(process.argv[2]!, { reference_diamter: "2.75 mm" }).catch((error: Error) => console.error(error.message));
"""
NODE = "declare const process: { argv: string[]; stdout: { write(text: string): void } };\n"


def client(language: str) -> str:
    """The one client in a language."""
    [found] = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def needs(*commands: str) -> pytest.MarkDecorator:
    """Skip where a command is not here; ``DEVICECAT_REQUIRED`` makes that a failure."""
    lacks = [command for command in commands if not shutil.which(command)]
    return pytest.mark.skipif(
        bool(lacks) and not os.environ.get("DEVICECAT_REQUIRED"), reason=f"this machine lacks {' and '.join(lacks)}"
    )


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running() as service:
        yield service


@pytest.fixture(scope="module")
def expected() -> list[str]:
    """What a client prints: every size and every caveat of the two upper bins, in their order."""
    report = find_sizes(Vessel("2.75 mm", lesion_length="18 mm"), region="TR").to_dict()

    def words(size: dict[str, str]) -> str:
        if size["state"] == "open":
            return "sizes not stated"
        diameter = size["diameter_mm"] or "-".join(size["ends_mm"])
        return f"{diameter} mm" + (f" x {size['length_mm']} mm" if size["length_mm"] else "")

    told = []
    bins = [("fits", report["fits"])]
    bins += [(f"not known ({section['heading']})", section["devices"]) for section in report["may_fit"]]
    for mark, groups in bins:
        for group in groups:
            for alike in group["candidates"]:
                told += [f"{mark} {group['device']} {words(size)}" for size in alike["sizes"]]
                told += [f"  ! {report['caveats'][key]['sentence']}" for key in alike["caveats"]]
    return told


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that has to end well."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@needs("mcs", "mono")
def test_the_client_in_csharp(tmp_path: Path, service: Service, expected: list[str]) -> None:
    (tmp_path / "Client.cs").write_text(client("csharp"), encoding="utf-8")
    shutil.copy(HERE / "clients" / "Json.cs", tmp_path)
    links = [f"-r:{name}" for name in LIBRARIES]
    run("mcs", "-warnaserror", *links, "-out:client.exe", "Client.cs", "Json.cs", folder=tmp_path)
    assert run("mono", "client.exe", f"{service.url}/", folder=tmp_path).stdout.splitlines() == expected
    refused = subprocess.run(
        ["mono", "client.exe", f"{service.url}/nix/"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert refused.returncode != 0
    assert "The service has no such path." in refused.stderr


@needs("tsc", "node")
def test_the_client_in_typescript(tmp_path: Path, service: Service, expected: list[str]) -> None:
    (tmp_path / "client.ts").write_text(client("typescript"), encoding="utf-8")
    (tmp_path / "run.ts").write_text(NODE + RUN, encoding="utf-8")
    options = ("--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "commonjs")
    run("tsc", *options, "--lib", "es2022,dom", "client.ts", "run.ts", folder=tmp_path)
    done = run("node", "run.js", service.url, folder=tmp_path)
    assert done.stdout.splitlines() == expected
    assert "did you mean 'reference_diameter'?" in done.stderr
