"""The static export: what stands on a page, what never does, and a folder that is never half written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devicecat import INTENDED_PURPOSE, Catalog, DevicecatError, QueryError, load_catalog
from devicecat.caveats import device_caveats
from devicecat.content import Content, Models
from devicecat.errors import ExportError
from devicecat.forms import read_form
from devicecat.holding import Holding
from devicecat.loader import BUNDLED
from devicecat.models import Compliance, Device, Identifier, Recall, Sizes, Statement, Warned, Withdrawn
from devicecat.web import export
from devicecat.web.dossier import web_address
from devicecat.web.export import MARKER, export_html
from devicecat.web.grid_svg import NOT_OFFERED, OPEN, STATED, Band, Field, Picture, draw, field_of
from devicecat.web.pages import css_text, device_page, index_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devicecat.holding import Voice

TOY = Path(__file__).parent / "toy"
SVG = "{http://www.w3.org/2000/svg}"
ATTACK = "<script>alert(1)</script>"

# Every form that a page has a place for, and hostile text in all of them.
EVIL = """
schema   = 1
reviewed = 2026-11-20

[identity]
name         = { value = "<script>alert(1)</script>", source = "new", locator = "<script>alert(1)</script>" }
manufacturer = { value = "\\"><img src=x onerror=alert(1)>", source = "new", locator = "{{ 7 * 7 }}" }
kind         = [
  { value = "stent", source = "new", locator = "1" },
  { value = "balloon", source = "new", locator = "2" },
]
bed          = ["coronary"]
not_to_be_confused_with = { value = "</style><script>alert(1)</script>", source = "new", locator = "3" }

[model.a]
name = "</desc><script>alert(1)</script>"

[source.old]
kind      = "ifu"
title     = "OLD"
publisher = "<b>Acme</b>"
url       = "https://example.org/\\"onmouseover=\\"alert(1)"
retrieved = 2026-11-19
retracted = "yes"

[source.new]
kind      = "ifu"
title     = "NEW <script>alert(1)</script>"
publisher = "Acme"
url       = "https://example.org/new?a=1&b=<script>"
archived  = "https://example.org/archived"
published = "2024-03"
retrieved = 2026-11-20
replaces  = "old"
note      = "<script>alert(1)</script>"

[source.gone]
kind      = "review"
title     = "GONE"
publisher = "Acme"
address   = "none"
retrieved = 2026-11-20
retracted = "2025-01-01"
note      = "seen on paper"

[source.leaning]
kind      = "review"
title     = "LEANING"
publisher = "Acme"
url       = "https://example.org/leaning"
retrieved = 2026-11-20
rests_on  = ["gone", "new"]

[[sizes]]
source  = "new"
locator = "<script>alert(1)</script>"
model   = "a"
region  = "US"
whole   = true
note    = "<script>alert(1)</script>"
grid = '''
mm      8  12
2.50    x   .
3.00    ?   x
'''

[[sizes]]
source  = "leaning"
locator = "count"
count   = 7
note    = "a count alone"

[[sizes]]
source       = "old"
locator      = "replaced"
diameters_mm = ["2.5", "3"]
lengths_mm   = ["10"]
whole        = true
pairs        = "select"

[platform]
strut_thickness = [
  { value = "81 µm", source = "new", locator = "4" },
  { value = "90 µm", source = "leaning", locator = "5" },
  { value = "95 µm", source = "new", locator = "5" },
]
material = "not stated"

[drug]
name       = { value = "sirolimus", source = "new", locator = "6", note = "<script>alert(1)</script>" }
total_dose = { value = "100 µg", size = "2.50 x 8", source = "new", locator = "7" }

[balloon]
nominal_pressure = { value = ["9 atm", "10 atm"], mapping = "not stated", source = "new", locator = "8" }

[label]
reference_vessel_diameter = { value = "3.5 mm", sign = "lost", for = "≤ 3.00 mm", source = "new", locator = "9" }

[[limit]]
for           = "3.00 mm"
model         = "a"
max_expansion = { value = "4.0 mm", source = "new", locator = "10" }

[[compliance]]
source      = "new"
locator     = "11"
diameter_mm = "2.50"
rows        = [{ pressure = "9 atm", diameter = "2.50 mm" }, { pressure = "not stated", diameter = "2.60 mm" }]
nominal     = "9 atm"
rated_burst = "16 atm"
note        = "<script>alert(1)</script>"

[[status]]
region       = "US"
regulatory = { value = "approved", date = "2018", number = "<b>1</b>", holder = "Acme", source = "new", locator = "12" }
availability = "not stated"

[[withdrawn]]
source  = "new"
locator = "13"
region  = "JP"

[[recall]]
source  = "new"
locator = "14"
date    = 2025-02-03
region  = "US"
lots    = "<script>alert(1)</script>"
scope   = "<script>alert(1)</script>"

[[identifier]]
scheme   = "ref"
value    = "<script>alert(1)</script>"
size     = "2.50 x 8"
model    = "a"
level    = "package"
quantity = 5
source   = "new"
locator  = "15"
note     = "<script>alert(1)</script>"

[[caveat]]
text    = "<script>alert(1)</script>"
source  = "new"
locator = "16"
"""


class Page(HTMLParser):
    """What a browser would make of a page: its tags, its ids, its links, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.pieces: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))
        self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.pieces.append("\n" if tag in ("text", "td", "li", "p") else "")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]

    @property
    def links(self) -> list[str]:
        return [attributes["href"] for tag, attributes in self.tags if tag == "a"]

    @property
    def pictures(self) -> list[ET.Element]:
        found = re.findall(r"<svg.*?</svg>", self.html, flags=re.DOTALL)
        return [ET.fromstring(svg) for svg in found]  # noqa: S314 - our own SVG; that it parses is the test


