"""Each way of reading reads what those before it cannot, and stops where it should."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from services.images import reading
from services.images.contract import Reading
from services.images.reading import read_codes, readers
from services.images.reading.cascade import Hunt
from services.images.reading.kinds import goes_with_receipts, is_fiscal, is_receipt
from services.images.reading.plan import PLAN, Try
from services.images.reading.views import Photo, cut
from tests.services.images.pictures import PAYMENT, RECEIPT, code_image, encoded

Picture = NDArray[np.uint8]

SECOND = RECEIPT.replace("i=1842", "i=1843")
PLENTY = 60.0  # the budget is not what is tested, and machines are slow at times


def code(text: str = RECEIPT, scale: int = 5) -> Picture:
    return np.asarray(code_image(text, scale))


def on_table(
    *codes: tuple[Picture, int, int], size: tuple[int, int] = (700, 900), grey: int = 190
) -> Picture:
    """Pictures at a column and a row of a grey table of rows × columns."""
    table = np.full(size, grey, np.uint8)
    for picture, x, y in codes:
        table[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    return table


def read(picture: object) -> Reading:
    grey = np.clip(np.asarray(picture), 0, 255).astype(np.uint8)
    return read_codes(encoded(Image.fromarray(grey)), seconds=PLENTY)


def photo() -> Picture:
    return on_table((code(), 300, 200))


def dead_lines(count: int, wide: int) -> Picture:
    worn = code().copy()
    for x in np.linspace(30, worn.shape[1] - 40, count).astype(int):
        worn[:, x : x + wide] = 255
    return on_table((worn, 300, 200))


def grainy() -> object:
    noise = np.random.default_rng(7).normal(0, 42, photo().shape)
    return photo() * 0.35 + noise


def shadowed() -> object:
    y, x = np.mgrid[:700, :900]
    return np.where(x + 0.4 * y > 480, photo() * 0.25, photo())


@pytest.mark.parametrize(
    ("damaged", "engine"),
    [
        pytest.param(photo, "zxing-cpp/whole", id="plain"),
        pytest.param(lambda: 255 - photo(), "zxing-cpp/whole", id="inverted"),
        pytest.param(lambda: photo()[:, ::-1], "zxing-cpp/whole", id="mirrored"),
        pytest.param(lambda: 235 + photo() / 255 * 20, "zxing-cpp/enlarged", id="faded"),
        pytest.param(lambda: 242 + photo() / 255 * 13, "zxing-cpp/crop-", id="nearly white"),
        pytest.param(lambda: dead_lines(10, 3), "zxing-cpp/crop-", id="dead lines"),
        pytest.param(
            lambda: cv2.GaussianBlur(photo(), (0, 0), 3), "zxing-cpp/crop-", id="out of focus"
        ),
        pytest.param(grainy, "zxing-cpp/crop-median-", id="grain"),
        pytest.param(shadowed, "zxing-cpp/crop-", id="shadow"),
        pytest.param(lambda: dead_lines(4, 4), "grid", id="wide dead lines"),
    ],
)
def test_what_is_read_in_which_way(damaged: Callable[[], object], engine: str) -> None:
    (found,) = read(damaged()).codes
    assert found.text == RECEIPT
    assert found.engine.startswith(engine)


@pytest.mark.parametrize("angle", [0, 33, 90, 170, 301])
def test_corners_are_clockwise_from_the_codes_own(angle: int) -> None:
    """Also where they were seen in a crop: dead lines keep the whole picture from being read."""
    around = (450, 350)
    turn = cv2.getRotationMatrix2D(around, -angle, 1)
    worn = dead_lines(10, 3)
    turned = cv2.warpAffine(worn, turn, (900, 700), flags=cv2.INTER_CUBIC, borderValue=190)
    (found,) = read(turned).codes
    assert found.engine != "zxing-cpp/whole"
    low, high = 4 * 5, 225 - 4 * 5
    corners = np.array([[low, low], [high, low], [high, high], [low, high]])
    expected = np.column_stack([corners + np.array([300, 200]), np.ones(4)]) @ turn.T
    assert np.abs(np.array(found.corners) - expected).max() < 12


def test_a_small_code_is_cut_from_the_original() -> None:
    """Twelve megapixels: what is a grey spot in the reduced picture has all its modules there."""
    paper = np.full((900, 700), 245, np.uint8)
    paper[300:501, 240:441] = cv2.resize(code(), (201, 201), interpolation=cv2.INTER_AREA)
    worn = cv2.GaussianBlur(on_table((paper, 2200, 1200), size=(3000, 4000)), (0, 0), 1.6)
    (found,) = read(worn).codes
    assert found.text == RECEIPT
    assert np.abs(np.array(found.corners).mean(axis=0) - (2540, 1600)).max() < 8


def test_two_receipts_are_both_named() -> None:
    both = on_table((code(), 40, 200), (code(SECOND), 500, 300))
    assert {found.text for found in read(both).codes} == {RECEIPT, SECOND}


def test_a_worn_receipt_beside_a_payment_code() -> None:
    worn = code().copy()
    for x in np.linspace(30, 185, 10).astype(int):
        worn[:, x : x + 3] = 255
    result = read(on_table((code(PAYMENT), 40, 200), (worn, 500, 300)))
    assert [found.text for found in result.codes] == [PAYMENT, RECEIPT]


def test_any_other_code_ends_the_search_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hunt, "boxes", property(lambda _: pytest.fail("looked further")))
    (found,) = read(on_table((code("https://example.org/menu"), 300, 200))).codes
    assert (found.text, found.engine) == ("https://example.org/menu", "zxing-cpp/whole")


def test_a_picture_without_a_code_is_not_searched_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Try, "read", lambda *_: pytest.fail("cut a crop"))
    monkeypatch.setattr(readers, "zbar", lambda *_: pytest.fail("tried pyzbar"))
    y, x = np.mgrid[:900, :700]
    result = read(150 + 40 * np.sin(x / 60) + 30 * np.cos(y / 45))
    assert (result.problem, result.hint) == ("no_code", "none")


def test_other_symbologies_are_named() -> None:
    barcode = zxingcpp.create_barcode("0104600439931256", zxingcpp.BarcodeFormat.DataMatrix)
    drawn = np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=6))
    (found,) = read(on_table((drawn, 300, 200))).codes
    assert (found.text, found.symbology) == ("0104600439931256", "Data Matrix")


@pytest.mark.parametrize("attempt", PLAN, ids=lambda attempt: f"{attempt.variant.__name__}")
def test_every_attempt_reads_a_plain_crop(attempt: Try) -> None:
    picture = Photo(encoded(Image.fromarray(photo())))
    box = np.array([[320, 220], [505, 220], [505, 405], [320, 405]], np.float32)
    (found,) = attempt.read(cut(picture.original, box, attempt.side, attempt.margin))
    assert found.text == RECEIPT
    assert np.abs(np.array(found.corners, np.float32) - box).max() < 8


@pytest.mark.parametrize("quarters", range(4))
def test_pyzbars_corners_begin_at_the_codes_own(quarters: int) -> None:
    turned = np.ascontiguousarray(np.rot90(code(), -quarters))
    (found,) = readers.zbar(Photo(encoded(Image.fromarray(turned))).whole, "whole")
    corners = np.array([[20, 20], [205, 20], [205, 205], [20, 205]])
    assert np.abs(np.array(found.corners) - np.roll(corners, -quarters, axis=0)).max() <= 2


def test_texts_that_pyzbar_guessed_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the bytes of one alphabet for another's and tells nobody."""
    read_by_it = readers.pyzbar.decode(code_image())[0]

    def guess(text: str) -> list[object]:
        return [read_by_it._replace(data=text.encode())]

    picture = Photo(encoded(code_image())).whole
    for text, believed in (("蹬靼翌QR", False), ("ST00012|Name=ООО «Чай»", True)):
        monkeypatch.setattr(readers.pyzbar, "decode", lambda *_, text=text, **__: guess(text))
        assert [each.text for each in readers.zbar(picture, "whole")] == [text] * believed


