"""What is not known: of the whole catalogue, and of one question by what would settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devicecat.reasons import SETTLES
from devicecat.showing import list_devices
from devicecat.stats import stats
from devicecat.web.answer_view import asked_in_words, device_address
from devicecat.web.dossier import Dossier

if TYPE_CHECKING:
    from devicecat.catalog import Catalog
    from devicecat.report import FitReport

_STATES = ("stated", "disputed", "not stated", "not looked for")


def of_catalogue(catalog: Catalog, region: str | None) -> dict[str, Any]:
    """What is not known of the devices, whatever is asked.

    Args:
        catalog: The catalogue.
        region: The region whose statements of sizes count; ``None`` for any.
    """
    counted = stats(catalog)
    listed = list_devices(catalog, region=region)
    devices = []
    for holding, row in zip(catalog.holdings, listed["devices"], strict=True):
        gaps = list(Dossier(catalog, holding, region).gaps())
        if gaps:
            slug = row["device"]
            devices.append((row["name"] or slug, device_address(slug, region), row["manufacturer"], gaps))
    devices.sort(key=lambda held: (held[2].casefold(), held[0].casefold()))
    return {
        "counts": counted,
        "states": _STATES,
        "fields": [(name, [held[state] for state in _STATES]) for name, held in counted["fields"].items()],
        "devices": devices,
        "caveats": [held["sentence"] for held in listed["caveats"]],
    }


def of_answer(report: FitReport) -> dict[str, Any]:
    """The rows of an answer that are not known, by what would settle them."""
    region = report.query["region"]
    needs: dict[str, dict[str, tuple[str, str, int]]] = {need: {} for need in SETTLES}
    for section in report.may_fit:
        for group in section.devices:
            for row in group.candidates:
                for need in row.needs:
                    name, address, count = needs[need].get(
                        group.device, (group.name or group.device, device_address(group.device, region), 0)
                    )
                    needs[need][group.device] = (name, address, count + 1)
    return {
        "asked": asked_in_words(report.query),
        "counts": report.counts,
        "needs": [(need, SETTLES[need], list(held.values())) for need, held in needs.items() if held],
    }