FOLDERS = {"bundled": BUNDLED, "toy": TOY}
DEVICES = [
    (name, path.stem) for name, folder in FOLDERS.items() for path in sorted((folder / "devices").glob("*.toml"))
]


@cache
def catalog_of(name: str) -> Catalog:
    return load_catalog(FOLDERS[name])


@cache
def page_of(name: str, slug: str) -> Page:
    return Page(device_page(catalog_of(name), slug))


def holding_of(catalog: Catalog, slug: str) -> Holding:
    return Holding(catalog.device(slug))


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    folder = tmp_path_factory.mktemp("evil")
    (folder / "devices").mkdir()
    (folder / "devices" / "evil.toml").write_text(EVIL, encoding="utf-8")
    return load_catalog(folder)


def words_in(picture: ET.Element) -> str:
    """The text that a picture shows."""
    return " ".join(" ".join(text.text or "" for text in picture.iter(f"{SVG}text")).split())


def squeezed(text: str) -> str:
    return " ".join(text.split())


# ── What stands on a page ────────────────────────────────────────────────────────────────


def values_of(voice: Voice) -> Iterator[str]:
    """What a statement says, in the words that a page must hold."""
    said = voice.said
    if isinstance(said, Statement):
        yield from (
            *said.values,
            *(str(v) for v in (said.number, said.date, said.note, said.holder, said.holds_for) if v),
        )
    elif isinstance(said, Sizes):
        form = read_form(said)
        yield from (form.text, *(said.lengths_mm or ()), *([f"counts {said.count} sizes"] if said.count else []))
        yield from (part for size in form.named for part in (*size.diameter_texts, size.length_text) if part)
    elif isinstance(said, Compliance):
        yield from (said.diameter_mm, *(text for row in said.rows for text in (row.pressure, row.diameter)))
    elif isinstance(said, Identifier):
        yield from (said.scheme, said.value, said.size or "")
    elif isinstance(said, Recall | Withdrawn):
        yield from (said.scope or "", str(said.date or ""))
    else:
        assert isinstance(said, Warned)
        yield said.text.rstrip(".")


