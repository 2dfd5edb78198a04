"""What a dialogue about a receipt waits for."""

from aiogram.fsm.state import State, StatesGroup


class Sending(StatesGroup):
    """`unread`: the latest photo could not be read."""

    unread = State()


class Typing(StatesGroup):
    """Waiting for one of the numbers, or for the word that they are right."""

    drive = State()
    document = State()
    sign = State()
    total = State()
    moment = State()
    sure = State()


OURS = frozenset({*Sending.__all_states_names__, *Typing.__all_states_names__})
"""The states that a receipt ends; other dialogues are left alone."""
