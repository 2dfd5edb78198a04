"""What light, lens, sensor, hand and messenger do to a sharp picture."""

from typing import Any

import cv2
import numpy as np

from benchmarks.qr.paper import Plane, cloud

Point = tuple[float, float]


def uneven_light(photo: Plane, noise: np.random.Generator, depth: float) -> Plane:
    """A lamp to one side; `depth` is how much darker the far corner is."""
    rows, columns = photo.shape[:2]
    angle = noise.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-0.5:0.5:32j, -0.5:0.5:32j]
    ramp = 1 - depth * (0.5 + 0.7 * (x * np.cos(angle) + y * np.sin(angle)))
    full = cv2.resize(ramp.astype(np.float32), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return photo * _plane(full)


def defocus(photo: Plane, radius: float) -> Plane:
    """The disc a point becomes out of focus, `radius` in points."""
    if radius < 0.3:
        return photo
    fine = 4
    side = 2 * int(np.ceil(radius)) + 3
    disc = np.zeros((side * fine, side * fine), np.float32)
    middle = (side * fine - 1) / 2
    y, x = np.mgrid[: side * fine, : side * fine]
    disc[(x - middle) ** 2 + (y - middle) ** 2 <= (radius * fine) ** 2] = 1
    kernel = cv2.resize(disc, (side, side), interpolation=cv2.INTER_AREA)
    return _plane(cv2.filter2D(photo, -1, kernel / kernel.sum()))


def motion(photo: Plane, length: float, angle: float, bend: float) -> Plane:
    """A hand that moved `length` points while the shutter was open, along a slight arc."""
    side = 2 * int(np.ceil(length / 2 + abs(bend))) + 5
    kernel = np.zeros((side * 4, side * 4), np.float32)
    along = np.linspace(-0.5, 0.5, 40)
    off = bend * (4 * along**2 - 0.5)
    x = along * length * np.cos(angle) - off * np.sin(angle)
    y = along * length * np.sin(angle) + off * np.cos(angle)
    line = (np.stack([x, y], 1) + side / 2) * 4
    cv2.polylines(kernel, [line.round().astype(np.int32)], False, 1.0, thickness=3)
    kernel = _plane(cv2.resize(kernel, (side, side), interpolation=cv2.INTER_AREA))
    return _plane(cv2.filter2D(photo, -1, kernel / kernel.sum()))


def glare(photo: Plane, noise: np.random.Generator, at: Point, reach: float, power: float) -> Plane:
    """A lamp's reflection: an elongated bright spot with a washed-out halo."""
    rows, columns = photo.shape[:2]
    y, x = np.mgrid[:rows:4, :columns:4].astype(np.float32)
    angle, long = noise.uniform(0, np.pi), noise.uniform(1.2, 2.2)
    dx, dy = x - at[0], y - at[1]
    a = (dx * np.cos(angle) + dy * np.sin(angle)) / (reach * long)
    b = (-dx * np.sin(angle) + dy * np.cos(angle)) / reach
    far = a**2 + b**2
    spot = power * (0.75 * np.exp(-(far**2)) + 0.25 * np.exp(-far / 4))
    full = _plane(cv2.resize(spot.astype(np.float32), (columns, rows)))
    return photo + full * (1.05 - 0.25 * np.minimum(photo, 1))


def shadow(
    photo: Plane, noise: np.random.Generator, at: Point, size: float, dark: float, edges: int
) -> Plane:
    """Hard-edged shadows of hand and phone across the code; `dark` is the light that is left."""
    rows, columns = photo.shape[:2]
    shade = np.ones((rows // 2, columns // 2), np.float32)
    for _ in range(edges):
        angle = noise.uniform(0, 2 * np.pi)
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        start = np.array(at) + across * noise.uniform(-0.35, 0.35) * size
        wide = noise.uniform(0.4, 2.5) * size
        far = 3.0 * max(rows, columns)
        bend = noise.uniform(-0.2, 0.2, 2) * size
        corners = [
            start - along * far,
            start + across * bend[0],
            start + along * far,
            start + along * far + across * wide,
            start + across * (wide + bend[1]),
            start - along * far + across * wide,
        ]
        part = np.zeros_like(shade)
        cv2.fillPoly(part, [(np.array(corners) / 2).round().astype(np.int32)], 1.0)
        shade = np.minimum(shade, 1 - part * (1 - dark))
    soft = max(1.0, size * noise.uniform(0.01, 0.05))
    shade = _plane(cv2.GaussianBlur(shade, (0, 0), soft))
    return photo * _plane(cv2.resize(shade, (columns, rows)))


def sensor(photo: Plane, noise: np.random.Generator, grain: float, gain: float = 1.0) -> Plane:
    """Shot noise, partly smoothed away by the phone; `grain` in levels of 255 at mid grey."""
    fine = noise.standard_normal(photo.shape, np.float32)
    coarse = cloud(noise, photo.shape, 2.5) - 0.5
    strength = np.sqrt(0.25 + (1.5 / max(gain, 0.05)) * np.clip(photo, 0, 1)) * (grain / 255)
    return _plane(photo + (0.75 * fine + 1.6 * coarse) * strength)


def sharpen(photo: Plane, much: float) -> Plane:
    """What phones do to every picture."""
    return photo + much * (photo - _plane(cv2.GaussianBlur(photo, (0, 0), 1.2)))


def jpeg(
    photo: Plane, colours: Plane | None, qualities: tuple[int, ...], longest: int | None = 1280
) -> bytes:
    """Squeeze the picture as a messenger does, as often as there are qualities.

    `colours` are factors for blue, green and red, at any size; None makes a grey picture.
    """
    picture: Any = cv2.convertScaleAbs(np.clip(photo, 0, 1), alpha=255)
    if colours is not None:
        tints = cv2.resize(np.clip(colours, 0, 2), picture.shape[::-1])
        picture = cv2.multiply(cv2.merge([picture] * 3), tints, dtype=cv2.CV_8U)
    data = b""
    for quality in qualities:
        size = max(picture.shape[:2])
        if longest and size > longest:
            scale = longest / size
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        data = encoded.tobytes()
        picture = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
    return data


def _plane(picture: Any) -> Plane:
    return np.asarray(picture, np.float32)
