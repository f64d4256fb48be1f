"""The pages of the service, as what is sent: what stands on them, what never does, and what is refused."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asking import Answer, ask
from devicecat import INTENDED_PURPOSE, Catalog, FitReport, Vessel, compare_rules, load_catalog
from devicecat.caveats import ALWAYS, caveat
from devicecat.reasons import least
from devicecat.web import form_view
from devicecat.web.answer_view import AnswerView, asked_in_words
from devicecat.web.dossier import Dossier
from devicecat.web.form_view import address, form_of
from devicecat.web.keeper import Keeper
from devicecat.web.questions import OPTIONS, Option, read_query
from devicecat.web.service import create_app
from devicecat.web.site import CSP, link_of
from devicecat.web.unknown_view import of_catalogue

if TYPE_CHECKING:
    from devicecat.web.guard import Guard

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Host": "127.0.0.1:8000"}
README = "reference_diameter=2.75+mm&lesion_length=18+mm&region=TR"
ATTACK = "<script>alert(1)</script>"
SVG = "{http://www.w3.org/2000/svg}"
ADVICE = re.compile(
    r"\b(recommend|best|better|suitable|should use|prefer(?!red to another)|optimal|ideal|scores?\b)", re.IGNORECASE
)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def app(catalog: Catalog) -> Guard:
    return create_app(Keeper(catalog=catalog))


def look(app: Guard, path: str, query: str = "") -> Answer:
    """Ask as a browser does."""
    return ask(app, path, query, headers=BROWSER)


class Text(HTMLParser):
    """What a page says, and what it would load or send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside not in ("style", "script"):
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    def values(self, tag: str, attribute: str) -> list[str]:
        return [held[attribute] or "" for name, held in self.tags if name == tag and attribute in held]


@pytest.fixture(scope="module")
def answer(app: Guard) -> Answer:
    return look(app, "/", README)


