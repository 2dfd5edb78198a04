"""What is said in the chat."""

from aiogram import Router

from handlers.chat import (
    adding,
    alerts,
    card,
    cases,
    claiming,
    consenting,
    counter,
    desk,
    fallback,
    guest,
    partner,
    plan,
    projects,
    refunding,
    reports,
    review,
    rewards,
    settings,
    sights,
    staff,
    summary,
    tills,
    unasked,
)
from handlers.chat.civic import clerk, deeds, follows, log, verifying, week
from handlers.chat.receipts import listing, sending, typing

_IN_ORDER = (
    card, *projects.MODULES, *reports.MODULES, *desk.MODULES, *plan.MODULES, adding, claiming,
    refunding, sending, typing, listing, rewards, counter, consenting, guest, partner, tills,
    settings, deeds, follows, week, log, verifying, clerk, sights, staff, review, cases, alerts,
    summary, unasked, fallback,
)  # fmt: skip


def chat_router() -> Router:
    """One flat router of all modules, by how often they are asked; the fallback is last.

    What waits for one photo stands before the receipts, which take every photo. A router belongs
    to one dispatcher for ever, so each dispatcher gets a new one.
    """
    chat = Router(name="chat")
    for module in _IN_ORDER:
        for kind, observer in module.router.observers.items():
            chat.observers[kind].handlers.extend(observer.handlers)
    return chat
