"""The session of ``docs/http.md``: each command is run against a real service, and says what is printed there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devicecat import load_catalog
from devicecat.web.guard import LARGEST_HEAD, LONGEST_ADDRESS, Limits
from devicecat.web.openapi import document
from devicecat.web.questions import LONGEST_QUERY
from serving import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[1] / "docs" / "http.md").read_text(encoding="utf-8")
SESSION = [
    (command, expected.strip())
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    for command, expected in re.findall(r"^\$ (.*?)\n(.*?)(?=^\$ |\Z)", block, re.DOTALL | re.MULTILINE)
]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running() as service:
        yield service


@pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="this machine lacks curl or bash")
@pytest.mark.parametrize(("command", "expected"), SESSION, ids=range(len(SESSION)))
def test_a_command_says_what_stands_below_it(service: Service, command: str, expected: str) -> None:
    line = command.replace("http://127.0.0.1:8000", service.url)
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    assert re.fullmatch(pattern, done.stdout.strip(), re.DOTALL), done.stdout[:2000]


def test_there_is_a_session() -> None:
    assert len(SESSION) > 8
    assert all("curl" in command for command, _ in SESSION)


def test_the_page_names_every_path() -> None:
    for path, operations in document(load_catalog())["paths"].items():
        for method in operations:
            assert f"| `{method.upper()} {path}` |" in PAGE


def test_the_page_names_the_limits_that_there_are() -> None:
    limits = Limits()
    for words in (
        f"{LONGEST_ADDRESS:,} characters, of them {LONGEST_QUERY:,} in the query",
        f"{LARGEST_HEAD // 1024} KiB",
        f"{limits.body // 2**20} MiB",
        f"{limits.head_seconds} s for the head",
        f"{limits.body_seconds} s between the parts of its body and {limits.whole_body_seconds} s for all of them",
        f"{limits.answer_seconds} s for an answer, {limits.stream_seconds} s for one line by line",
        f"{limits.at_once} requests a process",
    ):
        assert words in PAGE
