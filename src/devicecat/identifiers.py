"""What numbers and names of devices have in common, whoever writes them."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=1024)
def maker_word(company: str) -> str:
    """The first word of a maker, by which two spellings of it agree: ``ABBOTT VASCULAR INC.`` and ``Abbott``."""
    words = re.findall(r"[^\W_]+", company.casefold())
    return words[0] if words else ""


def has_check_digit(digits: str) -> bool:
    """Whether a number is a GTIN whose last digit agrees: weights 3 and 1 from the right."""
    if len(digits) not in (8, 12, 13, 14) or not (digits.isascii() and digits.isdigit()):
        return False
    total = 3 * sum(map(int, digits[-2::-2])) + sum(map(int, digits[-3::-2]))
    return (10 - total % 10) % 10 == int(digits[-1])