@pytest.mark.parametrize(("name", "slug"), DEVICES)
def test_every_statement_stands_on_the_page_with_its_locator_and_its_source(name: str, slug: str) -> None:
    page, holding = page_of(name, slug), holding_of(catalog_of(name), slug)
    text = page.text
    missing = [
        (voice.id, value)
        for voice in holding.voices()
        for value in (*values_of(voice), voice.said.locator or "", voice.source.title if voice.source else "")
        if squeezed(value) not in text
    ]
    assert missing == []
    # Warnings stand in the caveats; every other statement has a place of its own that a link can name.
    ids = set(page.ids)
    places = {v.id.partition("/")[2].replace("/", "-") for v in holding.voices() if not isinstance(v.said, Warned)}
    assert places <= ids


@pytest.mark.parametrize("region", [None, "TR"])
@pytest.mark.parametrize("slug", [slug for name, slug in DEVICES if name == "bundled"])
def test_every_device_page_has_its_caveats_above_everything_else(slug: str, region: str | None) -> None:
    catalog = catalog_of("bundled")
    page = Page(device_page(catalog, slug, region))
    caveats = [c.sentence for c in device_caveats(holding_of(catalog, slug), None, region, catalog.regions)]
    assert len(caveats) >= 3
    # Above the first section, where nothing has to be opened to see them.
    top = Page(page.html[page.html.index('<section class="caveats"') : page.html.index('<h2 id="sizes">')])
    assert [sentence for sentence in caveats if squeezed(sentence) not in top.text] == []
    assert "details" not in {tag for tag, _ in top.tags}
    # A printed page repeats the three in its margin; there they stand as a style sheet spells them.
    for sentence in caveats[:3]:
        assert css_text(sentence) in page.html
    assert ("region asked for: Türkiye (TR)" in page.text) is (region is not None)


@pytest.mark.parametrize("region", [None, "US"])
def test_the_index_lists_every_device_with_counts_caveats_purpose_and_digest(region: str | None) -> None:
    page = Page(index_page(catalog_of("bundled"), region))
    for slug, device in catalog_of("bundled").devices.items():
        assert f"{slug}.html" in page.links
        assert device.identity.name.statements[0].values[0] in page.text
    assert INTENDED_PURPOSE in page.text
    assert catalog_of("bundled").digest in page.text
    assert "CC0 1.0" in page.text
    assert f"{len(catalog_of('bundled').devices)} device families" in page.text
    assert (
        page.text.index("Availability ") < page.text.index("Regulatory status ") < page.text.index("Confirm every size")
    )
    assert page.text.index("Confirm every size") < page.text.index("How to read a page")
    assert ("Region asked for: United States (US)" in page.text) is (region is not None)


def test_devices_stand_by_kind_maker_and_name() -> None:
    page = Page(index_page(catalog_of("toy")))
    kinds = [kind for kind in re.findall(r'<h2 id="kind-\d+">([^<]*)</h2>', page.html) if kind != "Kind not settled"]
    assert kinds == sorted(kinds)
    stents = page.html[page.html.index(">Drug-eluting stent</h2>") :]
    names = [
        unescape(name)
        for name in re.findall(r'<th scope="row"[^>]*><a [^>]*>([^<]*)</a>', stents.split("</section>")[0])
    ]
    makers = {
        d.identity.name.statements[0].values[0]: d.identity.manufacturer for d in catalog_of("toy").devices.values()
    }
    assert names == sorted(names, key=lambda n: (makers[n].statements[0].values[0].casefold(), n.casefold()))


