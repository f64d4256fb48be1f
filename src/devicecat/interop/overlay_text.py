"""The device file of one family of register records: every record is a source, and every statement cites its record."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring
from typing import TYPE_CHECKING

from devicecat.about import VERSION
from devicecat.check import parse_size
from devicecat.interop.families import same_di
from devicecat.interop.recalls import REGION

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from devicecat.interop.recalls import Named, Notice
    from devicecat.interop.records import Number, RegisterRecord, SizesSaid, StatusSaid


def device_text(records: list[RegisterRecord], models: Mapping[str, str] | None = None) -> str:
    """The device file of one family.

    Args:
        records: Its records, in the order in which they are to stand; at least one.
        models: The names of the models that records may be of, by their id.
    """
    newest = sorted(records, key=lambda record: (record.retrieved, record.age), reverse=True)
    named = {record.model for record in records}
    blocks = [_head(newest[0].retrieved), _identity(newest)]
    blocks += (f"[model.{model}]\nname = {_quoted(name)}\n" for model, name in (models or {}).items() if model in named)
    blocks += map(_source, records)
    blocks += (_sizes(record, said) for record in records for said in record.sizes)
    blocks += _identifiers(records)
    blocks += _statuses(newest)
    blocks += _allowances(records)
    return "\n".join(blocks)


def recall_text(notices: list[tuple[Notice, list[Named]]], models: Mapping[str, str]) -> str:
    """What recall notices add to one device.

    Args:
        notices: Each with the identifiers of the device that it names; at least one.
        models: The names of the models of the device, by their id.
    """
    named = {model for _, held in notices for each in held for model in each.said.model}
    blocks = [_head(max(notice.retrieved for notice, _ in notices))]
    blocks += (f"[model.{model}]\nname = {_quoted(name)}\n" for model, name in models.items() if model in named)
    for notice, _ in notices:
        source = _id("recall", notice.number)
        keys = {
            "kind": "recall-notice",
            "title": f"FDA recall {notice}",
            "publisher": "FDA (openFDA)",
            "url": notice.url,
            "published": notice.posted,
            "retrieved": notice.retrieved,
        }
        blocks.append("\n".join([f"[source.{source}]", *_lines(keys), ""]))
    blocks += (_recall(notice, held) for notice, held in notices)
    return "\n".join(blocks)


def _recall(notice: Notice, held: list[Named]) -> str:
    of_models = {each.said.model for each in held}
    sizes = {parse_size(each.said.size): each.said.size for each in reversed(held) if each.said.size}
    count = len({same_di(each.said.value) for each in held})
    named = "an identifier" if count == 1 else f"{count} identifiers"
    of = f", of {', '.join([*sizes.values()][::-1])}" if sizes else ""
    standing = ", ".join(filter(None, (notice.classification, notice.status)))
    keys = {
        "source": _id("recall", notice.number),
        "locator": "code_info, product_description",
        "model": list(of_models.pop()) if len(of_models) == 1 else "",
        "region": REGION,
        "date": notice.date,
        "lots": notice.lots,
        "scope": "; ".join(filter(None, (notice.reason.rstrip("."), standing, f"it names {named} of this device{of}"))),
    }
    return _table("recall", keys)


def _head(reviewed: dt.date) -> str:
    return f"""\
