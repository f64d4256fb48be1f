"""The page in a real browser: with a mouse, with keys only, on a phone, on paper, without JavaScript.

Without a browser these tests are skipped, and the reason is said. ``DEVICECAT_REQUIRED`` makes that a failure:
a run that is to show something must not skip it.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from chromium import PHONE, README, WIDE, missing, started
from devicecat import Vessel, find_sizes
from devicecat.loader import BUNDLED
from devicecat.reasons import MISSING
from serving import Service, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

SMALL = "?reference_diameter=2.75+mm&lesion_length=18+mm&region=TR"
PAGES = (
    "/",
    f"/{SMALL}",
    f"/{SMALL}&excluded=true",
    f"/compare{SMALL}&rule=within-10-percent&rule=oct-lumen-plus-quarter&rule=dcb-100-percent&rule=stent-90-to-100-percent",
    f"/unknown{SMALL}",
    "/devices?region=TR",
    "/devices/scoreflex?region=TR",
    "/?reference_diameter=2,75",
)


def at(size: tuple[int, int]) -> dict[str, object]:
    """A window of some size; a small one is a phone."""
    phone = size == PHONE
    return {"viewport": {"width": size[0], "height": size[1]}, "is_mobile": phone, "has_touch": phone}


whole = pytest.mark.whole
both = pytest.mark.parametrize("visit", [at(WIDE), at(PHONE)], indirect=True, ids=["1280x800", "390x844"])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    lacks = missing()
    if lacks and os.environ.get("DEVICECAT_REQUIRED"):
        pytest.fail(f"the browser tests were required and this machine lacks {lacks}")
    if lacks:
        pytest.skip(f"this machine lacks {lacks}")
    with started() as window:
        yield window


@pytest.fixture(scope="session")
def service(browser: Browser) -> Iterator[Service]:  # noqa: ARG001 - without a browser none is needed
    with running() as service:
        yield service


@pytest.fixture(scope="session")
def small(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:  # noqa: ARG001 - as above
    """A service of five devices, which between them have everything a page has a place for."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "devices").mkdir()
    for slug in ("invamed-extender", "invamed-atlas", "scoreflex", "stentys", "emerge"):
        shutil.copy(BUNDLED / "devices" / f"{slug}.toml", folder / "devices")
    with running("--catalog", str(folder)) as service:
        yield service


