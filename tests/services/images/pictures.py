"""Pictures made for the tests: facts of each kind, codes, and files that mean harm."""

import struct
import zlib
from io import BytesIO
from typing import Any

import segno
from PIL import Image

RECEIPT = "t=20260512T1345&s=640.00&fn=9287440300000001&i=1842&fp=3730902192&n=1"
PAYMENT = "https://qr.nspk.ru/AD100004BAL7227F9BNP6KNE007J9B3K?type=02&bank=100000000007"

THEME = {"primary": "#14245c", "accent": "#ff9d4d", "motif": "space"}
CARD: dict[str, Any] = {
    "city": "Калуга",
    "tagline": "Электронная карта гостя",
    "name": "Анна Ковалёва",
    "level": "Путешественник",
    "balance": 320,
    "balance_label": "320 баллов",
    "since_label": "В программе с 12 мая 2026",
    "number": "№ 4821 0057",
    "qr": "https://guest.example/c/8f3kQ2xTnV0aLrYw1bZpXg",
    "theme": THEME,
}
CODE: dict[str, Any] = {
    "title": "Чай и пирог с вишней",
    "venue": "Демо-кофейня «Орбита»",
    "code": "4821 93",
    "until_label": "Действует до 14:35",
    "hint": "Покажите этот код на кассе.",
    "qr": "https://guest.example/r/8f3kQ2xTnV0aLrYw1b",
    "theme": THEME,
}
SAMPLE: dict[str, Any] = {
    "venue": "Демо-кофейня «Орбита»",
    "legal_name": "ООО «ДЕМО-ОРБИТА»",
    "address": "248000, Калуга, ул. Примерная, д. 12",
    "inn": "4000000000",
    "registration": "0000000001012345",
    "drive": "9287440300000001",
    "document": 1842,
    "sign": 3730902192,
    "items": [["Капучино 0,3", 2, 46000], ["Пирог с вишней", 1, 18000]],
    "total": 64000,
    "purchased": "2026-05-12T13:45",
    "qr": RECEIPT,
}
PASSPORT: dict[str, Any] = {
    "kind": "Благоустройство",
    "title": "Сквер у школы № 12: освещение и лавочки",
    "place": "Правый берег, улица Фомушина",
    "step": 4,
    "steps": 10,
    "stage": "Оценка",
    "stage_label": "Этап 4 из 10",
    "percent": 38,
    "percent_label": "38 %",
    "missing_label": "Чего не хватает",
    "missing": ["Ещё 18 голосов проверенных жителей", "Доля «за»: 54 % из 60 %"],
    "help_label": "Кто может помочь",
    "help": ["Грант на благоустройство (пример)"],
    "state": "",
    "theme": THEME,
}
FACTS = {"card": CARD, "code": CODE, "passport": PASSPORT, "sample": SAMPLE}


def code_image(text: str = RECEIPT, scale: int = 5) -> Image.Image:
    """A code, black on white with its quiet zone, in shades of grey."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=scale, border=4)
    return Image.open(out).convert("L")


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def as_sent_by_messenger(png: bytes, width: int) -> bytes:
    """The picture as a small, badly compressed JPEG."""
    image = Image.open(BytesIO(png)).convert("RGB")
    height = round(image.height * width / image.width)
    return encoded(image.resize((width, height), Image.Resampling.LANCZOS), "JPEG", quality=60)


def png_bomb(side: int = 30_000) -> bytes:
    """A valid one-bit PNG of side × side pixels in about 100 KB."""
    pixels = zlib.compress(bytes(1 + (side + 7) // 8) * side, 9)
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def webp_header(side: int = 16_384) -> bytes:
    """The beginning of an animated WebP with a huge canvas."""
    size = (side - 1).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + size + size
    animation = b"ANIM" + struct.pack("<I", 6) + bytes(6)
    body = b"WEBP" + extended + animation
    return b"RIFF" + struct.pack("<I", len(body)) + body
