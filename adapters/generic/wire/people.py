"""Customers' addresses as URNs, however a provider writes them."""

import re

import phonenumbers

# Numbers too short to be one in the world, and senders by name, keep their words without a plus.
_NUMBER = re.compile(r"(?:\+|00)?[\d\s()./-]{6,25}")
_LEAST_DIGITS = 8  # without a plus: below that it is a short code


def urn(scheme: str, written: str, region: str) -> str:
    """`tel:+4915112345678` of `0049 151 12345678`; "" when nothing is left."""
    text = written.strip()
    if text.startswith(f"{scheme}:"):
        text = text.removeprefix(f"{scheme}:")
    if scheme == "tel":
        text = _tel(text, region)
    elif scheme == "mailto":
        local, at, domain = text.rpartition("@")
        text = f"{local}@{domain.lower()}" if at and local and domain else ""
    elif scheme == "whatsapp":
        text = "".join(re.findall(r"[0-9]", text))
    return f"{scheme}:{text}" if text else ""


def _tel(text: str, region: str) -> str:
    """E.164 where it is a number of the world or of the region, else the words as they stand.

    Most SMS providers write international numbers without a plus; with a region set, what has no
    plus is that region's.
    """
    if not _NUMBER.fullmatch(text):
        return text
    digits = "".join(re.findall(r"[0-9]", text))
    abroad = text.startswith(("+", "00"))
    if not abroad and not region:
        return f"+{digits}" if len(digits) >= _LEAST_DIGITS else digits
    dialled = f"+{digits.removeprefix('00')}" if abroad else digits
    try:
        number = phonenumbers.parse(dialled, region or None)
    except phonenumbers.NumberParseException:
        return dialled
    if not phonenumbers.is_possible_number(number):
        return dialled
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