class TestTheAnswer:
    def test_it_has_three_bins_and_the_middle_one_says_not_known(self, answer: Answer, catalog: Catalog) -> None:
        counts = catalog.find_sizes(Vessel("2.75 mm", lesion_length="18 mm"), region="TR").counts
        words = Text(answer.text).words
        for heading, count in (("Fits", "fits"), ("May fit: not known", "may_fit"), ("Excluded", "excluded")):
            assert f"{heading} ({counts[count]})" in words

    def test_every_device_of_the_two_upper_bins_is_there(self, answer: Answer, catalog: Catalog) -> None:
        report = catalog.find_sizes(Vessel("2.75 mm", lesion_length="18 mm"), region="TR")
        linked = set(Text(answer.text).values("a", "href"))
        for group, _ in report.candidates:
            assert f"/devices/{group.device}?region=TR" in linked

    def test_every_caveat_of_every_row_is_there(self, answer: Answer, catalog: Catalog) -> None:
        report = catalog.find_sizes(Vessel("2.75 mm", lesion_length="18 mm"), region="TR")
        words = Text(answer.text).words
        sentences = {" ".join(caveat.sentence.split()) for _, row in report.candidates for caveat in row.caveats}
        assert [sentence for sentence in sentences if sentence not in words] == []

    def test_extender_and_atlas_may_fit_and_no_size_is_made_up(self, answer: Answer) -> None:
        for card, says in (
            (
                "may-only-ranges-stated-invamed-extender",
                "Ranges, lists or single sizes are given; the diameter steps and the pairs are not stated.",
            ),
            ("may-no-size-stated-invamed-atlas", "No source states its sizes."),
        ):
            [article] = re.findall(rf'<article class="card" id="{card}".*?</article>', answer.text, re.DOTALL)
            told = Text(article)
            assert says in told.words
            assert "×" not in told.words
            assert not re.search(r"<svg", article)

    def test_each_picture_holds_its_caveats_the_question_and_the_link(self, answer: Answer) -> None:
        pictures = re.findall(r"<svg.*?</svg>", answer.text, re.DOTALL)
        assert len(pictures) > 5
        for picture in pictures:
            said = " ".join(ET.fromstring(picture).itertext())  # noqa: S314 - drawn here
            for words in ("Availability in Türkiye", "Regulatory status in Türkiye", "instructions for use"):
                assert words in said
            assert f"http://127.0.0.1:8000/?{README}" in said
            assert "Asked: reference diameter 2.75 mm; lesion 18 mm" in said

    def test_marks_are_shapes_and_never_colours(self, answer: Answer) -> None:
        assert not re.search(r"\b(green|amber|orange|yellow|red)\b|#[0-9a-f]*(f00|0f0)\b", answer.text)
        labels = set(Text(answer.text).values("span", "aria-label"))
        assert labels == {"meets the rule", "not known"}

    def test_it_gives_no_advice(self, app: Guard) -> None:
        pages = (("/", ""), ("/", README), ("/compare", README + "&rule=within-10-percent"), ("/unknown", README))
        for path, query in pages:
            # What sources say is theirs: only our own words are looked at.
            page = re.sub(r'<ul class="own".*?</ul>', "", look(app, path, query).text, flags=re.DOTALL)
            assert ADVICE.findall(Text(page).words) == []

    def test_its_first_paint_is_small(self, app: Guard) -> None:
        sent = ask(app, "/", README, headers=BROWSER | {"Accept-Encoding": "gzip"})
        script = ask(app, "/page.js", headers={"Accept-Encoding": "gzip"})
        assert len(sent.body) + len(script.body) < 100_000
        assert gzip.decompress(sent.body).startswith(b"<!doctype html>")

    def test_nothing_is_loaded_from_elsewhere_and_nothing_runs_but_our_script(self, answer: Answer) -> None:
        told = Text(answer.text)
        assert told.values("script", "src") == ["/page.js"]
        assert not told.values("img", "src")
        assert answer.headers["content-security-policy"] == CSP
        assert not [name for _, held in told.tags for name in held if name.startswith("on")]
        loads = [href for tag, held in told.tags if tag == "link" for href in [held.get("href")]]
        assert loads == ["data:,"]

    def test_reasons_lead_to_the_statements_on_the_pages_of_the_devices(self, app: Guard, answer: Answer) -> None:
        linked = [
            href for href in Text(answer.text).values("a", "href") if re.match(r"/devices/[a-z0-9-]+\?region=TR#", href)
        ]
        pages: dict[str, set[str]] = {}
        for href in dict.fromkeys(linked[:40]):
            path, place = href.split("?region=TR#")
            if path not in pages:
                pages[path] = {str(held.get("id")) for _, held in Text(look(app, path, "region=TR").text).tags}
            assert place in pages[path]

    def test_what_is_excluded_is_listed_in_full_when_asked_for(self, app: Guard, answer: Answer) -> None:
        full = look(app, "/", README + "&excluded=true")
        assert "List them in full" in answer.text
        assert "List them in full" not in full.text
        assert 'id="excluded-sapphire-3"' in full.text

    def test_an_empty_bin_says_so(self, app: Guard) -> None:
        words = Text(look(app, "/", "reference_diameter=2.75mm&bed=carotid").text).words
        assert "No row is YES: no source held states a size that meets all that is asked." in words
        full = look(app, "/", "reference_diameter=2.75mm&bed=carotid&excluded=true")
        assert 'id="excluded-combo"' in full.text

    def test_a_missing_boundary_is_asked_for_and_a_given_one_is_not(self, app: Guard, answer: Answer) -> None:
        assert "Is it the diameter of the" in answer.text
        assert "Is it the diameter of the" not in look(app, "/", README + "&boundary=lumen").text

    def test_without_a_region_and_with_everything_else(self, app: Guard) -> None:
        query = "proximal=3.8mm&distal=2.9mm&lesion_length=28mm&boundary=eel&modality=oct&kind=stent&basis=label"
        words = Text(look(app, "/", query).text).words
        assert "diameter of the external elastic lamina; measured by oct; kind stent; no region asked for" in words
        assert "only statements of a label decide" in words


