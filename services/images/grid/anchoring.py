"""Single patterns found where the paper has carried them, before the sheet bends after them."""

from itertools import product

import cv2
import numpy as np

from services.images.grid.light import Plane
from services.images.grid.sheet import MARGIN, Look, Sheet, Window, known
from services.images.grid.symbol import alignment_centres, symbol

ROUGHLY = 3  # points a module
_SEEN = 0.45
_ASTRAY = 4 * ROUGHLY  # points that an alignment pattern is looked for each way
_ALIGNED = 0.5
_FLAT = 0.2
_SQUEEZES = (1.25, 1.0, 0.78, 0.6)


def squeeze(sheet: Sheet, dark: Plane, window: Window) -> bool:
    """Find how much smaller or larger a finder is than the flat grid has it, if it is seen."""
    colours = known(sheet.version)[window]
    off_v, off_u = np.mgrid[-4:5, -4:5].astype(np.float32)
    v0, u0 = (float(part.start) + 4.5 - MARGIN for part in window)
    best = _SEEN * float(np.abs(colours).sum())
    push = None
    for wide, tall in product(_SQUEEZES, _SQUEEZES):
        x, y = sheet.pixels(u0 + wide * off_u, v0 + tall * off_v)
        seen = cv2.remap(dark, x, y, cv2.INTER_LINEAR, borderValue=0)
        score = float((np.clip(seen, -1, 1) * colours).sum()) - 2 * abs(wide - tall)
        if score > best:
            best = score
            push = np.stack([(wide - 1) * off_u, (tall - 1) * off_v], axis=-1)
    if push is not None:
        sheet.push[window] = push
    return push is not None


def align(sheet: Sheet, dark: Plane, seen: Plane) -> bool:
    """Move the alignment patterns to where they are seen near their places; whether any was."""
    flat = np.pad(sheet.flatten(dark, ROUGHLY), _ASTRAY)
    pattern = np.kron(symbol(2).known[16:21, 16:21], np.ones((ROUGHLY,) * 2)).astype(np.float32)
    off = np.arange(-_ASTRAY, _ASTRAY + 1) / ROUGHLY
    nearness = 0.05 * np.hypot(off[:, None], off[None, :]).astype(np.float32)
    found = False
    for row, column in alignment_centres(sheet.version):
        # The padding makes up for the modules that the pattern may lie astray.
        top, left = ((at - 2 + MARGIN) * ROUGHLY for at in (row, column))
        wide = 5 * ROUGHLY + 2 * _ASTRAY
        patch = flat[top : top + wide, left : left + wide]
        if patch.std() < _FLAT:
            continue
        alike = cv2.matchTemplate(patch, pattern, cv2.TM_CCOEFF_NORMED) - nearness
        _, best, _, (x, y) = cv2.minMaxLoc(alike)
        if best > _ALIGNED:
            window = tuple(slice(at + MARGIN - 2, at + MARGIN + 3) for at in (row, column))
            sheet.push[window] += (off[x], off[y])
            seen[window] = 1
            found = True
    return found


def anchor(sheet: Sheet, look: Look, window: Window) -> None:
    """Move, turn and stretch one finder by itself."""
    sums = look.sums[window].reshape(-1, 5).astype(np.float64)
    v, u = np.mgrid[-1:1:9j, -1:1:9j]
    parts = np.stack([np.ones(81), u.ravel(), v.ravel()], axis=1)
    xx, xy, yy = (parts.T @ (sums[:, k, None] * parts) for k in range(3))
    left = np.block([[xx, xy], [xy, yy]]) + 0.05 * np.eye(6)
    answer = np.linalg.solve(left, np.concatenate([parts.T @ sums[:, 3], parts.T @ sums[:, 4]]))
    step = np.clip(parts @ answer.reshape(2, 3).T, -0.8, 0.8)
    sheet.push[window] += step.reshape(9, 9, 2).astype(np.float32)
