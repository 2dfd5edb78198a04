"""Reports for the city's people: what waits, what is decided, what is put right."""

from handlers.chat.desk import (
    answers,
    barring,
    mending,
    menu,
    moving,
    page,
    promoting,
    queue,
    redacting,
    unit,
)

MODULES = (page, moving, answers, queue, unit, redacting, mending, promoting, barring, menu)
"""The routers; what waits for a photo or a text stands before everything that takes any."""
