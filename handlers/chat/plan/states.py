"""What the plan may be waiting for in a conversation."""

from aiogram.fsm.state import State, StatesGroup


class WritingFigure(StatesGroup):
    """Waiting for the number, the reason, the photo of the document."""

    number = State()
    reason = State()
    document = State()


class WritingSpent(StatesGroup):
    """Waiting for the sum, the document."""

    sum = State()
    document = State()


class TakingIn(StatesGroup):
    """Waiting for the table."""

    file = State()


OURS = frozenset(
    {
        *WritingFigure.__all_states_names__,
        *WritingSpent.__all_states_names__,
        *TakingIn.__all_states_names__,
    }
)
