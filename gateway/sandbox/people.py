"""The customers whom one may play. Their addresses and numbers belong to nobody."""

import msgspec


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A made-up customer."""

    name: str
    address: str
    phone: str  # E.164
    language: str


PEOPLE = (
    Person(name="李雷", address="li.lei@example.com", phone="+8613800138001", language="zh"),
    Person(name="韩梅梅", address="han.meimei@example.com", phone="+8613800138002", language="zh"),
    Person(name="Olivia Reed", address="olivia@example.org", phone="+447700900147", language="en"),
    Person(name="Tom Baker", address="tom.baker@example.net", phone="+12025550147", language="en"),
)
