"""The shape of the paper on the table: flat, curled as it left the roll, or crumpled."""

from dataclasses import dataclass, field

import numpy as np

from benchmarks.qr.paper import Plane


@dataclass(frozen=True)
class Crease:
    """A fold along a straight line; the paper rises by `slope` on either side of it."""

    x: float
    y: float
    angle: float
    slope: float


@dataclass(frozen=True)
class Surface:
    """Heights over the table in mm, around the point the camera looks at.

    `curl` is the radius of the cylinder the paper follows, 0 for none, negative with the ends up.
    """

    curl: float = 0.0
    curl_angle: float = 0.0
    curl_at: float = 0.0
    creases: tuple[Crease, ...] = field(default=())
    soft: float = 1.5

    def height(self, x: Plane, y: Plane) -> tuple[Plane, Plane, Plane, Plane, Plane]:
        """Height, its slopes along x and y, and the paper's own coordinates of the points."""
        high, u, v = np.zeros_like(x), x.copy(), y.copy()
        across, along = np.zeros_like(x), np.zeros_like(x)
        if self.curl:
            nx, ny = np.sin(self.curl_angle), np.cos(self.curl_angle)
            flat = x * nx + y * ny - self.curl_at
            radius, up = abs(self.curl), np.sign(self.curl)
            bent = np.clip(flat / radius, -0.94, 0.94)
            high -= up * radius * (1 - np.sqrt(1 - bent**2))
            slope = -up * bent / np.sqrt(1 - bent**2)
            across, along = across + slope * nx, along + slope * ny
            longer = radius * (np.arcsin(bent) - bent)
            u, v = u + longer * nx, v + longer * ny
        for each in self.creases:
            nx, ny = np.cos(each.angle), np.sin(each.angle)
            far = (x - each.x) * nx + (y - each.y) * ny
            round_ = np.sqrt(far**2 + self.soft**2)
            fade = np.exp(-np.abs(far) / 14)
            high += each.slope * (14 * (1 - fade)) * np.minimum(1, round_ / (np.abs(far) + 0.5))
            slope = each.slope * fade * far / round_
            across, along = across + slope * nx, along + slope * ny
            longer = (np.sqrt(1 + each.slope**2) - 1) * 14 * (1 - fade) * np.sign(far)
            u, v = u + longer * nx, v + longer * ny
        return high, across, along, u, v


def wear(surface: Surface, x: Plane, y: Plane) -> Plane:
    """Where the print has cracked off along the creases: 1 is untouched."""
    kept = np.ones_like(x)
    for each in surface.creases:
        far = (x - each.x) * np.cos(each.angle) + (y - each.y) * np.sin(each.angle)
        kept *= 1 - min(0.9, abs(each.slope)) * np.exp(-((far / 0.25) ** 2))
    return kept