def test_what_is_not_known_is_said() -> None:
    text = page_of("bundled", "invamed-extender").text
    unknown = text[text.rindex("What is not known") :]
    assert "given as diameters 2.0–5.0 mm; lengths 10, 15, 17, 20, 26, 30 mm, which names no single size." in unknown
    assert "no statement gives its whole table of sizes, so there may be others." in unknown
    assert "Drug: dose density, total dose, excipient or polymer" in unknown.split("Not looked for")[0]
    assert "MRI" in unknown.split("Not looked for")[1]
    assert "every region other than United States (US)" in unknown
    assert "no source states its sizes." in page_of("bundled", "invamed-atlas").text
    nc24 = page_of("bundled", "sapphire-nc24").text
    assert "Pair not stated: 98 of 98 sizes named here." in nc24
    stentys = page_of("bundled", "stentys").text
    assert "Xposition S: no statement names its sizes; those of the family only rule some out." in stentys


def test_a_device_it_must_not_be_taken_for_is_named_before_its_sizes() -> None:
    html = page_of("bundled", "invamed-extender").html
    assert html.index("Not to be confused with") < html.index('<h2 id="sizes">')


def test_sources_that_disagree_and_statements_that_do_not_stand_are_marked(evil: Catalog) -> None:
    text = Page(device_page(evil, "evil")).text
    assert "Strut thickness sources disagree" in text
    assert "The copy that was read lost the sign of this bound: it decides nothing." in text
    assert "Its source has been replaced by a later one: shown, and silent." in text
    assert "Its source is retracted, or rests on one that is: shown, and decides nothing." in text
    assert "Replaced by [2]: shown, and silent." in text
    assert "Retracted: shown, and decides nothing." in text
    assert "Retracted 2025-01-01: shown, and decides nothing." in text
    assert "Rests on [3], [2]." in text
    assert "Several values; which size has which is not stated." in text
    assert "no words on what is withdrawn" in text
    assert "The source counts 7 sizes." in text
    assert "Status, United States (US): availability" in text
    assert "Kind not settled" in Page(index_page(evil)).text


# ── What never stands on a page ──────────────────────────────────────────────────────────


def test_what_a_catalogue_says_is_never_markup(evil: Catalog) -> None:
    for html in (device_page(evil, "evil", "US"), index_page(evil)):
        page = Page(html)
        assert ATTACK in page.text
        assert "<script" not in html.lower()
        assert not {"script", "b", "object", "iframe"} & {tag for tag, _ in page.tags}
        assert not [key for _, held in page.tags for key in held if key.startswith("on")]
        assert html.lower().count("</style>") == 1
    assert "[2], {{ 7 * 7 }}" in Page(device_page(evil, "evil")).text


def test_only_http_and_https_become_links(evil: Catalog) -> None:
    for address in (
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//host/x",
    ):
        assert web_address(address) is None
    assert web_address("https://[broken") is None
    assert web_address("https:") is None
    assert web_address(None) is None
    assert web_address(" HTTPS://example.org/x ") == "HTTPS://example.org/x"
    # The loader refuses such an address; a page does not lean on that.
    device = evil.devices["evil"]
    sources = {
        name: source.model_copy(update={"url": "javascript:alert(1)", "archived": "javascript:alert(2)"})
        for name, source in device.source.items()
    }
    changed = _catalog_of(evil, device.model_copy(update={"source": sources}))
    page = Page(device_page(changed, "evil"))
    assert not [link for link in page.links if "javascript" in link]
    assert "Address: javascript:alert(1)" in page.text
    assert "Archived: javascript:alert(2)" in page.text


def _catalog_of(like: Catalog, device: Device) -> Catalog:
    """A catalogue of one device, made without the loader."""
    rules = Models(dict(like.rules))
    return Catalog(Content(Models({device.slug: device}), rules, like.regions, like._raw, (), ()))