# Written by devicecat {VERSION} from records of a register; it is written anew, not edited.
schema   = 1
reviewed = {reviewed}
"""


def _identity(newest: list[RegisterRecord]) -> str:
    """Each spelling of the name and of the maker, and each kind, once for each model: by its newest record."""
    names: dict[tuple[str, str], str] = {}
    makers: dict[tuple[str, str], str] = {}
    kinds: dict[tuple[str, str], str] = {}
    ours: dict[tuple[str, str], str] = {}
    numbers: dict[tuple[str, str], str] = {}
    for record in newest:
        of = record.model
        if record.brand and (record.brand, of) not in names:
            names[record.brand, of] = _statement(record, record.brand, record.brand_locator, record.brand_note)
        if record.company and (record.company, of) not in makers:
            makers[record.company, of] = _statement(record, record.company, record.company_locator)
        if record.company_number and (record.company_number, of) not in numbers:
            numbers[record.company_number, of] = _statement(record, record.company_number, "number of the maker")
        for said in record.kinds:
            held = kinds if said.locator else ours
            if (said.kind, of) not in held:
                held[said.kind, of] = _statement(record, said.kind, said.locator, said.note)
    told = {
        "name": list(names.values()) or [_ours("unnamed device", "the records give no name")],
        "manufacturer": list(makers.values()) or [_ours("maker not stated", "the records give no maker")],
        "kind": list((kinds or ours).values()),
        "manufacturer_identity": list(numbers.values()),
    }
    lines = [f"{key} = {_one_or_more(said)}" for key, said in told.items() if said]
    return "\n".join(["[identity]", *lines, 'bed = ["coronary"]', ""])


def _source(record: RegisterRecord) -> str:
    keys = {
        "kind": "register",
        "title": record.title,
        "publisher": record.publisher,
        "url": record.url,
        "published": record.published,
        "retrieved": record.retrieved,
        "note": record.note,
    }
    return "\n".join([f"[source.{_source_id(record)}]", *_lines(keys), ""])


def _source_id(record: RegisterRecord) -> str:
    return _id(record.register, record.di)


@lru_cache(maxsize=4096)
def _id(register: str, di: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", di.lower())
    # Two identifiers that differ in what an id cannot hold are two sources all the same.
    return f"{register}-{plain}" if plain == di else f"{register}-{plain}-{sha256(di.encode()).hexdigest()[:6]}"


def _sizes(record: RegisterRecord, said: SizesSaid) -> str:
    is_list = said.key.endswith("_mm")
    keys = {
        **_cited(record, said.locator),
        "region": record.region,
        # One record is one size: it says nothing of others.
        **({"whole": False} if is_list else {"complete": False}),
        said.key: [said.value] if is_list else said.value,
        "note": said.note,
    }
    return _table("sizes", keys)


def _identifiers(records: Iterable[RegisterRecord]) -> Iterator[str]:
    """The numbers of each size, and each number of the family once."""
    of_family: set[tuple[str, str, str]] = set()
    for record in records:
        for number in record.numbers:
            key = (number.scheme, number.value, record.model)
            if number.names_a_size or key not in of_family:
                of_family.add(key)
                yield _table("identifier", _identifier_keys(record, number))


def _identifier_keys(record: RegisterRecord, number: Number) -> dict[str, object]:
    return {
        "scheme": number.scheme,
        "value": number.value,
        "size": record.size if number.names_a_size else "",
        "level": number.level,
        "quantity": number.quantity or None,
        "region": record.region,
        **_cited(record, number.locator),
        "note": number.note,
    }


# ── Status ───────────────────────────────────────────────────────────────────────────────


def _statuses(newest: list[RegisterRecord]) -> Iterator[str]:
    """One statement for each fact, by its newest record; how many more say the same stands in its note.

    Where some sizes have ended and others have not, each end is a statement of its own, with its size.
    """
    held: dict[tuple[str, str], dict[tuple[object, ...], list[tuple[RegisterRecord, StatusSaid]]]] = {}
    for record in newest:
        for said in record.statuses:
            words = held.setdefault((said.region, said.key), {})
            words.setdefault((said.value, said.date, said.number, record.model), []).append((record, said))
    for region in sorted({region for region, _ in held}):
        lines = ["[[status]]", f"region = {_quoted(region)}"]
        for key in ("regulatory", "availability"):
            words = held.get((region, key), {})
            is_mixed = len({word for word, *_ in words}) > 1
            statements = [text for said_by in words.values() for text in _of_one_word(said_by, is_mixed=is_mixed)]
            if statements:
                lines.append(f"{key} = {_one_or_more(statements)}")
        yield "\n".join([*lines, ""])


def _of_one_word(said_by: list[tuple[RegisterRecord, StatusSaid]], *, is_mixed: bool) -> Iterator[str]:
    one_by_one = is_mixed and said_by[0][1].value == "ended"
    others = len(said_by) - 1
    more = f"{others} other record{'s' if others > 1 else ''} of this family {'say' if others > 1 else 'says'} the same"
    for record, said in said_by if one_by_one else said_by[:1]:
        keys = {
            "value": said.value,
            "number": said.number,
            "date": said.date,
            **_cited(record, said.locator),
            "size": record.size if one_by_one else "",
            "note": "; ".join(filter(None, (said.note, more if others and not one_by_one else ""))),
        }
        yield _inline(keys)


def _allowances(records: list[RegisterRecord]) -> Iterator[str]:
    """A register has a record for each model and package, so one size may have several numbers: lint need not ask."""
    seen: dict[tuple[object, ...], str] = {}
    for record in records:
        for number in record.numbers if record.size else ():
            key = (number.scheme, parse_size(record.size), number.level)
            if number.names_a_size and seen.setdefault(key, number.value) != number.value:
                reason = "a register has a record for each model and package, so one size may have several numbers"
                yield _table("allow", {"rule": "two-numbers-on-one-size", "reason": reason})
                return


# ── TOML ─────────────────────────────────────────────────────────────────────────────────


def _statement(record: RegisterRecord, value: str, locator: str, note: str = "") -> str:
    return _inline({"value": value, **_cited(record, locator), "note": note}) if locator else _ours(value, note)


def _ours(value: str, note: str) -> str:
    return _inline({"value": value, "basis": "not-from-a-source", "note": note})


def _cited(record: RegisterRecord, locator: str) -> dict[str, str]:
    return {"source": _source_id(record), "locator": locator, "model": record.model}


def _one_or_more(statements: list[str]) -> str:
    return statements[0] if len(statements) == 1 else "[\n" + "".join(f"  {each},\n" for each in statements) + "]"


def _table(name: str, keys: Mapping[str, object]) -> str:
    return "\n".join([f"[[{name}]]", *_lines(keys), ""])


def _inline(keys: Mapping[str, object]) -> str:
    return "{ " + ", ".join(_lines(keys)) + " }"


def _lines(keys: Mapping[str, object]) -> list[str]:
    return [
        f"{key} = {_quoted(value) if isinstance(value, str) else _value(value)}"
        for key, value in keys.items()
        if value or value is False
    ]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_quoted, value))}]"
    return str(value)


def _quoted(text: str) -> str:
    """A basic string of TOML. JSON writes the same, except for DEL."""
    return encode_basestring(text).replace("\x7f", "\\u007f")
