"""Codes are found in every way a picture may arrive, and nothing a stranger sends does harm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from services.images import reading
from services.images.reading import engines, read_codes
from tests.services.images.pictures import PAYMENT, RECEIPT, code_image, encoded


def texts(data: bytes) -> list[str]:
    return [code.text for code in read_codes(data).codes]


def on_table(image: Image.Image, size: tuple[int, int], at: tuple[int, int]) -> Image.Image:
    table = Image.new("L", size, 190)
    table.paste(image, at)
    return table


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_formats(kind: str) -> None:
    result = read_codes(encoded(code_image(), kind))
    assert result.problem is None
    assert [(code.text, code.symbology) for code in result.codes] == [(RECEIPT, "QR Code")]
    assert result.ms > 0


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA"])
def test_png_modes(mode: str) -> None:
    assert texts(encoded(code_image().convert(mode))) == [RECEIPT]


def test_sixteen_bits() -> None:
    deep = Image.fromarray(np.asarray(code_image()).astype(np.uint16) * 257)
    assert deep.mode == "I;16"
    assert texts(encoded(deep)) == [RECEIPT]


def test_cmyk() -> None:
    assert texts(encoded(code_image().convert("CMYK"), "JPEG")) == [RECEIPT]


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_transparent_background_is_paper(mode: str) -> None:
    """Black modules on nothing: without white behind them everything would be black."""
    grey = code_image()
    if mode == "P":
        clear = Image.fromarray((np.asarray(grey) > 128).astype(np.uint8)).convert("P")
        clear.putpalette([0, 0, 0, 0, 0, 0])
        data = encoded(clear, transparency=1)
    else:
        clear = Image.new("RGBA", grey.size, (0, 0, 0, 255))
        clear.putalpha(grey.point(lambda value: 255 - value))
        data = encoded(clear)
    assert texts(data) == [RECEIPT]


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_first_frame_of_an_animation(kind: str) -> None:
    blank = Image.new("L", code_image().size, 255)
    data = encoded(code_image(), kind, save_all=True, append_images=[blank], duration=100)
    assert texts(data) == [RECEIPT]


def test_corners_are_in_the_upright_picture() -> None:
    """A phone lying on its side stores turned pixels and says so in EXIF."""
    upright = on_table(code_image(scale=4), (900, 500), (600, 40))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to see it
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    (code,) = read_codes(encoded(stored, "JPEG", exif=exif)).codes
    xs, ys = zip(*code.corners, strict=True)
    module = 4 * 4
    assert min(xs) == pytest.approx(600 + module, abs=3)
    assert min(ys) == pytest.approx(40 + module, abs=3)
    assert code.corners[0] == min(code.corners, key=sum)


def test_corners_of_a_reduced_picture_are_the_originals() -> None:
    photo = on_table(code_image(scale=10), (4000, 3000), (2500, 1200))
    (code,) = read_codes(encoded(photo, "JPEG")).codes
    assert code.engine == "zxing-cpp/half"
    assert code.corners[0] == pytest.approx((2540, 1240), abs=6)


def test_a_small_code_in_a_large_photo() -> None:
    """Modules of two pixels vanish when the picture is reduced."""
    photo = on_table(code_image(scale=2), (4080, 3060), (3000, 2000))
    (code,) = read_codes(encoded(photo)).codes
    assert (code.text, code.engine) == (RECEIPT, "zxing-cpp/original")
    assert code.corners[0] == pytest.approx((3008, 2008), abs=3)


def test_all_codes_of_a_photo() -> None:
    both = on_table(code_image(), (1200, 700), (50, 50))
    both.paste(code_image(PAYMENT), (650, 200))
    assert sorted(texts(encoded(both))) == sorted([RECEIPT, PAYMENT])


def test_an_easy_payment_code_does_not_hide_the_receipt() -> None:
    """The receipt's code is too faint for the first attempt, which sees the other one."""
    faint = code_image(scale=2).filter(ImageFilter.GaussianBlur(1.0))
    faint = faint.point(lambda value: 150 + value * 90 // 255)
    both = on_table(faint, (800, 500), (20, 20))
    both.paste(code_image(PAYMENT), (400, 120))
    result = read_codes(encoded(both))
    assert [(code.text, code.engine) for code in result.codes] == [
        (PAYMENT, "zxing-cpp/whole"),
        (RECEIPT, "zxing-cpp/enlarged"),
    ]


def test_without_libzbar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading.readers, "pyzbar", None)
    assert engines() == {"zxing-cpp": True, "pyzbar": False, "opencv": True}
    assert texts(encoded(code_image())) == [RECEIPT]
    assert read_codes(encoded(Image.new("L", (300, 300), 255))).problem == "no_code"


def test_no_time_no_attempt() -> None:
    assert read_codes(encoded(code_image()), seconds=-1).problem == "no_code"


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP"]), st.data())
def test_damaged_files_raise_nothing(kind: str, data: st.DataObject) -> None:
    file = bytearray(encoded(code_image(scale=2), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    result = read_codes(bytes(file), seconds=0.2)
    assert (result.problem is None) == bool(result.codes)


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(data: bytes) -> None:
    assert read_codes(data).problem in {"not_an_image", "too_large", "no_code", "pdf"}