class TestTheForm:
    def test_it_has_a_field_for_every_option(self, app: Guard) -> None:
        told = Text(look(app, "/").text)
        names = {*told.values("input", "name"), *told.values("select", "name")}
        assert names == {option.name for option in OPTIONS} - {"format"}

    def test_an_option_that_is_new_has_its_field(self, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
        new = (
            Option("depth", "question", "Depth of something.", "6 mm", what="depth"),
            Option("colour", "question", "Colour of it.", "red", lambda _: ("red", "dark-red"), "colour"),
        )
        monkeypatch.setattr(form_view, "OPTIONS", (*OPTIONS, *new))
        form = form_of(catalog, {"colour": ["red"]})
        assert [field.option for field in form["others"][-2:]] == list(new)
        assert [field.label for field in form["others"][-2:]] == ["Depth", "Colour"]
        assert form["choices"]["colour"] == [("red", "red"), ("dark-red", "dark red")]
        assert (form["more_open"], form["vessel_open"]) == (True, False)

    def test_fields_under_more_have_a_label_a_help_and_no_name_of_a_parameter(self, app: Guard) -> None:
        page = look(app, "/").text
        for name, label in (
            ("eel", "EEL"),
            ("eel_proximal", "EEL proximal"),
            ("eel_distal", "EEL distal"),
            ("site", "Which reference it is"),
            ("companion", "Companion device"),
            ("use", "Use on the label"),
            ("guide", "Guide catheter"),
        ):
            assert f'<label for="f-{name}">{label}</label>' in page
            [help_id] = re.findall(rf'id="f-{name}"[^>]* aria-describedby="([^"]*)"', page)
            assert f'id="{help_id}">' in page
        assert not re.search(r"eel_|lesion_length|reference_diameter", Text(page).words)
        assert page.count("<details>") == 2
        query = "reference_diameter=3+mm&eel=2,5+mm"
        refused = look(app, "/", query).text
        assert "EEL: " in Text(refused).words or "Eel: " in Text(refused).words
        assert 'aria-describedby="h-eel refused" aria-invalid="true"' in refused
        assert refused.count("<details open>") == 1

    def test_no_answer_on_the_boundary_is_chosen_beforehand(self, app: Guard, answer: Answer) -> None:
        for page in (look(app, "/").text, answer.text):
            radios = [held for tag, held in Text(page).tags if tag == "input" and held.get("name") == "boundary"]
            assert [held["value"] for held in radios] == ["lumen", "eel", ""]
            assert not [held for held in radios if "checked" in held]

    def test_what_was_asked_stands_in_it_again(self, app: Guard) -> None:
        query = "reference_diameter=3mm&boundary=eel&region=US&kind=stent&basis=label&basis=maker&require_status=true"
        told = Text(look(app, "/", query).text)
        chosen = [held["value"] for _, held in told.tags if "checked" in held or "selected" in held]
        assert chosen == ["eel", "US", "stent", "true", "label", "maker"]
        assert "3mm" in told.values("input", "value")

    def test_empty_fields_do_not_go_into_the_link(self, app: Guard) -> None:
        answer = look(app, "/", "reference_diameter=3+mm&proximal=&distal=+&boundary=&region=TR")
        assert (answer.status, answer.headers["location"]) == (303, "/?reference_diameter=3+mm&region=TR")
        assert look(app, "/", "region=&kind=").headers["location"] == "/"
        assert look(app, "/compare", "region=").headers["location"] == "/compare"

    def test_another_form_of_the_answer_is_where_programs_ask(self, app: Guard) -> None:
        answer = look(app, "/", README + "&format=csv")
        assert answer.headers["location"] == f"/v1/sizes?{README}&format=csv"
        assert ask(app, "/v1/sizes", answer.headers["location"].partition("?")[2]).status == 200


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("query", "words", "offers"),
        [
            ("reference_diameter=2,75+mm&region=TR", "has a decimal comma", ["/?reference_diameter=2.75+mm&region=TR"]),
            ("reference_diameter=2,75", "has a decimal comma", ["/?reference_diameter=2.75+mm"]),
            (
                "reference_diameter=3&lesion_length=18+mm",
                "has no unit",
                ["/?reference_diameter=3+mm&lesion_length=18+mm"],
            ),
            ("reference_diameter=wide", "cannot be read", []),
            ("reference_diameter=3mm&region=Turkey", "did you mean", []),
            ("reference_diamter=3mm", "did you mean", []),
            ("region=TR", "No diameter is given", []),
        ],
    )
    def test_a_person_gets_the_page_with_the_sentence_and_how_it_may_be_meant(
        self, app: Guard, query: str, words: str, offers: list[str]
    ) -> None:
        answer = look(app, "/", query)
        assert answer.status == 400
        assert answer.headers["content-type"].startswith("text/html")
        told = Text(answer.text)
        assert words in told.words
        assert [held["href"] for _, held in told.tags if held.get("class") == "button"] == offers
        for offer in offers:
            assert look(app, "/", offer.removeprefix("/?")).status == 200

    @pytest.mark.parametrize("path", ["/", "/compare", "/unknown", "/sizes.csv", "/nix"])
    def test_a_program_gets_a_problem(self, app: Guard, path: str) -> None:
        assert ask(app, path, "reference_diameter=2,75").problem["status"] in (400, 404)

    def test_nobody_gets_a_page_below_v1(self, app: Guard) -> None:
        assert look(app, "/v1/sizes").problem["status"] == 400
        assert look(app, "/v1/nix").problem["status"] == 404

    def test_a_page_that_is_not_there_is_said_on_a_page(self, app: Guard) -> None:
        for path, status in (("/nix", 404), ("/devices/nix", 404), ("/devices/combo/x", 404)):
            answer = look(app, path)
            assert answer.status == status
            assert answer.headers["content-type"].startswith("text/html")
            assert answer.headers["content-security-policy"] == CSP
        assert ask(app, "/", method="PUT", headers=BROWSER).headers["allow"] == "GET, HEAD"

    @pytest.mark.parametrize(
        "path", ["/", "/compare", "/compare.json", "/unknown", "/devices", "/devices/combo", "/sizes.csv"]
    )
    @pytest.mark.parametrize("name", [option.name for option in OPTIONS] + [ATTACK])
    def test_nothing_that_is_sent_runs(self, app: Guard, path: str, name: str) -> None:
        query = f"{name}={ATTACK}%22%27%3E{ATTACK}"
        for answer in (look(app, path, query), look(app, path + ATTACK, query)):
            assert 300 < answer.status < 500 or ATTACK not in answer.text
            assert ATTACK not in answer.text.replace(json.dumps(ATTACK), "") or "json" in answer.headers["content-type"]

    def test_a_host_that_is_none_is_not_repeated(self, app: Guard) -> None:
        answer = ask(app, "/", README, headers=BROWSER | {"Host": f'"{ATTACK}'})
        assert ATTACK not in answer.text
        assert f'data-link="/?{README}"'.replace("&", "&amp;") in answer.text

    @given(host=st.text(max_size=30))
    def test_a_link_begins_with_a_host_or_with_its_path(self, host: str) -> None:
        class Request:
            headers = {"host": host}  # noqa: RUF012 - one for each
            scope = {"scheme": "http"}  # noqa: RUF012 - the same

        link = link_of(Request(), "/", {"region": ["TR"]})  # type: ignore[arg-type]  # enough of one
        assert re.fullmatch(r"(http://[A-Za-z0-9.:\[\]-]+)?/\?region=TR", link)


