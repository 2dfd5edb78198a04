"""What is said in the chat."""

from aiogram import Router

from handlers.chat import (
    card,
    consenting,
    counter,
    fallback,
    guest,
    partner,
    receipts,
    review,
    rewards,
    settings,
    sights,
    staff,
    summary,
)

_IN_ORDER = (
    card, receipts, rewards, counter, consenting, guest, partner, settings, sights, staff, review,
    summary, fallback,
)  # fmt: skip


def chat_router() -> Router:
    """One flat router of all modules, by how often they are asked; the fallback is last.

    A router belongs to one dispatcher for ever, so each dispatcher gets a new one.
    """
    chat = Router(name="chat")
    for module in _IN_ORDER:
        for kind, observer in module.router.observers.items():
            chat.observers[kind].handlers.extend(observer.handlers)
    return chat