class Visit:
    """A window of the browser, and all that went on in it.

    Attributes:
        page: The page.
        complaints: What the console said, and what failed.
        asked: The addresses that were asked for.
    """

    def __init__(self, context: BrowserContext, service: Service) -> None:
        self.page: Page = context.new_page()
        self.url = service.url
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def go(self, path: str) -> Page:
        """Go to a page of the service."""
        self.page.goto(self.url + path)
        return self.page


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A window, 1280 × 800 unless the test says otherwise; nothing in it may complain or ask another host."""
    options: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}} | getattr(request, "param", {})
    service: Service = request.getfixturevalue("service" if request.node.get_closest_marker("whole") else "small")
    context = browser.new_context(**options)
    context.set_default_timeout(15_000)
    visit = Visit(context, service)
    try:
        yield visit
        assert [url for url in visit.asked if not url.startswith((f"{service.url}/", "data:", "blob:"))] == []
        # A refused question is answered with its status, and chromium tells of every status from 400 on.
        assert [said for said in visit.complaints if "status of 400" not in said] == []
    finally:
        context.close()


class TestTheQuestion:
    @whole
    def test_it_is_typed_asked_and_answered_in_three_bins(self, visit: Visit) -> None:
        page = visit.go("/")
        page.get_by_role("textbox", name="Reference diameter").fill("2.75 mm")
        page.get_by_label("lumen", exact=True).check()
        page.get_by_role("textbox", name="Lesion length").fill("18 mm")
        page.get_by_label("Region", exact=True).select_option("TR")
        page.get_by_role("button", name="Compare").click()
        assert set(page.url.partition("?")[2].split("&")) == {*README.removeprefix("/?").split("&"), "boundary=lumen"}
        report = find_sizes(Vessel("2.75 mm", lesion_length="18 mm", boundary="lumen"), region="TR")
        for heading, key in (("Fits", "fits"), ("May fit: not known", "may_fit"), ("Excluded", "excluded")):
            assert page.get_by_role("heading", name=f"{heading} ({report.counts[key]})", exact=True).is_visible()

    def test_the_link_carries_the_question(self, visit: Visit) -> None:
        page = visit.go(README)
        page.get_by_text("Another question").click()
        assert page.get_by_role("textbox", name="Reference diameter").input_value() == "2.75 mm"
        assert page.get_by_label("Region", exact=True).input_value() == "TR"

    @pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True)
    def test_it_works_without_javascript(self, visit: Visit) -> None:
        page = visit.go("/")
        page.get_by_role("textbox", name="Reference diameter").fill("3 mm")
        page.get_by_role("button", name="Compare").click()
        assert page.url == f"{visit.url}/?reference_diameter=3+mm"
        page.get_by_role(
            "heading", name="May fit: not known"
        ).first.wait_for()  # to be seen, while the page still comes
        assert page.get_by_role("button", name="Copy with its caveats").count() == 0

    def test_keys_alone_ask_it(self, visit: Visit) -> None:
        page = visit.go("/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name") == "reference_diameter":
                break
        page.keyboard.type("2.75 mm")
        for _ in range(3):
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == "boundary"
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_url("**reference_diameter=2.75+mm&boundary=lumen")
        page.get_by_role("heading", name="Answer", exact=True).wait_for()


class TestWhatIsRefused:
    def test_a_comma_is_offered_back_and_one_key_takes_it(self, visit: Visit) -> None:
        page = visit.go("/")
        page.get_by_role("textbox", name="Reference diameter").fill("3,5")
        page.get_by_role("textbox", name="Reference diameter").press("Enter")
        offer = page.get_by_role("link", name="Read as “3.5 mm”?")
        offer.wait_for()
        page.get_by_role("alert").get_by_text("has a decimal comma").wait_for()
        assert page.get_by_role("heading", name="Answer", exact=True).count() == 0  # never taken unseen
        page.keyboard.press("Enter")
        page.wait_for_url("**/?reference_diameter=3.5+mm")
        page.get_by_text("reference diameter 3.5 mm").first.wait_for()

    def test_what_cannot_be_read_is_said_beside_its_field(self, visit: Visit) -> None:
        page = visit.go("/?reference_diameter=6+Fr&region=TR")
        page.get_by_role("alert").get_by_text("looks like a guide or a wire").wait_for()
        field = page.get_by_role("textbox", name="Reference diameter")
        assert (field.get_attribute("aria-invalid"), field.input_value()) == ("true", "6 Fr")

    def test_a_script_in_a_field_stays_text(self, visit: Visit) -> None:
        page = visit.go("/")
        page.get_by_role("textbox", name="Reference diameter").fill("<img src=x onerror=alert(1)>")
        page.get_by_role("button", name="Compare").click()
        page.get_by_role("alert").wait_for()
        assert page.locator("img").count() == 0


class TestTheAnswer:
    @whole
    def test_what_is_not_known_is_shown_as_not_known(self, visit: Visit) -> None:
        page = visit.go(README)
        for section, slug, words in (
            ("only-ranges-stated", "invamed-extender", "the diameter steps and the pairs are not stated."),
            ("no-size-stated", "invamed-atlas", "No source states its sizes."),
        ):
            assert page.get_by_role("heading", name=MISSING[section]).first.is_visible()
            card = page.locator(f"#may-{section}-{slug}")
            assert card.is_visible()
            assert words in card.inner_text()
            assert card.get_by_role("img", name="not known").first.inner_text() == "?"
            assert card.get_by_role("img", name="meets the rule").count() == 0
            assert " × " not in card.inner_text()

    def test_reasons_come_on_demand_and_lead_to_their_statements(self, visit: Visit) -> None:
        page = visit.go(README)
        card = page.locator("#fits .card, section .card").first
        card.get_by_text("Reasons").first.click()
        link = card.locator(".why a").first
        assert link.is_visible()
        link.click()
        place = page.url.partition("#")[2]
        assert page.locator(f"[id='{place}']").is_visible()

    @both
    def test_the_three_sentences_are_in_view_and_nothing_covers_them(self, visit: Visit) -> None:
        for path in PAGES:
            page = visit.go(path)
            height = page.evaluate("document.documentElement.scrollHeight")
            for place in (0, height // 3, height):
                page.evaluate("y => window.scrollTo(0, y)", place)
                seen = page.evaluate(_SEEN)
                assert len(seen) == 3, path
                assert all(line["visible"] for line in seen), (path, place, seen)
                assert "instructions for use" in seen[2]["text"]

    @both
    def test_they_leave_most_of_the_window_to_the_answer_and_cover_no_focus(self, visit: Visit) -> None:
        page = visit.go(README)
        assert page.evaluate("document.querySelector('.bar').offsetHeight / innerHeight") < 0.2
        for _ in range(25):
            page.keyboard.press("Tab")
        covered = page.evaluate(
            "(() => { const f = document.activeElement.getBoundingClientRect(), b = document.querySelector('.bar').getBoundingClientRect();"
            " return f.bottom > b.top + 1 && f.top < b.bottom; })()"
        )
        assert covered is False

    def test_they_stand_on_every_page_of_the_print(self, visit: Visit) -> None:
        from pypdf import PdfReader

        page = visit.go(f"/{SMALL}")
        sentences = [line["text"] for line in page.evaluate(_SEEN)]
        pages = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages
        assert len(pages) > 2
        for number, printed in enumerate(pages, start=1):
            words = "".join(printed.extract_text().split())
            for sentence in sentences:
                assert "".join(sentence.split()) in words, number

    @both
    @pytest.mark.parametrize("path", PAGES)
    def test_nothing_runs_out_of_the_window(self, visit: Visit, path: str) -> None:
        page = visit.go(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


_SEEN = """[...document.querySelectorAll('.bar li')].map(item => {
  const range = document.createRange();
  range.selectNodeContents(item);
  const boxes = [...range.getClientRects()];
  const visible = boxes.length > 0 && boxes.every(box => [0.02, 0.5, 0.98].every(part => {
    const x = box.left + box.width * part, y = box.top + box.height / 2;
    return x >= 0 && x <= innerWidth && y >= 0 && y <= innerHeight && item.contains(document.elementFromPoint(x, y));
  }));
  return {text: item.textContent, visible};
})"""


class TestCopies:
    @pytest.mark.parametrize("visit", [{"permissions": ["clipboard-read", "clipboard-write"]}], indirect=True)
    def test_a_marked_row_takes_its_caveats_and_the_link_along(self, visit: Visit) -> None:
        page = visit.go(README)
        row = page.locator("#may-only-ranges-stated-invamed-extender .sizes li").first
        row.scroll_into_view_if_needed()
        page.evaluate("node => document.getSelection().selectAllChildren(node)", row.element_handle())
        page.keyboard.press("Control+C")
        self.assert_whole(page.evaluate("navigator.clipboard.readText()"), visit)
        html = page.evaluate(
            "navigator.clipboard.read().then(([held]) => held.getType('text/html')).then(blob => blob.text())"
        )
        assert "instructions for use" in html

    @pytest.mark.parametrize("visit", [{"permissions": ["clipboard-read", "clipboard-write"]}], indirect=True)
    def test_a_button_copies_a_device_with_its_caveats(self, visit: Visit) -> None:
        page = visit.go(README)
        card = page.locator("#may-only-ranges-stated-invamed-extender")
        card.get_by_role("button", name="Copy with its caveats").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        self.assert_whole(copied, visit)
        for sentence in card.locator(".own li").all_inner_texts():
            assert sentence in copied
        assert page.get_by_role("status").inner_text() == "Copied with its caveats and the link."

    @pytest.mark.parametrize("visit", [{"permissions": ["clipboard-read", "clipboard-write"]}], indirect=True)
    @pytest.mark.parametrize(
        ("path", "place"),
        [
            ("/devices/scoreflex?region=TR", ".statements td"),
            ("/devices?region=TR", ".devices td"),
            ("/unknown" + README[1:], "#content li"),
            ("/compare" + README[1:] + "&rule=oct-lumen-plus-quarter&rule=within-10-percent", "table.grid td"),
        ],
    )
    def test_what_is_marked_on_other_pages_takes_them_along_too(self, visit: Visit, path: str, place: str) -> None:
        page = visit.go(path)
        page.evaluate(
            "node => document.getSelection().selectAllChildren(node)", page.locator(place).first.element_handle()
        )
        page.keyboard.press("Control+C")
        self.assert_whole(page.evaluate("navigator.clipboard.readText()"), visit, path)

    @staticmethod
    def assert_whole(copied: str, visit: Visit, path: str = README) -> None:
        for words in (
            "Availability in Türkiye",
            "Regulatory status in Türkiye",
            "instructions for use",
            visit.url + path,
        ):
            assert words in copied

    def test_the_files_take_them_along_too(self, visit: Visit) -> None:
        page = visit.go(README)
        with page.expect_download() as taken:
            page.get_by_role("link", name="JSON", exact=True).click()
        told = json.loads(taken.value.path().read_text(encoding="utf-8"))
        assert told["link"] == visit.url + README
        assert told["report"]["query"]["region"] == "TR"
        with page.expect_download() as taken:
            page.get_by_role("link", name="Save the picture").first.click()
        drawn = taken.value.path().read_text(encoding="utf-8")
        assert drawn.startswith("<svg")
        assert "instructions for use" in drawn


class TestForEverybody:
    def test_axe_finds_nothing(self, visit: Visit) -> None:
        self.assert_nothing_found(visit, PAGES)

    @pytest.mark.parametrize("visit", [at(PHONE)], indirect=True)
    def test_axe_finds_nothing_on_a_phone(self, visit: Visit) -> None:
        self.assert_nothing_found(visit, PAGES[:2])

    @pytest.mark.parametrize("visit", [{"color_scheme": "dark"}], indirect=True)
    def test_axe_finds_nothing_in_the_dark(self, visit: Visit) -> None:
        self.assert_nothing_found(visit, PAGES[:2])

    @staticmethod
    def assert_nothing_found(visit: Visit, paths: tuple[str, ...]) -> None:
        from axe_playwright_python.sync_playwright import Axe

        for path in paths:
            page = visit.go(path)
            for held in page.locator("details").all()[:3]:
                held.evaluate("node => { node.open = true; }")
            found = Axe().run(page).response["violations"]
            assert [(path, held["id"], held["nodes"][0]["html"][:200]) for held in found] == []
