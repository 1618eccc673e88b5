"""Knows every public class and member of the SDK, and which of them the suite has used.

Members are found by introspection and replaced, in place, by descriptors that note that they were looked up. Classes
that are only ever constructed are noted where the suite takes them from: `sdk`, the package as seen through here.
"""

import enum
import inspect

import apache_iggy

#: Of the special methods, those that are an interface of their own.
PROTOCOLS = {"__aiter__", "__anext__", "__aenter__", "__aexit__"}

known: set[str] = set()
used: set[str] = set()


def is_public(name: str) -> bool:
    return not name.startswith("_") or name in PROTOCOLS


class Noted:
    """Stands in for a class attribute: a method, a property, a nested class, a member of an enumeration."""

    def __init__(self, name: str, value: object) -> None:
        self.name = name
        self.value = value

    def __get__(self, instance: object, owner: type) -> object:
        used.add(self.name)
        bind = getattr(type(self.value), "__get__", None)
        if bind is None or inspect.isclass(self.value):
            return self.value
        if instance is None and not isinstance(self.value, staticmethod) and inspect.isdatadescriptor(self.value):
            return self.value
        return bind(self.value, instance, owner)


class NotedEnum:
    """An enumeration written in Python does not let its members be replaced."""

    def __init__(self, name: str, members: type[enum.Enum]) -> None:
        self._name = name
        self._members = members
        known.update(f"{name}.{member.name}" for member in members)

    def __getattr__(self, member: str) -> enum.Enum:
        used.add(f"{self._name}.{member}")
        return self._members[member]


def note_members(name: str, owner: type) -> None:
    known.add(name)
    for member, value in list(vars(owner).items()):
        if not is_public(member):
            continue
        if inspect.isclass(value):
            note_members(f"{name}.{member}", value)
        known.add(f"{name}.{member}")
        setattr(owner, member, Noted(f"{name}.{member}", value))


class Sdk:
    """The package: `sdk.IggyClient` is `apache_iggy.IggyClient`, and noted."""

    def __init__(self) -> None:
        self._items: dict[str, object] = {}
        for name in dir(apache_iggy):
            value = getattr(apache_iggy, name)
            if not is_public(name) or not inspect.isclass(value):
                continue
            if issubclass(value, enum.Enum):
                known.add(name)
                value = NotedEnum(name, value)
            else:
                note_members(name, value)
            self._items[name] = value

    def __getattr__(self, name: str):
        used.add(name)
        return self._items[name]


sdk = Sdk()


def unused() -> list[str]:
    """What was never used. A class counts as used once one of its members is."""
    owners = {name.rsplit(".", 1)[0] for name in used if "." in name}
    return sorted(known - used - owners)
