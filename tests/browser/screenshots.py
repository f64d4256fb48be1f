"""Makes the pictures of the documents: ``python tests/browser/screenshots.py`` writes them into ``docs/images``."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

import chromium
from serving import running

TARGET: Final = Path(__file__).parents[2] / "docs" / "images"
MOST_BYTES: Final = 300_000
_COLOURS: Final = 40

# Name, size of the window, page, and where on the page.
PICTURES: Final = (
    ("answer", chromium.WIDE, chromium.README, ""),
    ("grid", chromium.WIDE, chromium.README, "#may"),
    ("not-known", chromium.WIDE, chromium.README, "#may-only-ranges-stated-invamed-extender"),
    ("comma", chromium.WIDE, "/?reference_diameter=2,75+mm&lesion_length=18+mm&region=TR", ""),
    ("phone", chromium.PHONE, chromium.README, "#fits"),
    ("device", chromium.WIDE, "/devices/invamed-extender?region=TR", ""),
)


def main() -> int:
    """Write every picture, and say how large they are."""
    from PIL import Image

    TARGET.mkdir(parents=True, exist_ok=True)
    total = 0
    with running() as service, chromium.started() as browser:
        for name, (width, height), path, place in PICTURES:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(service.url + path)
            if place:
                page.evaluate("place => document.querySelector(place).scrollIntoView()", place)
            with Image.open(io.BytesIO(page.screenshot())) as shot:
                small = shot.convert("RGB").quantize(_COLOURS)
            written = TARGET / f"{name}.png"
            small.save(written, optimize=True)
            total += written.stat().st_size
            page.close()
    sys.stdout.write(f"{len(PICTURES)} pictures in {TARGET}, {total} bytes\n")
    return 0 if total <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