class TestCopies:
    def test_csv_has_the_caveats_and_the_link_in_every_row(self, app: Guard) -> None:
        answer = look(app, "/sizes.csv", README)
        assert answer.headers["content-disposition"] == 'attachment; filename="devicecat-sizes.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        assert len(rows) > 100
        for row in rows:
            assert row["link"] == f"http://127.0.0.1:8000/?{README}"
            assert set(ALWAYS) <= set(row["caveats"].split("; "))

    def test_json_has_the_report_and_the_link(self, app: Guard, catalog: Catalog) -> None:
        told = look(app, "/sizes.json", README).json
        assert told["link"] == f"http://127.0.0.1:8000/?{README}"
        report = FitReport.from_json(json.dumps(told["report"]))
        assert report == catalog.find_sizes(Vessel("2.75 mm", lesion_length="18 mm"), region="TR")

    def test_every_picture_on_the_page_can_be_had_as_a_file(self, app: Guard, answer: Answer) -> None:
        linked = [href for href in Text(answer.text).values("a", "href") if href.startswith("/pictures/")]
        assert len(linked) == answer.text.count("<svg")
        for href in linked[:3]:
            path, _, query = href.partition("?")
            drawn = look(app, path, query)
            assert drawn.headers["content-type"] == "image/svg+xml"
            assert drawn.text in answer.text
            assert ET.fromstring(drawn.text).tag == f"{SVG}svg"  # noqa: S314 - drawn here

    def test_what_has_no_size_with_a_name_has_no_picture(self, app: Guard) -> None:
        for unit in ("_", "nix"):
            answer = ask(app, f"/pictures/invamed-atlas/{unit}.svg", README)
            assert answer.problem["type"] == "/v1/problems#not-found"
        assert ask(app, "/pictures/nix/_.svg", README).problem["type"] == "/v1/problems#unknown-device"


