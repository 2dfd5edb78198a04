"""The likeliest receipt behind doubtful bits.

A fiscal receipt's text is narrow: a third of its letters are the same everywhere, the rest are
digits, and what follows it in the code are padding words. Viterbi's search finds the text of that
form which the bits speak for most; its letters then stand in for the bits. They are a guess for
Reed-Solomon to start from and never an answer: the check words must confirm it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# # is a digit, + repeats the digit before it, and (...) may be left out.
_FORM = "t=20######T####(##)&s=#+(.##)&fn=################&i=#+&fp=#+&n=#"
_DIGIT = -1
_PADDING = (0xEC, 0x11)
_SHARPNESS = 6.0
_NEVER = -1e9
_HEADER = 12  # bits: bytes follow, and how many, in versions 1 to 9

Soft = NDArray[np.float32]
Chances = NDArray[np.float32] | NDArray[np.float64]
_CODES = np.unpackbits(np.arange(128, dtype=np.uint8)[:, None], axis=1).astype(np.float32)
_DIGITS = np.arange(ord("0"), ord("9") + 1)


@dataclass(frozen=True, slots=True)
class Likeliest:
    """Data words and, for each, the logarithm of the chance that it is right."""

    words: NDArray[np.uint8]
    surety: Soft


def surety_of_bits(bits: Soft) -> Soft:
    """Per bit the logarithm of the chance that its sign is right."""
    return np.asarray(-np.logaddexp(0, -_SHARPNESS * np.abs(bits)), np.float32)


def likeliest(bits: Soft) -> Likeliest | None:
    """The likeliest receipt in the data words' bits, (words, 8), positive for 1.

    None where the words cannot hold one.
    """
    stream = bits.ravel()
    most = (len(stream) - _HEADER) // 8
    if most < len(_STATES):
        return None
    ones = -np.logaddexp(0, -_SHARPNESS * stream)
    noughts = -np.logaddexp(0, _SHARPNESS * stream)
    first, second = (x[_HEADER : _HEADER + most * 8].reshape(most, 8) for x in (ones, noughts))
    letters = first @ _CODES.T + second @ (1 - _CODES).T
    scores, came = _search(letters)
    lengths = np.flatnonzero(scores > _NEVER / 2)
    frames = [_frame(int(n), len(bits), spare) for n in lengths for spare in (False, True)]
    rests = np.array([_rest(ones, noughts, frame) for frame in frames]).reshape(-1, 2)
    if not len(rests):
        return None
    best = int((scores[lengths, None] + rests).argmax())
    return _written(letters, came, int(lengths[best // 2]), frames[best])


def _states() -> tuple[NDArray[np.intp], NDArray[np.bool_], NDArray[np.intp]]:
    """Each state's letter, whether it repeats, and how far back a part may be left out."""
    kinds: list[int] = []
    repeats: list[bool] = []
    skips: dict[int, int] = {}
    opened = 0
    for sign in _FORM:
        if sign == "+":
            repeats[-1] = True
        elif sign == "(":
            opened = len(kinds)
        elif sign == ")":
            skips[len(kinds)] = len(kinds) - opened + 1
        else:
            kinds.append(_DIGIT if sign == "#" else ord(sign))
            repeats.append(False)
    back = np.array([skips.get(state, 0) for state in range(len(kinds))], np.intp)
    return np.array(kinds, np.intp), np.array(repeats), back


_STATES, _REPEATS, _BACK = _states()


def _search(letters: Soft) -> tuple[Chances, NDArray[np.intp]]:
    """The best score of a whole text of each length, and whence each state was reached."""
    digits = letters[:, _DIGITS].max(axis=1) - np.log(10)
    seen = np.where(_STATES == _DIGIT, digits[:, None], letters[:, np.maximum(_STATES, 0)])
    count = len(_STATES)
    states = np.arange(count)
    sources = np.stack([states - 1, states, states - np.maximum(_BACK, 1)])
    allowed = np.stack([states > 0, _REPEATS, _BACK > 0])
    came = np.zeros((len(letters) + 1, count), np.intp)
    best = np.full(count, _NEVER)
    best[0] = seen[0, 0]
    scores = np.full(len(letters) + 1, _NEVER)
    for place in range(1, len(letters)):
        ways = np.where(allowed, best[np.maximum(sources, 0)], _NEVER)
        chosen = ways.argmax(axis=0)
        came[place] = sources[chosen, states]
        best = ways[chosen, states] + seen[place]
        scores[place + 1] = best[-1]
    return scores, came


def _rest(ones: Chances, noughts: Chances, frame: NDArray[np.uint8]) -> float:
    """How well the bits around the text fit the frame."""
    likely = np.where(np.unpackbits(frame) > 0, ones, noughts)
    end = _HEADER + _length(frame) * 8
    return float(likely[:_HEADER].sum() + likely[end:].sum())


def _frame(length: int, words: int, spare: bool) -> NDArray[np.uint8]:
    """The data words of a text of zeros; some encoders put a spare zero before the padding."""
    frame = np.zeros(words, np.uint8)
    frame[0], frame[1] = 0x40 | length >> 4, (length & 15) << 4
    start = length + 2 + spare
    frame[start:] = np.resize(np.array(_PADDING, np.uint8), max(0, words - start))
    return frame


def _length(frame: NDArray[np.uint8]) -> int:
    return (int(frame[0]) & 15) << 4 | int(frame[1]) >> 4


def _written(
    letters: Soft, came: NDArray[np.intp], length: int, frame: NDArray[np.uint8]
) -> Likeliest:
    state = len(_STATES) - 1
    codes = np.zeros(length, np.uint8)
    sure = np.zeros(length, np.float32)
    for place in range(length - 1, -1, -1):
        if _STATES[state] == _DIGIT:
            ten = letters[place, _DIGITS]
            codes[place] = _DIGITS[ten.argmax()]
            sure[place] = ten.max() - np.logaddexp.reduce(ten)
        else:
            codes[place] = _STATES[state]
        state = int(came[place, state])
    filled = frame.copy()
    # Four bits of the mode stand before the text: each letter lies across two words.
    filled[1 : length + 1] |= codes >> 4
    filled[2 : length + 2] |= codes << 4
    surety = np.zeros(len(frame), np.float32)
    surety[2 : length + 2] = sure
    return Likeliest(filled, surety)
