"""Debian's chromium, found and started through Playwright, for tests and for the pictures of the documents."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

WIDE = (1280, 800)
PHONE = (390, 844)
README = "/?reference_diameter=2.75+mm&lesion_length=18+mm&region=TR"


def missing() -> str:
    """What a test in the browser lacks on this machine; empty if nothing."""
    packages = [name for name in ("playwright", "axe_playwright_python", "pypdf") if find_spec(name) is None]
    lacks = [f"the packages {', '.join(packages)} (pip install -e '.[test-all]')"] if packages else []
    lacks += [] if _path() else ["chromium (apt-get install chromium)"]
    return " and ".join(lacks)


def _path() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def started() -> Iterator[Browser]:
    """A headless chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_path())
        try:
            yield browser
        finally:
            browser.close()
