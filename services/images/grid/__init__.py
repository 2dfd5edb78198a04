"""The last resort of reading: a curved module grid is fitted to a QR code, and decoded."""

from services.images.grid.reader import GridRead, read_grid

__all__ = ["GridRead", "read_grid"]
