"""How people are named in public: by their first name and an initial, and only if they agree."""

from handlers.texts import Html, _


def known_as(name: str) -> str:
    """ "Ivan P." of "Ivan Petrov"."""
    first, *rest = name.split()[:2] or [""]
    return f"{first} {rest[0][0]}." if rest else first


def author_line(name: str | None, *, anonymous: bool) -> Html:
    """Who had the idea."""
    if anonymous or not name:
        return _("Author: somebody from the city")
    return _("Author: {name}", name=known_as(name))
