"""A photo, a file, pasted text or typed numbers become a receipt; each outcome has its sentence."""

from handlers.chat.receipts.advice import FAULTS, HINTS, OTHER_CODES, PROBLEMS
from handlers.chat.receipts.brought import earned
from handlers.chat.receipts.sending import (
    LooksLikeReceipt,
    image_file,
    look,
    pasted,
    patience,
    photo,
)
from handlers.chat.receipts.words import REASONS, explained, told_apart

__all__ = [
    "FAULTS",
    "HINTS",
    "OTHER_CODES",
    "PROBLEMS",
    "REASONS",
    "LooksLikeReceipt",
    "earned",
    "explained",
    "image_file",
    "look",
    "pasted",
    "patience",
    "photo",
    "told_apart",
]