class TestOtherViews:
    def test_rules_stand_side_by_side_with_what_each_says(self, app: Guard, catalog: Catalog) -> None:
        rules = list(catalog.rules)[:3]
        query = README + "".join(f"&rule={rule}" for rule in rules)
        page = look(app, "/compare", query)
        words = Text(page.text).words
        for rule in rules:
            assert catalog.rules[rule].name in words
        assert "No rule is preferred to another." in words
        assert "Of these devices no source names a size that could be compared" in words
        assert "invamed-atlas" in page.text

    def test_each_mark_is_that_of_the_comparison(self, app: Guard, catalog: Catalog) -> None:
        rules = sorted(list(catalog.rules)[:2])
        page = look(app, "/compare", f"{README}&rule={rules[1]}&rule={rules[0]}").text
        compared = compare_rules(Vessel("2.75 mm", lesion_length="18 mm"), rules, catalog=catalog, region="TR")
        marks = {"YES": "●", "UNKNOWN": "?", "NO": "○"}
        shown = 0
        for row in compared.rows:
            found = re.findall(rf'id="compare-{row.device}-{row.model or "_"}".*?</article>', page, re.DOTALL)
            if not row.is_open_to_some or row.size.state == "open":
                continue
            [line] = re.findall(rf'<th scope="row">{re.escape(str(row.size))}</th>(.*?)</tr>', found[0])
            expected = [marks[under.verdict.value] for under in row.by_rule]
            assert re.findall(r'<span aria-hidden="true">(.)</span>', line) == [
                *expected,
                marks[least(row.others).value],
            ]
            shown += 1
        assert shown

    def test_each_device_of_a_comparison_has_its_reasons_and_caveats(self, app: Guard, catalog: Catalog) -> None:
        rules = ["oct-lumen-plus-quarter", "within-10-percent"]
        query = f"{README}&rule={rules[0]}&rule={rules[1]}"
        page = look(app, "/compare", query).text
        compared = compare_rules(Vessel("2.75 mm", lesion_length="18 mm"), rules, catalog=catalog, region="TR")
        bar = Text(re.findall(r"<section class=\"caveats\".*?</section>", page, re.DOTALL)[0]).words
        for row in (row for row in compared.rows if row.is_open_to_some):
            [found] = re.findall(rf'id="compare-{row.device}-{row.model or "_"}".*?</article>', page, re.DOTALL)
            words = Text(found).words
            assert all(caveat.sentence in words or caveat.sentence in bar for caveat in row.caveats)
            reasons = [*row.others, *(reason for under in row.by_rule for reason in under.reasons)]
            assert all(" ".join(reason.sentence.split()) in words for reason in reasons)

    def test_a_comparison_is_a_file_with_its_link(self, app: Guard, catalog: Catalog) -> None:
        query = f"{README}&rule=within-10-percent&rule=oct-lumen-plus-quarter"
        held = look(app, "/compare.json", query)
        rules = ["oct-lumen-plus-quarter", "within-10-percent"]
        compared = compare_rules(Vessel("2.75 mm", lesion_length="18 mm"), rules, catalog=catalog, region="TR")
        assert held.json["comparison"] == compared.to_dict()
        assert held.json["link"].startswith("http://127.0.0.1:8000/compare?reference_diameter=2.75+mm&")
        assert 'filename="devicecat-rules.json"' in held.headers["content-disposition"]

    def test_who_comes_from_an_answer_chooses_the_rules(self, app: Guard) -> None:
        page = look(app, "/compare", README)
        assert page.status == 200
        assert "Choose two rules or more below." in page.text
        assert "2.75 mm" in Text(page.text).values("input", "value")
        assert "Choose two rules" not in look(app, "/compare").text
        assert "Read as “2.75 mm”?" in look(app, "/compare", "reference_diameter=2,75+mm").text

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            (README + "&rule=within-10-percent", "Two rules or more are compared"),
            (README + "".join(f"&rule=r{n}" for n in range(9)), "9 rules are named"),
            (README + "&rule=nix", "is no rule"),
            ("rule=within-10-percent&rule=oct-lumen-plus-quarter", "No diameter is given"),
            (README + "&nix=1", "no parameter &#39;nix&#39;"),
            ("rule=within-10-percent&format=csv", "no parameter &#39;format&#39;"),
        ],
    )
    def test_what_cannot_be_compared_is_said(self, app: Guard, query: str, words: str) -> None:
        answer = look(app, "/compare", query)
        assert answer.status == 400
        assert words in answer.text
        assert look(app, "/compare").status == 200

    def test_what_is_not_known_is_told_of_the_catalogue_and_of_a_question(self, app: Guard) -> None:
        words = Text(look(app, "/unknown").text).words
        assert "No source states its sizes" in words or "no source states its sizes" in words
        assert "Of this question" not in words
        asked = Text(look(app, "/unknown", README).text).words
        assert "rows may fit: not known. What would settle them" in asked
        assert "A size table: instructions for use, registry records, or your stock file" in asked
        assert look(app, "/unknown", "reference_diameter=2,75").status == 400

    def test_a_device_of_which_nothing_is_missing_is_not_listed(
        self, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Dossier, "gaps", lambda self: ["A gap."] if self.device.slug == "combo" else [])
        assert [row[3] for row in of_catalogue(catalog, None)["devices"]] == [["A gap."]]

    def test_the_devices_have_their_pages(self, app: Guard, catalog: Catalog) -> None:
        listed = Text(look(app, "/devices", "region=TR").text)
        for slug in catalog.devices:
            assert f"/devices/{slug}?region=TR" in listed.values("a", "href")
        charts = Text(look(app, "/devices/maverick2-monorail").text).words
        assert caveat("in-vivo-below-chart").sentence in charts
        assert "6.0 atm 1.50 mm nominal" in charts
        assert "12.0 atm 1.63 mm rated burst" in charts
        page = look(app, "/devices/invamed-extender", "region=TR")
        assert INTENDED_PURPOSE in Text(page.text).words
        assert Text(page.text).values("script", "src") == ["/page.js"]

    @pytest.mark.parametrize("path", ["/devices", "/devices/combo"])
    def test_a_region_is_chosen_on_the_pages_of_the_devices(self, app: Guard, path: str) -> None:
        plain, asked = Text(look(app, path).text), Text(look(app, path, "region=TR").text)
        assert [held["value"] for _, held in plain.tags if "selected" in held] == []
        assert [held["value"] for _, held in asked.tags if "selected" in held] == ["TR"]
        assert "action" not in dict(next(held for tag, held in plain.tags if tag == "form"))
        assert look(app, path, "region=").headers["location"] == path
        assert look(app, path, "region=&nix=1").headers["location"] == f"{path}?nix=1"
        assert look(app, path, "nix=1").status == 400

    @pytest.mark.parametrize("path", ["/", "/compare", "/unknown", "/devices", "/devices/combo", "/nix"])
    def test_every_page_has_the_three_sentences_in_its_bar_and_its_print(self, app: Guard, path: str) -> None:
        page = look(app, path).text
        [bar] = re.findall(r'<aside class="bar".*?</aside>', page, re.DOTALL)
        assert bar.count("<li>") == 3
        assert "instructions for use" in bar
        assert INTENDED_PURPOSE in Text(page).words
        assert page.count("@bottom-left") == 1

    def test_a_page_is_not_sent_again_unless_it_changed(self, app: Guard) -> None:
        for path, query in (
            ("/", README),
            ("/", ""),
            ("/page.js", ""),
            ("/devices", "region=TR"),
            ("/sizes.csv", README),
        ):
            tag = look(app, path, query).headers["etag"]
            assert ask(app, path, query, headers=BROWSER | {"If-None-Match": tag}).status == 304
            if path != "/page.js":
                assert ask(app, path, query, headers=BROWSER | {"If-None-Match": tag, "Host": "b"}).status == 200


