"""Personal data in a text: cards, Chinese identity numbers, telephone numbers, mail addresses."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import phonenumbers
import re2

MOST_GROUPS = 6  # a number is written in at most so many groups
MOST_DIGITS = 22

_RUN = re2.compile(r"\+?\(?\d(?:[ \-.()]{0,2}\d)+(?:[ \-]?x)?")
_GROUP = re.compile(r"\d+x?|x")
_MAIL = re2.compile(r"[a-z0-9][a-z0-9._%+\-]*@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,24}")
# The desk's own addresses; nobody's in person.
_OFFICE = re.compile(
    r"(?:service|services|support|help|helpdesk|info|contact|sales|care|customer\W?(?:care|service|"
    r"support)|kefu|hello|office|admin|no\W?reply|returns|orders|feedback|press|jobs|hr|privacy)@"
)
# What is numbered so is no person: orders, parcels, devices.
_THING = re.compile(
    r"(?:订单|单号|流水|编号|批次|型号|条码|序列|货号|案件|券码|交易)(?:号码?|为|是|[:：#\s])*$"
    r"|\b(?:imei|sku|ean|isbn|order|tracking|parcel|invoice|ref|reference|serial|ticket|case|batch|"
    r"part|item|model|transaction)(?: ?(?:number|no\.?|id|code|is|was|[#:]))*\s*$"
)
_BEFORE = 24

# GB 11643: the weights of the first 17 digits; the sum modulo 11 names the last.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10x98765432"
# GB/T 2260: provinces, and Hong Kong, Macao and Taiwan, which have no smaller parts.
_PROVINCES = frozenset(
    (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66))
)
_WHOLE = frozenset(("710000", "810000", "820000", "830000"))
_CITIES = frozenset(("11", "12", "31", "50"))  # only urban districts, counties, and once more
_CITY_PARTS = range(1, 4)
_PARTS = (*range(1, 35), *range(40, 44), *range(51, 55), 90)

# The Ministry's numbering plan: 11 digits for people and data, 13 for things.
_MOBILE = re.compile(
    r"1(?:3\d|4[579]|5[0-35-9]|6[2567]|7[0-35-9]|8\d|9[0-35-9])\d{8}"
    r"|174(?:0\d|1[0-2]|9\d)\d{6}"
    r"|1(?:410|44[01])\d{9}|14[68]\d{10}"
)
_MOBILE_GROUPS = frozenset(
    ((11,), (13,), (3, 4, 4), (3, 8), (7, 4), (4, 7), (3, 3, 5), (4, 4, 3), (3, 4, 6))
)
_CHINA = ("0086", "86")
_AMERICAN_GROUPS = (3, 3, 4)

# ISO/IEC 7812: issuers' first digits, and how long their numbers are.
_ISSUERS = (
    (range(4, 5), (13, 16, 19)),  # Visa
    (range(51, 56), (16,)),  # Mastercard
    (range(2221, 2721), (16,)),  # Mastercard
    (range(34, 35), (15,)),  # American Express
    (range(37, 38), (15,)),
    (range(62, 63), (16, 17, 18, 19)),  # UnionPay
    (range(6011, 6012), (16,)),  # Discover
    (range(65, 66), (16,)),
    (range(3528, 3590), (16,)),  # JCB
    (range(36, 37), (14,)),  # Diners
)


class Datum(NamedTuple):
    """A piece of personal data; offsets into the text that was searched."""

    kind: str  # id, card, phone, mail
    start: int
    end: int


def personal_data(text: str) -> Iterator[Datum]:
    """What in a text in small letters and half width belongs to one person."""
    for run in _RUN.finditer(text):
        yield from _in_run(text, *run.span())
    for found in _MAIL.finditer(text):
        if not _OFFICE.match(found[0]):
            yield Datum("mail", *found.span())


def _in_run(text: str, start: int, end: int) -> Iterator[Datum]:
    """Numbers among the groups of a run of digits, the longest from each group on."""
    if _is_letter(text, start - 1) or _is_letter(text, end):
        return
    groups = [(start + g.start(), start + g.end()) for g in _GROUP.finditer(text[start:end])]
    is_thing = bool(_THING.search(text[max(0, start - _BEFORE) : start]))
    first = 0
    while first < len(groups):
        for last in range(min(len(groups), first + MOST_GROUPS), first, -1):
            some = [text[a:b] for a, b in groups[first:last]]
            has_plus = first == 0 and text[start] == "+"
            kind = _kind(some, has_plus, is_thing) if len("".join(some)) <= MOST_DIGITS else ""
            if kind:
                yield Datum(kind, start if has_plus else groups[first][0], groups[last - 1][1])
                first = last - 1
                break
        first += 1


def _is_letter(text: str, place: int) -> bool:
    return 0 <= place < len(text) and text[place].isascii() and text[place].isalnum()


def _kind(groups: list[str], has_plus: bool, is_thing: bool) -> str:
    number = "".join(groups)
    lengths = tuple(len(group) for group in groups)
    if is_id(number) and (len(number) == 18 or (lengths in {(15,), (6, 6, 3)} and not is_thing)):
        return "id"
    if is_thing:
        return ""
    if is_card(number) and _is_card_like(lengths):
        return "card"
    return "phone" if _is_phone(number, lengths, has_plus) else ""


def is_id(number: str) -> bool:
    """Whether it is a Chinese identity number: place, birthday, and with 18 digits the check.

    The place is held against the ranges of its codes, not against each year's list.
    """
    if len(number) == 15 and number.isdigit():
        return _is_place(number[:6]) and _is_day("19" + number[6:12])
    if len(number) != 18 or not number[:17].isdigit():
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return number[17] == _CHECKS[total % 11] and _is_place(number[:6]) and _is_day(number[6:14])


def _is_place(code: str) -> bool:
    if int(code[:2]) not in _PROVINCES:
        return code in _WHOLE
    return int(code[2:4]) in (_CITY_PARTS if code[:2] in _CITIES else _PARTS)


def _is_day(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year >= 1900
    except ValueError:
        return False


def is_card(number: str) -> bool:
    """Whether it is a card's number: an issuer's, of its length, right by Luhn."""
    if not number.isdigit() or not any(
        len(number) in lengths and int(number[: len(str(first[0]))]) in first
        for first, lengths in _ISSUERS
    ):
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _is_card_like(lengths: tuple[int, ...]) -> bool:
    fours = all(length == 4 for length in lengths[:-1]) and lengths[-1] <= 4
    return len(lengths) == 1 or fours or lengths in {(4, 6, 5), (4, 6, 4), (6, 13), (6, 10)}


def _is_phone(number: str, lengths: tuple[int, ...], has_plus: bool) -> bool:
    for code in _CHINA:
        if number.startswith(code) and _MOBILE.fullmatch(number[len(code) :]):
            return True
    if _MOBILE.fullmatch(number):
        return lengths in _MOBILE_GROUPS
    if has_plus and not number.startswith("86"):  # a desk's fixed line is nobody's
        return _is_valid("+" + number, None)
    return lengths == _AMERICAN_GROUPS and _is_valid(number, "US")


def _is_valid(number: str, region: str | None) -> bool:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    free = phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.TOLL_FREE
    return phonenumbers.is_valid_number(parsed) and not free
