"""What a till prints: the words of a made-up receipt and the text of its code."""

from dataclasses import dataclass
from random import Random

_PLACES = (
    ("ООО «Калужский самовар»", "Калуга, ул. Театральная, 12"),
    ("ИП Соколова М. А.", "Калуга, пл. Старый Торг, 4"),
    ("ООО «Звёздный городок»", "Калуга, ул. Королёва, 2"),
    ("Кофейня «На Кирова»", "Калуга, ул. Кирова, 31"),
    ("АО «Тульский пряник»", "Тула, пр. Ленина, 45"),
)
_GOODS = (
    "Капучино 300 мл",
    "Тесто калужское",
    "Пирожок с капустой",
    "Борщ домашний",
    "Чай чёрный",
    "Билет взрослый",
    "Билет детский",
    "Магнит сувенирный",
    "Кружка «Гагарин»",
    "Вода 0,5 л",
    "Пакет-майка",
    "Салат «Цезарь»",
    "Мёд липовый 250 г",
    "Хлеб ржаной",
)


@dataclass(frozen=True)
class Receipt:
    """The lines above the code, and its text; `payment` is the text of a code to pay by."""

    lines: tuple[str, ...]
    text: str
    payment: str


def receipt(rng: Random, columns: int) -> Receipt:
    """A plausible sale; nothing on it belongs to anybody."""
    place, address = rng.choice(_PLACES)
    goods = [
        (rng.choice(_GOODS), rng.choice((1, 1, 1, 2, 3)), rng.randrange(3900, 99000, 100))
        for _ in range(rng.randint(2, 7))
    ]
    kopecks = sum(count * price for _, count, price in goods) + rng.randrange(100)
    day = f"2026{rng.randint(1, 11):02}{rng.randint(1, 28):02}"
    hour, minute = rng.randint(8, 22), rng.randint(0, 59)
    drive = rng.choice(("73804408", "92804403", "99604402")) + f"{rng.randrange(10**8):08}"
    document, sign = rng.randint(1, 250_000), rng.randrange(10**7, 2**32)
    moment = f"{day}T{hour:02}{minute:02}" + rng.choice(("", "", "00"))
    total = f"{kopecks // 100}.{kopecks % 100:02}"
    text = f"t={moment}&s={total}&fn={drive}&i={document}&fp={sign}&n=1"

    def pair(left: str, right: str) -> str:
        return left + " " * max(1, columns - len(left) - len(right)) + right

    lines = [place.center(columns), address.center(columns), "КАССОВЫЙ ЧЕК / ПРИХОД", ""]
    for name, count, price in goods:
        lines.append(name[:columns])
        lines.append(pair(f"  {count} x {price / 100:.2f}", f"={count * price / 100:.2f}"))
    lines += [
        "-" * columns,
        pair("ИТОГ", f"={total}"),
        pair("БЕЗНАЛИЧНЫМИ", f"={total}"),
        "СНО: УСН доход",
        pair(f"{day[6:]}.{day[4:6]}.{day[2:4]} {hour:02}:{minute:02}", f"Смена {document % 400}"),
        f"ФН: {drive}",
        f"ФД: {document}",
        f"ФП: {sign}",
    ]
    order = "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(32))
    payment = f"https://qr.nspk.ru/{order}?type=02&bank=100000000111&sum={kopecks}&cur=RUB"
    return Receipt(tuple(line[:columns] for line in lines), text, payment)
