"""The colours of the modules, sharpened by what the code itself tells about its blur.

Blur smears each module over its neighbours, everywhere in about the same way. The fixed patterns
are known in advance, so that the smear can be measured on them; then the colours are sought whose
smeared picture is the one seen. Each round knows more colours, and so the smear better.
"""

import cv2
import numpy as np

from services.images.grid.light import Plane
from services.images.grid.sheet import MARGIN, Sheet
from services.images.grid.symbol import symbol

_FINE = 3
_REACH = 2  # modules that blur reaches each way
_ROUNDS = 3
_DESCENTS = 25


def plain(sheet: Sheet, dark: Plane) -> Plane:
    """How dark each module's middle is."""
    seen = cv2.blur(sheet.flatten(dark, 5), (3, 3))[2::5, 2::5]
    return np.ascontiguousarray(seen[MARGIN:-MARGIN, MARGIN:-MARGIN])


def sharpened(sheet: Sheet, dark: Plane) -> Plane:
    """The modules' colours with the blur taken out: unclipped, sure where far from 0."""
    seen = sheet.flatten(dark, _FINE)
    side = len(sheet.push)
    phases = seen.reshape(side, _FINE, side, _FINE).transpose(0, 2, 1, 3).reshape(side, side, -1)
    known = np.pad(symbol(sheet.version).known.astype(np.float32), MARGIN, constant_values=-1)
    colours = np.where(known != 0, known, np.clip(phases[..., 4] * 2, -1, 1)).astype(np.float32)
    sure = np.where(known != 0, 1, np.abs(colours)).astype(np.float32)
    for _ in range(_ROUNDS):
        smear, level = _smear(phases, colours, sure)
        colours, soft = _unsmeared(phases - level, smear, colours, known)
        sure = np.where(known != 0, 1, np.clip(np.abs(soft), 0, 1) ** 2).astype(np.float32)
    return np.ascontiguousarray(soft[MARGIN:-MARGIN, MARGIN:-MARGIN])


def _smear(phases: Plane, colours: Plane, sure: Plane) -> tuple[Plane, Plane]:
    """By least squares: (phases, 5, 5) weights of the neighbours, and each phase's level."""
    padded = np.pad(colours, _REACH, constant_values=-1)
    near = np.lib.stride_tricks.sliding_window_view(padded, (2 * _REACH + 1,) * 2)
    rows = near.reshape(-1, near.shape[-1] ** 2)
    rows = np.concatenate([rows, np.ones((len(rows), 1), np.float32)], axis=1)
    weight = sure * cv2.erode(cv2.blur(sure, (3, 3)), np.ones((3, 3), np.uint8))
    weight[0], weight[-1], weight[:, 0], weight[:, -1] = 0, 0, 0, 0
    weighted = rows * weight.reshape(-1, 1)
    left = weighted.T @ rows
    left[np.diag_indices(len(left))] += 0.02 * np.trace(left) / len(left)
    answer = np.linalg.solve(left, weighted.T @ phases.reshape(len(rows), -1)).astype(np.float32)
    side = 2 * _REACH + 1
    return answer[:-1].T.reshape(-1, side, side), answer[-1]


def _unsmeared(phases: Plane, smear: Plane, colours: Plane, known: Plane) -> tuple[Plane, Plane]:
    """Colours from -1 to 1 that explain the phases, and how strongly each wants to be so."""
    back = np.zeros_like(colours)
    for phase, kernel in zip(np.moveaxis(phases, -1, 0), smear, strict=True):
        turned = np.ascontiguousarray(kernel[::-1, ::-1])
        back += cv2.filter2D(
            np.ascontiguousarray(phase), -1, turned, borderType=cv2.BORDER_REPLICATE
        )
    side = 4 * _REACH + 1
    gram = np.zeros((side, side), np.float32)
    for kernel in smear:
        wide = np.pad(kernel, 2 * _REACH)
        gram += cv2.filter2D(wide, -1, kernel, borderType=cv2.BORDER_CONSTANT)[
            _REACH : _REACH + side, _REACH : _REACH + side
        ]
    middle = max(float(gram[2 * _REACH, 2 * _REACH]), 1e-6)
    pace = 1 / max(float(np.abs(np.fft.fft2(gram, (64, 64))).max()), 1e-6)
    current, ahead = colours, colours
    for step in range(_DESCENTS):
        slope = cv2.filter2D(ahead, -1, gram, borderType=cv2.BORDER_REPLICATE) - back
        moved = np.clip(ahead - pace * slope, -1, 1)
        moved = np.where(known != 0, known, moved).astype(np.float32)
        ahead = moved + step / (step + 3) * (moved - current)
        current = moved
    slope = cv2.filter2D(current, -1, gram, borderType=cv2.BORDER_REPLICATE) - back
    return current, (current - slope / middle).astype(np.float32)
