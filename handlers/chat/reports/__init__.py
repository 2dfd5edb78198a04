"""Problems in the city: taken in the chat, followed until they are fixed, seen by everybody."""

from handlers.chat.reports import (
    appeal,
    deciding,
    fixed,
    gathering,
    looking,
    mending,
    mine,
    placing,
    replacing,
    rewording,
)

MODULES = (
    looking, placing, gathering, deciding, mine, mending, replacing, fixed, appeal, rewording,
)  # fmt: skip
"""The routers, in this order: a number behind /report is looked for before a report is begun."""