# What came last into the question, each with how the page tells that it was asked.
LATER = {
    "site=distal": "distal reference",
    "companion=3.0+mm": "companion 3 mm",
    "eel=3.4+mm": "EEL 3.4 mm",
    "use=in-stent-restenosis": "a label of the region names in stent restenosis",
    "guide=6+Fr": "guide 6 Fr",
}


class TestWhatCameLaterIntoTheQuestion:
    """Each goes where the first options go: into the page, its links, its files, its tag, and back into the form."""

    @pytest.mark.parametrize(("more", "words"), LATER.items())
    def test_it_is_told_linked_copied_and_kept(self, app: Guard, more: str, words: str) -> None:
        name, _, value = more.partition("=")
        query = f"{README}&{more}"
        page = look(app, "/", query)
        told = Text(page.text)
        assert page.status == 200
        assert words in told.words
        assert "['" not in told.words
        for path in ("/sizes.csv?", "/sizes.json?", "/compare?", "/unknown?"):
            [link] = {href for href in told.values("a", "href") if href.startswith(path)}
            assert more in link
        pictures = {href for href in told.values("a", "href") if href.startswith("/pictures/")}
        assert pictures
        assert all(more in href for href in pictures)
        assert more in told.values("main", "data-link")[0]
        chosen = [held.get("value") for _, held in told.tags if held.get("name") == name or "selected" in held]
        assert value.replace("+", " ") in chosen
        picture = min(pictures)
        assert words in "".join(ET.fromstring(look(app, *picture.split("?")).text).itertext())  # noqa: S314 - drawn here
        rows = list(csv.DictReader(io.StringIO(look(app, "/sizes.csv", query).text)))
        assert all(more in row["link"] and row["caveats"] for row in rows)
        report = look(app, "/sizes.json", query).json
        assert more in report["link"]
        assert look(app, "/v1/sizes", query).json == report["report"]
        assert look(app, "/unknown", query).status == look(app, "/compare", query).status == 200

    @pytest.mark.parametrize("more", LATER)
    def test_the_tag_of_an_answer_follows_it(self, app: Guard, more: str) -> None:
        plain, other = ask(app, "/v1/sizes", README), ask(app, "/v1/sizes", f"{README}&{more}")
        assert plain.headers["etag"] != other.headers["etag"]
        again = ask(app, "/v1/sizes", f"{more.replace('+', '%20')}&{README}")
        assert again.headers["etag"] == other.headers["etag"]

    def test_both_ends_at_the_external_elastic_lamina(self, app: Guard) -> None:
        query = "proximal=3.8+mm&distal=2.9+mm&eel_proximal=4.2+mm&eel_distal=3.5+mm"
        told = Text(look(app, "/", query).text)
        assert "EEL proximal 4.2 mm; EEL distal 3.5 mm" in told.words
        assert "diameter of the lumen" in told.words
        assert "Is it the diameter of the" not in told.words
        line = {"proximal": "3.8 mm", "distal": "2.9 mm", "eel_proximal": "4.2 mm", "eel_distal": "3.5 mm"}
        headers = {"Content-Type": "application/x-ndjson"}
        posted = ask(app, "/v1/sizes", method="POST", headers=headers, body=json.dumps(line).encode())
        assert posted.body == ask(app, "/v1/sizes", query).body

    def test_one_line_of_many_takes_what_describes_the_vessel(self, app: Guard) -> None:
        line = {"reference_diameter": "2.75 mm", "eel": "3.4 mm", "site": "distal", "companion": "3.0 mm"}
        headers = {"Content-Type": "application/x-ndjson"}
        asked = "use=bifurcation&guide=6+Fr&region=US"
        posted = ask(app, "/v1/sizes", asked, method="POST", headers=headers, body=json.dumps(line).encode())
        query = "reference_diameter=2.75+mm&eel=3.4+mm&site=distal&companion=3.0+mm"
        assert posted.body == ask(app, "/v1/sizes", f"{query}&{asked}").body
        refused = ask(app, "/v1/sizes", method="POST", headers=headers, body=json.dumps({"use": "x"}).encode()).json
        assert refused["type"] == "/v1/problems#bad-body"


