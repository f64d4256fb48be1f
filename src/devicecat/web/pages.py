"""The pages of the catalogue, as HTML: one of each device, and the index of all of them.

Templates escape whatever a catalogue says. The same catalogue gives the same bytes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from devicecat.about import INTENDED_PURPOSE, VERSION
from devicecat.holding import Holding
from devicecat.showing import list_devices
from devicecat.stats import stats
from devicecat.terms import BASES, BASIS_WORDS, SAYS_NO, SAYS_YES
from devicecat.web.dossier import Dossier, region_words
from devicecat.web.grid_svg import MARK_WORDS, clean

if TYPE_CHECKING:
    from collections.abc import Callable

    import jinja2

    from devicecat.catalog import Catalog

HOME: Final = "index.html"
LICENCE: Final = "Everything the catalogue holds is dedicated to the public domain by CC0 1.0."
_UNSETTLED: Final = "Kind not settled"


def page_name(slug: str) -> str:
    """The file name of the page of a device."""
    return f"{slug}.html"


class Face(NamedTuple):
    """Where pages stand.

    Attributes:
        home: The address of the page that lists every device.
        device: From a device and a region to the address of its page.
        served: Whether a service answers, so that a page may ask and be asked.
    """

    home: str
    device: Callable[[str, str | None], str]
    served: bool = False


FILES: Final = Face(HOME, lambda slug, _: page_name(slug))
"""Pages in a folder."""


def kind_words(kind: str) -> str:
    """A kind as people write it.

    >>> kind_words("drug-eluting-stent"), kind_words("drug-coated-scoring-balloon"), kind_words("stent")
    ('Drug-eluting stent', 'Drug-coated scoring balloon', 'Stent')
    """
    first, _, last = kind.replace("-scoring-", " scoring-").rpartition("-")
    return f"{first} {last}".strip().capitalize()


def index_page(catalog: Catalog, region: str | None = None, face: Face = FILES) -> str:
    """The page that lists every device, by kind, maker and name.

    Args:
        catalog: The catalogue.
        region: ISO 3166-1 alpha-2 code, ``EU`` or ``XI``, whose caveats are asked for; ``None`` for none.
        face: Where the page stands.

    Raises:
        QueryError: if the region is not known.
    """
    listed = list_devices(catalog, region=region)
    kinds: dict[str, list[dict[str, Any]]] = {}
    for holding, row in zip(catalog.holdings, listed["devices"], strict=True):
        kind = holding.kind_of(None, None).kind
        told = {
            "address": face.device(row["device"], listed["region"]),
            "kind_in_words": None if kind == row["kind"] else row["kind"],
        }
        kinds.setdefault(_UNSETTLED if kind is None else kind_words(kind), []).append(row | told)
    for rows in kinds.values():
        rows.sort(key=lambda row: (row["manufacturer"].casefold(), row["name"].casefold(), row["device"]))
    return render(
        "index.html",
        face,
        caveats=[held["sentence"] for held in listed["caveats"]],
        region=None if listed["region"] is None else region_words(catalog.regions, listed["region"]),
        region_asked=listed["region"],
        region_choices=region_choices(catalog) if face.served else [],
        kinds=sorted(kinds.items(), key=lambda held: (held[0] == _UNSETTLED, held[0])),
        counts=stats(catalog),
        bases=[(basis, BASIS_WORDS[basis], _may(basis)) for basis in BASES],
        marks=[(mark, words) for mark, words in MARK_WORDS.items() if mark],
        digest=catalog.digest,
    )


def device_page(catalog: Catalog, slug: str, region: str | None = None, face: Face = FILES) -> str:
    """The page of one device: everything held of it, and what is not known.

    Args:
        catalog: The catalogue.
        slug: The device.
        region: ISO 3166-1 alpha-2 code, ``EU`` or ``XI``, whose caveats are asked for; ``None`` for none.
        face: Where the page stands.

    Raises:
        QueryError: if the device or the region is not known.
    """
    device = catalog.device(slug)
    resolved = None if region is None else catalog.regions.resolve(region)
    choices = region_choices(catalog) if face.served else []
    parts = Dossier(catalog, Holding(device), resolved).parts()
    return render("device.html", face, region_asked=resolved, region_choices=choices, **parts)


def region_choices(catalog: Catalog) -> list[tuple[str, str]]:
    """Every region that can be asked for, by its name."""
    return sorted(((code, catalog.regions.name(code)) for code in catalog.regions.code), key=lambda held: held[1])


def _may(basis: str) -> str:
    """What statements of a basis may do, in a sentence."""
    if basis not in SAYS_YES:
        return "Evidence only: shown, and decides nothing."
    if basis not in SAYS_NO:
        return "May say that a size exists, not that it does not."
    return "May say that a size exists, and that it does not."


# ── Templates ────────────────────────────────────────────────────────────────────────────


def render(template: str, face: Face, **held: Any) -> str:  # noqa: ANN401 - whatever a template takes
    """A page from its template.

    Args:
        template: The file of the template.
        face: Where the page stands.
        held: What it takes; ``caveats`` begin with the three that always apply.
    """
    said = {"licence": LICENCE, "purpose": INTENDED_PURPOSE, "version": VERSION}
    page = _environment().get_template(template).render(home=face.home, served=face.served, **said, **held)
    return clean(page)


@cache
def _environment() -> jinja2.Environment:
    """Jinja with everything escaped, and an error for every name a template does not get."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("devicecat.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["css_text"] = css_text
    return environment


def css_text(text: str) -> str:
    r"""A text as a CSS string may hold it: whatever is no letter or digit stands as its number.

    >>> css_text('a"</style>')
    'a\\22 \\3c \\2f style\\3e '
    """
    return "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in text)
