"""What the library says of itself, word for word the same wherever it says it."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.1.0"

INTENDED_PURPOSE: Final = (
    "devicecat is a reference and stock-planning library that looks up what named sources print about "
    "devices and compares it with numbers the user types, by a rule the user can read; not a medical "
    "device, assessed by no regulator, not for choosing or using a device on a patient, nor for use "
    "during a procedure; whoever builds it into software with such a purpose may become the manufacturer "
    "of a medical device and must judge that for themselves."
)
