"""Modules with confidences to a text: format, mask, interleaving, Reed-Solomon with erasures.

How a wrong text is kept out. A block with c check symbols, of which e repair erasures and t
correct errors, takes a random word for a code word with a probability of about
C(n-e, t) * 256^t / 256^(c-e): that is held to 2^-20 for each attempt and block, and a picture sees
some hundred attempts. Up to one in ten thousand hopeless pictures would so yield a wrong block.
It differs from the printed one in more than c places, a third of them or more in the text, and
each of these bytes must again fit the receipt's syntax that `accept` demands, at odds of about
1 in 20: below 1e-5 for the five it takes at least. Where the grammar has stood in for the bits
the syntax proves little, and 2^-30 is asked of all blocks together instead: below one in a
million hopeless pictures.
Either way the receipt is still verified afterwards.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil, comb, log2
from time import process_time

import numpy as np
from numpy.typing import NDArray
from reedsolo import ReedSolomonError, RSCodec

from services.images.grid.grammar import Soft, likeliest, surety_of_bits
from services.images.grid.segments import Malformed, text_of
from services.images.grid.symbol import Blocks, blocks, format_words, mask_signs, symbol

_SAFE_BITS = 20.0
_SAFE_BITS_OF_A_GUESS = 30.0  # of all blocks together, and at least
_SAFE_BITS_OF_ITS_BLOCK = 18.0
_ERASED_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_FORMATS_TRIED = 2
_BLIND = -5.0  # a word of eight even chances has -5.5

_LAST_WITH_SHORT_COUNTS = 9


@dataclass(frozen=True, slots=True)
class _Words:
    """Code words, for each the logarithm of its chance to be right, and the proof they need."""

    values: NDArray[np.uint8]
    surety: Soft
    safe_bits: float


def decode(soft: Soft, accept: Callable[[str], bool], deadline: float) -> str | None:
    """The accepted text of a symbol, or None.

    `soft[row, column]` is positive for a dark module, and the larger its absolute value, the
    surer; its shape gives the version. No attempt begins after `deadline` (process_time).
    """
    version = (len(soft) - 17) // 4
    for level, mask in _formats(soft):
        unmasked = (soft * mask_signs(version, mask)).ravel()[symbol(version).data]
        for words in _readings(unmasked.reshape(-1, 8), version, blocks(version, level)):
            text = _text(_data(words, blocks(version, level), deadline), version)
            if text is not None and accept(text):
                return text
    return None


def _readings(bits: Soft, version: int, layout: Blocks) -> Iterator[_Words]:
    """The words as they are seen, and as they would be if they were a receipt's."""
    values = np.packbits(bits > 0, axis=1).ravel()
    surety = surety_of_bits(bits).sum(axis=1)
    yield _Words(values, surety, _SAFE_BITS)
    if version > _LAST_WITH_SHORT_COUNTS:
        return
    data = np.concatenate([row[: -layout.checks] for row in layout.rows])
    receipt = likeliest(bits[data])
    if receipt is not None:
        values, surety = values.copy(), surety.copy()
        values[data], surety[data] = receipt.words, receipt.surety
        each = max(_SAFE_BITS_OF_A_GUESS / len(layout.rows), _SAFE_BITS_OF_ITS_BLOCK)
        yield _Words(values, surety, each)


def format_fit(soft: Soft) -> float:
    """How well both copies of the format information are one: 1 at best, noise about a half."""
    copies = _copies(soft)
    return float((format_words()[1] @ copies).max() / (np.abs(copies).sum() + 1e-6))


def _formats(soft: Soft) -> list[tuple[str, int]]:
    """The likeliest levels and masks, by both copies of the format information together."""
    kinds, words = format_words()
    scores = words @ _copies(soft)
    return [kinds[k] for k in np.argsort(-scores)[:_FORMATS_TRIED]]


def _copies(soft: Soft) -> Soft:
    version = (len(soft) - 17) // 4
    seen = np.clip(soft.ravel(), -1, 1)[symbol(version).formats]
    return np.asarray(seen.sum(axis=0), np.float32)


def _text(data: bytes | None, version: int) -> str | None:
    if data is None:
        return None
    try:
        return text_of(data, version)
    except Malformed:
        return None


def _data(words: _Words, layout: Blocks, deadline: float) -> bytes | None:
    data = b""
    for row in layout.rows:
        part = _Words(words.values[row], words.surety[row], words.safe_bits)
        block = _corrected(part, layout.checks, deadline)
        if block is None:
            return None
        data += block
    return data


def _corrected(block: _Words, checks: int, deadline: float) -> bytes | None:
    """The block's data: more and more of its least sure symbols are given up as erasures.

    Those that show nothing always are, or a blank picture would be a code of zeros.
    """
    values, doubtful = block.values, np.argsort(block.surety)
    most = checks - ceil(block.safe_bits / 8)
    for erased in _erasure_counts(int((block.surety < _BLIND).sum()), most):
        if process_time() > deadline:
            return None
        positions = [int(place) for place in doubtful[:erased]]
        try:
            data, whole, _ = _codec(checks).decode(bytes(values), erase_pos=positions)
        except (ReedSolomonError, ZeroDivisionError, IndexError):
            continue
        changed = np.frombuffer(bytes(whole), np.uint8) != values
        changed[positions] = False
        if _spare_bits(len(values), checks, erased, int(changed.sum())) >= block.safe_bits:
            return bytes(data)
    return None


def _erasure_counts(least: int, most: int) -> list[int]:
    return sorted(
        {least + int((most - least) * share) for share in _ERASED_SHARES if least <= most}
    )


def _spare_bits(length: int, checks: int, erased: int, errors: int) -> float:
    return 8 * (checks - erased - errors) - log2(comb(length - erased, errors))


@cache
def _codec(checks: int) -> RSCodec:
    return RSCodec(checks)