class TestWords:
    def test_a_part_of_a_question_that_is_new_is_told_by_its_name(self) -> None:
        assert asked_in_words({"guide_mm": "2.0", "uses": ["a", "b"], "x": None}) == "guide mm 2.0; uses a, b"

    def test_an_address_keeps_the_order_of_the_table_and_what_it_does_not_know(self) -> None:
        assert address(read_query(b"zz=1&region=TR&reference_diameter=3mm")) == "reference_diameter=3mm&region=TR&zz=1"

    def test_models_of_which_the_same_is_said_stand_together(self, catalog: Catalog) -> None:
        report = catalog.find_sizes(Vessel("2.75 mm", lesion_length="18 mm"), region="TR")
        view = AnswerView(catalog, report, "link", "query", excluded=False).parts()
        cards = {card.key: card for section in view["may_fit"] for card in section.cards}
        assert any(
            part.model and "the family as a whole; " in part.model for card in cards.values() for part in card.parts
        )


def test_the_script_is_short_plain_and_asks_nobody() -> None:
    script = (Path(__file__).parents[1] / "src" / "devicecat" / "web" / "page.js").read_text(encoding="utf-8")
    assert len(script) < 5_000
    assert not re.search(r"fetch|XMLHttpRequest|WebSocket|import\b|eval|innerHTML *=|https?:", script)