@pytest.fixture(scope="module", params=["bundled", "toy", "evil"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("exported") / str(request.param)
    export_html(request.getfixturevalue("evil") if request.param == "evil" else catalog_of(request.param), folder)
    return folder


def test_no_page_asks_for_anything_from_anywhere(exported: Path) -> None:
    for path in exported.glob("*.html"):
        page = Page(path.read_text(encoding="utf-8"))
        tags = {tag for tag, _ in page.tags}
        assert not tags & {
            "script",
            "img",
            "iframe",
            "object",
            "embed",
            "form",
            "input",
            "video",
            "audio",
            "base",
            "image",
        }
        assert [held["href"] for tag, held in page.tags if tag == "link"] == ["data:,"]
        [style] = re.findall(r"<style>(.*?)</style>", page.html, flags=re.DOTALL)
        assert not re.search(r"url\(|@import|https?:", style.replace('a[href^="http"]', ""))
        assert not [held for _, held in page.tags if "src" in held or "srcset" in held or "style" in held]
        for tag, held in page.tags:
            assert "href" not in held or tag in ("a", "link")
        [policy] = [held["content"] for _, held in page.tags if held.get("http-equiv") == "Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")


def test_every_link_leads_somewhere_and_every_id_stands_once(exported: Path) -> None:
    pages = {path.name: Page(path.read_text(encoding="utf-8")) for path in exported.glob("*.html")}
    for name, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), name
        for link in page.links:
            if not link.startswith(("http://", "https://")):
                target, _, fragment = link.partition("#")
                assert target in {"", *pages}, (name, link)
                assert not fragment or fragment in pages[target or name].ids, (name, link)
        named = [i for _, held in page.tags for i in held.get("aria-labelledby", "").split()]
        assert set(named) <= set(page.ids)
        assert "index.html" in page.links or name == "index.html"


def test_every_table_has_a_caption_and_every_header_a_scope(exported: Path) -> None:
    for path in exported.glob("*.html"):
        page = Page(path.read_text(encoding="utf-8"))
        tags = [tag for tag, _ in page.tags]
        assert tags.count("table") == tags.count("caption")
        assert all(held.get("scope") for tag, held in page.tags if tag == "th")
        assert tags.count("h1") == tags.count("main") == tags.count("header") == tags.count("footer") == 1
        assert [held["href"] for _, held in page.tags if held.get("class") == "skip"] == ["#content"]


def test_the_words_of_the_pages_give_no_advice() -> None:
    words = " ".join(
        p.read_text(encoding="utf-8") for p in (Path(export.__file__).parent).rglob("*") if p.suffix in (".html", ".py")
    )
    assert not re.search(r"\b(best|recommend\w*|ideal|optimal|score)\b", words, flags=re.IGNORECASE)


# ── Pictures ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("name", "slug"), DEVICES)
def test_every_picture_is_well_formed_carries_its_caveats_and_has_no_colour(name: str, slug: str) -> None:
    catalog, page = catalog_of(name), page_of(name, slug)
    holding = holding_of(catalog, slug)
    caveats = [c.sentence for c in device_caveats(holding, None, None, catalog.regions)]
    assert len(page.pictures) == sum(form.states for _, form in holding.sizes)
    for picture in page.pictures:
        shown = words_in(picture)
        assert all(squeezed(sentence) in shown for sentence in caveats[:3])
        title, described = (picture.find(f"{SVG}{tag}") for tag in ("title", "desc"))
        assert title is not None
        assert described is not None
        assert all(sentence in (described.text or "") for sentence in caveats[:3])
        assert picture.get("aria-labelledby") == f"{title.get('id')} {described.get('id')}"
        looks = " ".join(
            value for e in picture.iter() for key, value in e.attrib.items() if key in ("fill", "stroke", "style")
        )
        assert set(looks.split()) <= {"currentColor", "none"}
        assert not list(picture.iter(f"{SVG}image"))


@pytest.mark.parametrize(("name", "slug"), DEVICES)
def test_a_picture_shows_the_sizes_of_its_statement_and_no_other(name: str, slug: str) -> None:
    page, holding = page_of(name, slug), holding_of(catalog_of(name), slug)
    forms = [(voice.said, form) for voice, form in holding.sizes if form.states]
    for picture, (said, form) in zip(page.pictures, forms, strict=True):
        assert isinstance(said, Sizes)
        texts = [text.text or "" for text in picture.iter(f"{SVG}text")]
        marks = {mark: texts.count(mark) for mark in (STATED, OPEN, NOT_OFFERED)}
        told = list(form.named.values())
        assert marks[STATED] == told.count("x")
        assert marks[OPEN] == told.count("*") + told.count("?")
        assert marks[NOT_OFFERED] >= told.count(".")
        printed = {"/".join(s.diameter_texts) for s in form.named} | {s.length_text for s in form.named}
        printed |= {*(said.diameters_mm or ()), *(said.lengths_mm or ())}
        # A note is wrapped, and a number may begin a line of it.
        printed |= set(re.findall(r"[\d./]+", said.note or ""))
        assert {text for text in texts if re.fullmatch(r"[\d./]+", text)} <= printed


def test_the_picture_of_a_range_has_no_cells() -> None:
    [picture] = page_of("bundled", "invamed-extender").pictures
    texts = [text.text or "" for text in picture.iter(f"{SVG}text")]
    assert not {STATED, OPEN, NOT_OFFERED} & set(texts)
    assert [text for text in texts if re.fullmatch(r"[\d.]+", text)] == ["10", "15", "17", "20", "26", "30"]
    assert "2.0–5.0 mm" in texts
    assert len(list(picture.iter(f"{SVG}rect"))) == 1


def field(**said: object) -> Field:
    """The field of one statement of sizes."""
    sizes = Sizes.model_validate({"source": "s", "locator": "l", **said})
    return field_of(sizes, read_form(sizes))


def test_pairs_that_are_not_the_whole_list_leave_the_other_places_empty() -> None:
    pairs = ["3.0 x 15", "2.50 x 8"]
    part = field(pairs_mm=pairs, whole=False)
    assert (part.rows, part.columns) == (("2.50", "3.0"), ("8", "15"))
    assert part.marks == {(0, 0): STATED, (0, 1): "", (1, 0): "", (1, 1): STATED}
    assert next(part.words()) == "Diameter 2.50 mm: 8 stated; 15 nothing said."
    drawn = ET.fromstring(draw(Picture("p", "", part, (), (), "")))  # noqa: S314 - our own SVG
    assert words_in(drawn).count(STATED) == 3
    assert "empty nothing is said of this size" in words_in(drawn)
    whole = field(pairs_mm=pairs, whole=True)
    assert whole.marks == {(0, 0): STATED, (0, 1): NOT_OFFERED, (1, 0): NOT_OFFERED, (1, 1): STATED}
    assert whole.legend[NOT_OFFERED] == "not in the list, which the source gives as whole"


@pytest.mark.parametrize(
    ("said", "rows", "columns"),
    [
        ({"singles_mm": ["1.25", "1.5"], "whole": True}, ("1.25", "1.5"), ("no length",)),
        ({"single_range": "1.25–2.5 mm"}, "1.25–2.5 mm", "no length"),
        ({"diameter_range": "2–4 mm"}, "2–4 mm", "not given"),
        ({"diameter_range": "2–4 mm", "length_range": "8–38 mm"}, "2–4 mm", "8–38 mm"),
        ({"diameters_mm": ["2.0"], "whole": True}, ("2.0",), "not given"),
        ({"diameters_mm": ["2.0"], "length_range": "8–38 mm", "whole": True}, ("2.0",), "8–38 mm"),
        ({"lengths_mm": ["8", "12"], "whole": True}, "not given", ("8", "12")),
        ({"diameters_mm": ["2.5–3.0"], "lengths_mm": ["17"], "whole": True}, ("2.5–3.0",), ("17",)),
        ({"diameters_mm": ["3.50/3.00"], "lengths_mm": ["17"], "whole": True}, ("3.50/3.00",), ("17",)),
        (
            {"proximal_diameters_mm": ["3.5", "3"], "distal_diameter_range": "2–3 mm", "whole": False},
            "proximal 3.5, 3 mm; distal 2–3 mm",
            "not given",
        ),
        (
            {"proximal_diameters_mm": ["3.5"], "distal_diameters_mm": ["3", "4"], "lengths_mm": ["9"], "whole": False},
            ("3.5/3",),
            ("9",),
        ),
        ({"proximal_diameters_mm": ["3.5"], "whole": False}, "proximal 3.5 mm", "not given"),
    ],
)
def test_every_form_has_its_axes(said: dict[str, object], rows: object, columns: object) -> None:
    made = field(**said)
    shown = [axis.label if isinstance(axis, Band) else axis for axis in (made.rows, made.columns)]
    assert shown == [rows, columns]
    banded = any(isinstance(axis, Band) for axis in (made.rows, made.columns))
    assert (made.marks == {}) is banded
    svg = draw(Picture("p", "A device", made, ("a line",), ("a caveat",), "a source"))
    root = ET.fromstring(svg)  # noqa: S314 - our own SVG
    assert len(list(root.iter(f"{SVG}rect"))) == int(banded)
    assert words_in(root).endswith("Know before relying on it ! a caveat a source")


def test_text_of_any_script_and_length_fits_a_picture() -> None:
    grid = field(pairs_mm=[f"2.5 x {length}" for length in range(10, 60)], whole=True)
    long = "薬剤溶出ステント" * 20
    svg = draw(Picture("p", f"\x00{long}", grid, ("x" * 500,), ("a & b < c",), ""))
    root = ET.fromstring(svg)  # noqa: S314 - our own SVG
    wide = float(root.get("width", "0"))
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert wide > 1000
    assert max(len(text.text or "") for text in root.iter(f"{SVG}text")) < wide / 6
    assert "\N{REPLACEMENT CHARACTER}薬" in "".join(text.text or "" for text in root.iter(f"{SVG}text"))
    assert "a & b < c" in words_in(root)


def test_a_picture_says_what_its_statement_rests_on_and_for_whom() -> None:
    catalog = catalog_of("bundled")
    [listed, ranged] = Page(device_page(catalog, "sapphire-nc24", "TR")).pictures
    assert "rests on a distributor, not on a label" in words_in(listed)
    assert "The source does not say for which region it states this size." in words_in(listed)
    assert "are for US only and say nothing of TR" in words_in(ranged)
    assert "vessel group" in words_in(page_of("bundled", "stentys").pictures[0])
    assert "Evidence only: whether these sizes exist is not known from it." in words_in(
        page_of("bundled", "stentys").pictures[1]
    )
    assert "Sources warn of more (5)" in words_in(page_of("bundled", "invamed-extender").pictures[0])


# ── The folder ───────────────────────────────────────────────────────────────────────────


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_catalogue_gives_the_same_bytes_and_replaces_an_earlier_export(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "deep" / "two"
    names = export_html(catalog_of("toy"), one)
    (one / "acme-heron.html").unlink()
    assert export_html(catalog_of("toy"), one) == names
    two.mkdir(parents=True)
    export_html(catalog_of("toy"), two)
    assert files_of(one) == files_of(two)
    assert (
        set(files_of(one))
        == set(names)
        == {"index.html", MARKER, *(f"{slug}.html" for slug in catalog_of("toy").devices)}
    )
    told = json.loads((one / MARKER).read_text(encoding="utf-8"))
    assert told["catalog_digest"] == catalog_of("toy").digest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "one"]
    export_html(catalog_of("bundled"), one)
    assert "acme-heron.html" not in files_of(one)


def test_a_folder_that_holds_anything_else_is_left_alone(tmp_path: Path, evil: Catalog) -> None:
    for name, held in (
        ("notes.txt", "mine"),
        (MARKER, "{}"),
        (MARKER, "no json"),
        (MARKER, '{"format": "csv", "files": []}'),
    ):
        folder = tmp_path / f"{len(held)}"
        folder.mkdir()
        (folder / name).write_text(held, encoding="utf-8")
        with pytest.raises(ExportError, match=rf"holds {re.escape(name)}, which no earlier export wrote"):
            export_html(evil, folder)
        assert files_of(folder) == {name: held.encode()}
    mixed = tmp_path / "mixed"
    export_html(evil, mixed)
    for letter in "abcd":
        (mixed / f"{letter}.txt").touch()
    before = files_of(mixed)
    with pytest.raises(ExportError, match=r"holds a\.txt, b\.txt, c\.txt, …, which"):
        export_html(evil, mixed)
    assert files_of(mixed) == before
    with pytest.raises(ExportError, match=r"notes\.txt: not a folder"):
        export_html(evil, tmp_path / "4" / "notes.txt")


@pytest.mark.parametrize("earlier", [False, True])
@pytest.mark.parametrize("broken", ["write_text", "rename", "mkdir"])
def test_a_failure_leaves_the_folder_as_it_was(
    tmp_path: Path, evil: Catalog, monkeypatch: pytest.MonkeyPatch, broken: str, *, earlier: bool
) -> None:
    folder = tmp_path / "pages"
    if earlier:
        export_html(catalog_of("toy"), folder)
    before = files_of(folder) if earlier else None
    real = getattr(Path, broken)

    def fails(self: Path, *args: object, **named: object) -> object:
        if (".new" in self.name and broken != "write_text") or self.name == "index.html":
            raise OSError(28, "No space left on device")
        return real(self, *args, **named)

    monkeypatch.setattr(Path, broken, fails)
    with pytest.raises(ExportError, match="cannot be written \\(No space left on device\\)"):
        export_html(evil, folder)
    monkeypatch.undo()
    assert (files_of(folder) if folder.exists() else None) == before
    assert [path.name for path in tmp_path.iterdir()] == (["pages"] if earlier else [])


def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path, evil: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied", self)

    monkeypatch.setattr(Path, "iterdir", fails)
    with pytest.raises(ExportError, match="cannot be read \\(Permission denied\\)"):
        export_html(evil, tmp_path)


def test_a_wrong_region_or_a_device_named_like_the_index_writes_nothing(tmp_path: Path, evil: Catalog) -> None:
    with pytest.raises(QueryError, match="'UK' is no region code"):
        export_html(evil, tmp_path / "pages", "UK")
    with pytest.raises(QueryError, match="'UK' is no region code"):
        device_page(evil, "evil", "UK")
    index = _catalog_of(evil, evil.devices["evil"].model_copy(update={"slug": "index"}))
    with pytest.raises(ExportError, match=r"'index' would have the page index\.html, which is the index"):
        export_html(index, tmp_path / "pages")
    assert list(tmp_path.iterdir()) == []


def test_without_jinja_one_sentence_says_what_to_install(
    tmp_path: Path, evil: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(DevicecatError, match=r'need jinja2, .*; install it with: pip install "devicecat\[html\]"$'):
        export_html(evil, tmp_path / "pages")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_the_pages_or_says_why_not(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "devicecat", "export", *arguments]
        env = {key: value for key, value in os.environ.items() if key != "DEVICECAT_CATALOG"}
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, encoding="utf-8", check=False)

    done = run("--format", "html", "pages", "--region", "TR", "--catalog", str(TOY))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "Türkiye (TR)" in (tmp_path / "pages" / "index.html").read_text(encoding="utf-8")
    (tmp_path / "notes.txt").touch()
    done = run("--format", "html", ".", "--catalog", str(TOY))
    assert done.returncode == 2
    assert done.stderr.startswith("devicecat: ")
    assert len(done.stderr.splitlines()) == 1
    assert run("--format", "pdf", "pages").returncode == 2


def test_jinja_is_loaded_only_when_a_page_is_made() -> None:
    program = "import sys, devicecat.web.export; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "False\n"
