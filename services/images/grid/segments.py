"""Data codewords to text: the segments of ISO/IEC 18004, without Kanji.

A till's text is ASCII. Kanji, structured append and FNC1 never stand in a receipt: they are
refused like a broken stream.
"""

_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_NUMERIC_BITS = {3: 10, 2: 7, 1: 4}
_UTF8 = 26
_END, _DIGITS, _LETTERS, _BYTES, _CHARSET = 0, 1, 2, 4, 7


class Malformed(Exception):  # noqa: N818 - an answer about the stream
    """The stream breaks the rules, or uses what is not read here."""


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self.left = len(data) * 8

    def take(self, count: int) -> int:
        if count > self.left:
            raise Malformed
        self.left -= count
        return self._value >> self.left & ((1 << count) - 1)


def text_of(data: bytes, version: int) -> str:
    """The text of the data codewords of one of versions 1 to 10. Raises Malformed."""
    bits = _Bits(data)
    raw = b""
    utf8: bool | None = None
    while bits.left >= 4 and (mode := bits.take(4)) != _END:
        if mode == _CHARSET:
            utf8 = _charset(bits) == _UTF8
        elif mode == _DIGITS:
            raw += _digits(bits, bits.take(10 if version < 10 else 12))
        elif mode == _LETTERS:
            raw += _letters(bits, bits.take(9 if version < 10 else 11))
        elif mode == _BYTES:
            count = bits.take(8 if version < 10 else 16)
            raw += bits.take(count * 8).to_bytes(count)
        else:
            raise Malformed
    return _as_text(raw, utf8)


def _charset(bits: _Bits) -> int:
    first = bits.take(8)
    if first < 0x80:
        return first
    if first < 0xC0:
        return (first & 0x3F) << 8 | bits.take(8)
    raise Malformed


def _digits(bits: _Bits, count: int) -> bytes:
    text = ""
    while count:
        group = min(count, 3)
        value = bits.take(_NUMERIC_BITS[group])
        if value >= 10**group:
            raise Malformed
        text += f"{value:0{group}d}"
        count -= group
    return text.encode()


def _letters(bits: _Bits, count: int) -> bytes:
    text = ""
    for _ in range(count // 2):
        first, second = divmod(bits.take(11), 45)
        if first >= 45:
            raise Malformed
        text += _ALPHANUMERIC[first] + _ALPHANUMERIC[second]
    if count % 2:
        last = bits.take(6)
        if last >= 45:
            raise Malformed
        text += _ALPHANUMERIC[last]
    return text.encode()


def _as_text(raw: bytes, utf8: bool | None) -> str:
    """Without a declared character set, UTF-8 where it is valid: what makers do in practice."""
    if utf8 is not False:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            if utf8:
                raise Malformed from None
    return raw.decode("latin-1")
