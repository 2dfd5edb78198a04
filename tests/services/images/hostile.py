"""Files that mean harm, or only look like it, each with what the guest is told about it.

They are made here, so that none has to be stored; the large ones only when they are asked for.
"""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import cv2
import numpy as np
from PIL import Image

from services.images.contract import MAX_BYTES, Problem
from tests.services.images.pictures import code_image, encoded, png_bomb, webp_header

Make = Callable[[], bytes]


def chunk(name: bytes, body: bytes) -> bytes:
    """One of a PNG's chunks."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_with(*chunks: bytes) -> bytes:
    """A small blank PNG with these chunks before its pixels."""
    png = encoded(Image.new("L", (64, 64), 255))
    at = png.index(b"IDAT") - 4
    return png[:at] + b"".join(chunks) + png[at:]


def segment(marker: int, body: bytes) -> bytes:
    """One of a JPEG's segments."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg_with(*segments: bytes, image: Image.Image | None = None) -> bytes:
    """A JPEG, small and blank unless given, with these segments at its beginning."""
    jpeg = encoded(image or Image.new("RGB", (64, 64), "white"), "JPEG")
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def exif_loop(entries: int = 5000) -> bytes:
    """A directory whose every entry claims the whole block, and which follows itself."""
    entry = struct.pack("<HHII", 0x9286, 7, 60_000, 8)
    return b"II*\0" + struct.pack("<IH", 8, entries) + entry * entries + struct.pack("<I", 8)


def progressive_bomb() -> bytes:
    """Twelve megapixels that thousands of scans go over."""
    jpeg = encoded(Image.new("L", (4000, 3000), 128), "JPEG", progressive=True)
    last = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + last * 5000 + jpeg[-2:]


def arithmetic_jpeg() -> bytes:
    """A frame that says its coding is arithmetic, which is slow and which no phone writes."""
    jpeg = encoded(Image.new("L", (64, 64)), "JPEG")
    return jpeg.replace(b"\xff\xc0", b"\xff\xc9", 1)


def sized_jpeg(width: int, height: int) -> bytes:
    """A JPEG whose frame claims this size."""
    jpeg = encoded(Image.new("L", (64, 64)), "JPEG")
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def run_length_bmp(side: int = 4000) -> bytes:
    """A bitmap of as many runs as pixels; Pillow unpacks them in Python."""
    body = bytes((1, 7)) * (side * 600) + b"\0\1"
    palette = bytes(1024)
    info = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, len(body), 0, 0, 256, 0)
    head = struct.pack("<2sIHHI", b"BM", 14 + 40 + 1024 + len(body), 0, 0, 14 + 40 + 1024)
    return head + info + palette + body


def deep_gif(frames: int = 3000) -> bytes:
    """An animation that repeats one frame thousands of times."""
    blank = [Image.new("P", (300, 300), shade) for shade in (1, 2)]
    gif = encoded(blank[0], "GIF", save_all=True, append_images=[blank[1]])
    first = gif.index(b"\x2c")
    return gif[:-1] + gif[first:-1] * frames + gif[-1:]


def talkative_gif() -> bytes:
    """Ten megabytes of comments in blocks of one byte."""
    gif = encoded(Image.new("P", (64, 64)), "GIF")
    at = 13 + (3 << (gif[10] & 7) + 1)
    return gif[:at] + b"\x21\xfe" + b"\1x" * 5_000_000 + b"\0" + gif[at:]


def archive() -> bytes:
    """A ZIP, as an office document is one."""
    out = BytesIO()
    with ZipFile(out, "w") as opened:
        opened.writestr("receipt.jpg", b"\xff\xd8\xff")
    return out.getvalue()


def boxed(brand: bytes) -> bytes:
    """The beginning of an ISO media file: HEIC, AVIF, video."""
    return struct.pack(">I4s4sI4s", 20, b"ftyp", brand, 0, b"mif1") + bytes(4000)


def finders(side: int = 2000, module: int = 4) -> Image.Image:
    """Finder patterns side by side: every detector sees codes everywhere."""
    one = np.full((8, 8), 255, np.uint8)
    one[:7, :7] = 0
    one[1:6, 1:6] = 255
    one[2:5, 2:5] = 0
    times = side // (8 * module)
    return Image.fromarray(np.tile(np.kron(one, np.ones((module, module), np.uint8)), (times,) * 2))


