"""The index against the plain evaluation, and against the oracle: every verdict, on invented catalogues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from devicecat import Vessel
from devicecat.fit import rows_of
from devicecat.reasons import Verdict
from strategies import LESIONS, REFERENCES, catalogs, questions, texts
from test_agreement import MORE, load_texts, parts_of

if TYPE_CHECKING:
    from devicecat import Catalog
    from devicecat.index import Index
    from devicecat.measure import Query

Table = dict[str, Any]
Found = dict[str, list[Any]]


def plain(catalog: Catalog, query: Query) -> Found:
    """Answer by the plain evaluation: the rows that are YES, and those that are UNKNOWN."""
    found: Found = {"YES": [], "UNKNOWN": []}
    for holding in catalog.holdings:
        for row in rows_of(holding, query, catalog.regions):
            if row.verdict is not Verdict.NO:
                found[row.verdict.value].append((holding.device.slug, row.unit, row.size))
    return found


def indexed(index: Index, vessel: Vessel) -> Found:
    """Answer by the index."""
    found = {"YES": index.fitting(vessel), "UNKNOWN": index.maybe_fitting(vessel)}
    tally = index.tally(vessel)
    assert (tally.fits, tally.may_fit) == (len(found["YES"]), len(found["UNKNOWN"]))
    return {verdict: [tuple(index.rows[number]) for number in numbers] for verdict, numbers in found.items()}


def by_name(found: Found) -> Found:
    return {verdict: sorted(rows, key=repr) for verdict, rows in found.items()}


@st.composite
def like(draw: st.DrawFn, vessel: Vessel) -> Vessel:
    """Draw a vessel of which as much is known: its numbers lie on the turns of some answer, or 1 µm beside."""
    first, second = draw(st.sampled_from(REFERENCES)), draw(st.sampled_from(REFERENCES))
    numbers: Table = {"reference_diameter": f"{first} mm"}
    if vessel.proximal is not None:
        numbers = {"proximal": f"{max(first, second)} mm", "distal": f"{min(first, second)} mm"}
    if vessel.lesion_length is not None:
        numbers["lesion_length"] = f"{draw(st.sampled_from(LESIONS))} mm"
    told: Table = {name: getattr(vessel, name) for name in ("bed", "boundary", "modality", "site", "companion")}
    other = Vessel(**numbers, **told)
    assert other.known == vessel.known
    return other


@MORE
@given(catalogs(), st.lists(questions(), min_size=2, max_size=4), st.data())
def test_the_index_answers_as_the_plain_evaluation_does(
    tables: dict[str, Table], asked: list[Table], data: st.DataObject
) -> None:
    catalog = load_texts(texts(tables))
    for vessel, options in map(parts_of, asked):
        question = catalog.question(vessel, **options)
        for _ in range(4 if question.is_compiled else 0):
            other = data.draw(like(vessel))
            expected = plain(catalog, question.query._replace(vessel=other))
            assert by_name(indexed(question.index, other)) == by_name(expected)


@MORE
@given(catalogs(), questions())
def test_both_ways_give_the_same_bytes(tables: dict[str, Table], asked: Table) -> None:
    vessel, options = parts_of(asked)
    catalog = load_texts(texts(tables))
    first, second = (catalog.find_sizes(vessel, **options) for _ in range(2))
    quick = second.to_json(excluded=True)
    again = load_texts(texts(tables)).find_sizes(vessel, **options)
    assert again.to_json(excluded=True) == quick == first.to_json(excluded=True)
