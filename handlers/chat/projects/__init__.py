"""Ideas and requests on their way through the ten stages, and everything people do for them."""

from handlers.chat.projects import (
    asking,
    documents,
    experts,
    flagging,
    idea,
    idea_place,
    lists,
    mentoring,
    moderating,
    money,
    moves,
    near,
    parts,
    pledging,
    practices,
    requests,
    team,
    voting,
    works,
)

MODULES = (
    voting, parts, practices, requests, lists, near, idea, idea_place, asking, moves, team,
    documents, money, pledging, works, mentoring, experts, flagging, moderating,
)  # fmt: skip
"""Their routers, by how often they are asked; a list with its own handler stands before `lists`."""