def checkerboard(side: int = 3000, module: int = 5) -> Image.Image:
    """Black and white squares."""
    return Image.fromarray(
        np.kron(np.indices((side // module,) * 2).sum(axis=0) % 2 * 255, np.ones((module,) * 2))
        .astype(np.uint8)
    )  # fmt: skip


def noise(width: int = 4000, height: int = 3000, cell: int = 1) -> Image.Image:
    """Black and white at random, in squares of `cell` pixels."""
    random = np.random.default_rng(3)
    small = random.integers(0, 2, (height // cell, width // cell), np.uint8) * 255
    return Image.fromarray(np.kron(small, np.ones((cell, cell), np.uint8)))


def jpeg(image: Image.Image, **options: Any) -> bytes:
    return encoded(image, "JPEG", **{"quality": 70, **options})


def clear_webp(side: int = 4000) -> bytes:
    """The largest WebP that is taken, half transparent, lossless."""
    pixels = np.full((side, side, 4), 128, np.uint8)
    done, data = cv2.imencode(".webp", pixels, [cv2.IMWRITE_WEBP_QUALITY, 101])
    assert done
    return data.tobytes()


def _photo() -> bytes:
    return encoded(Image.effect_noise((800, 600), 60), "JPEG")


HOSTILE: dict[str, tuple[Make, Problem]] = {
    "nothing": (lambda: b"", "not_an_image"),
    "text": (lambda: b"t=20260512T1345 but not a picture", "not_an_image"),
    "only a signature": (lambda: b"\x89PNG\r\n\x1a\n", "not_an_image"),
    "zip named .jpg": (archive, "not_an_image"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
    "tiff": (lambda: encoded(Image.new("L", (50, 50)), "TIFF"), "not_an_image"),
    "video": (lambda: boxed(b"isom"), "not_an_image"),
    "heic": (lambda: boxed(b"heic"), "heic"),
    "avif": (lambda: encoded(Image.new("L", (50, 50)), "AVIF"), "heic"),
    "pdf": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", "pdf"),
    "truncated jpeg": (lambda: _photo()[: len(_photo()) // 2], "not_an_image"),
    "truncated png": (lambda: encoded(code_image())[:-80], "not_an_image"),
    "truncated webp": (lambda: encoded(code_image(), "WEBP")[:-80], "not_an_image"),
    "many bytes": (lambda: bytes(MAX_BYTES + 1), "too_large"),
    "one-bit png bomb": (png_bomb, "too_large"),
    "webp canvas": (webp_header, "too_large"),
    "jpeg of 65,000 x 65,000": (lambda: sized_jpeg(65_000, 65_000), "too_large"),
    "jpeg of no width": (lambda: sized_jpeg(0, 64), "not_an_image"),
    "progressive bomb": (progressive_bomb, "too_large"),
    "arithmetic jpeg": (arithmetic_jpeg, "not_an_image"),
    "jpeg of empty segments": (
        lambda: b"\xff\xd8" + segment(0xFE, b"") * 2_000_000, "not_an_image"
    ),
    "run-length bmp": (run_length_bmp, "not_an_image"),
    "talkative gif": (talkative_gif, "not_an_image"),
    "png of empty chunks": (
        lambda: png_with(chunk(b"tEXt", b"") * 500_000), "not_an_image"
    ),
    "text bomb": (
        lambda: png_with(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(300_000_000), 9))),
        "no_code",
    ),
    "profile bomb": (
        lambda: png_with(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(300_000_000), 9))),
        "no_code",
    ),
    "exif loop in jpeg": (
        lambda: jpeg_with(*[segment(0xE1, b"Exif\0\0" + exif_loop())] * 150), "no_code"
    ),
    "exif loop in png": (
        lambda: png_with(chunk(b"eXIf", exif_loop(60_000) + bytes(10_000_000))), "no_code"
    ),
    "jpeg profile in pieces": (
        lambda: jpeg_with(*[segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(60_000))] * 150), "no_code"
    ),
    "restart after every block": (
        lambda: jpeg(Image.new("L", (6000, 6000), 255), restart_marker_blocks=1), "no_code"
    ),
    "deep gif": (deep_gif, "no_code"),
    "many frames of png": (
        lambda: encoded(
            Image.new("L", (300, 300)), save_all=True,
            append_images=[Image.new("L", (300, 300), n) for n in range(1, 100)],
        ), "no_code",
    ),
    "large canvas of webp": (clear_webp, "no_code"),
    "large transparent png": (
        lambda: encoded(Image.new("RGBA", (6000, 4000), (9, 9, 9, 9))), "no_code"
    ),
    "large deep png": (lambda: encoded(Image.new("I;16", (6000, 4000), 30_000)), "no_code"),
    "large cmyk jpeg": (lambda: jpeg(Image.new("CMYK", (10_900, 10_900))), "no_code"),
    "large progressive jpeg": (
        lambda: jpeg(noise(5600, 4200, 8).convert("RGB"), progressive=True, quality=50), "no_code"
    ),
    "a line": (lambda: encoded(Image.new("L", (60_000, 1))), "no_code"),
    "one pixel": (lambda: encoded(Image.new("L", (1, 1))), "no_code"),
    "finder patterns": (lambda: encoded(finders()), "no_code"),
    "small finder patterns": (lambda: encoded(finders(2000, 2)), "no_code"),
    "checkerboard": (lambda: encoded(checkerboard()), "no_code"),
    "noise of 12 megapixels": (lambda: jpeg(noise()), "no_code"),
    "coarse noise": (lambda: jpeg(noise(cell=6)), "no_code"),
}  # fmt: skip