def test_grids_are_believed_only_with_a_receipts_form() -> None:
    assert is_receipt(RECEIPT)
    for text in (PAYMENT, RECEIPT + "&x=1", RECEIPT.replace("fn=9", "fn=x"), RECEIPT[:-1] + "7"):
        assert not is_receipt(text)
    assert is_fiscal("FN=1&FP=2")
    assert goes_with_receipts(PAYMENT)
    assert goes_with_receipts("ST00012|Name=x")
    assert not goes_with_receipts("https://example.org/?nspk.ru")


@pytest.mark.parametrize(
    ("damaged", "hint"),
    [
        pytest.param(lambda: cv2.GaussianBlur(photo(), (0, 0), 4), "blurred", id="blurred"),
        pytest.param(
            lambda: cv2.GaussianBlur(photo(), (0, 0), 4) * 0.3, "dark", id="dark, then blurred"
        ),
        pytest.param(lambda: photo()[:, :430], "cut_off", id="cut off"),
        pytest.param(lambda: dead_lines(8, 6), "creased", id="sharp, yet unreadable"),
        pytest.param(lambda: np.full((700, 900), 255), "none", id="nothing"),
        pytest.param(lambda: np.full((700, 900), 20), "dark", id="nothing, dark"),
    ],
)
def test_hints(damaged: Callable[[], object], hint: str) -> None:
    result = read(damaged())
    assert (result.problem, result.hint) == ("no_code", hint)


def test_no_hint_with_a_code_or_without_a_picture() -> None:
    assert read(photo()).hint is None
    assert read_codes(b"%PDF-1.7").hint is None


def test_time_that_is_up_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first attempt here: what it would have found later stays unread."""
    ticks = iter([0.0, 0.0, 1.0, 2.0])
    monkeypatch.setattr(reading.cascade, "process_time", lambda: next(ticks, 3.0))
    hunt = Hunt(Photo(encoded(Image.fromarray(dead_lines(10, 3)))), deadline=1.5)
    assert hunt.run() == []


def test_an_attempt_like_the_dearest_is_not_begun_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first attempt costs as much as is left after it, so the second would end too late."""
    ticks = iter([0.0, 0.9])
    monkeypatch.setattr(reading.cascade, "process_time", lambda: next(ticks, 0.9))
    hunt = Hunt(Photo(encoded(Image.fromarray(dead_lines(10, 3)))), deadline=1.5)
    assert hunt.run() == []
    assert hunt.dearest == 0.9


@pytest.mark.parametrize(("noisy", "deadline"), [(False, 2.5), (True, 1.5)])
def test_only_what_could_be_a_receipt_gets_more_time(
    monkeypatch: pytest.MonkeyPatch, noisy: bool, deadline: float
) -> None:
    grey = dead_lines(10, 3)
    if noisy:
        cells = np.random.default_rng(1).integers(0, 2, (100, 130), np.uint8) * 255
        grey = np.kron(cells, np.ones((7, 7), np.uint8))
    ticks = iter([0.0, 0.0, 2.0, 2.0])
    monkeypatch.setattr(reading.cascade, "process_time", lambda: next(ticks, 3.0))
    hunt = Hunt(Photo(encoded(Image.fromarray(grey))), deadline=1.5, extra=1.0)
    assert hunt.run() == []
    assert hunt.deadline == deadline
