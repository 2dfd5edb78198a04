"""Of a stranger's file nothing is kept but what its pixels need."""

import io
import struct

import pytest
from PIL import Image

from services.images.contract import Unopenable
from services.images.essence import _STEP, essence
from services.images.opening import open_grey
from tests.services.images.pictures import encoded

HOME = b"54.5138 N 36.2612 E"


def noise(mode: str = "RGB") -> Image.Image:
    return Image.effect_noise((200, 120), 60).convert(mode)


def located(orientation: int = 6) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = HOME.decode()
    exif.get_ifd(0x8825)[2] = (54.0, 30.0, 50.0)
    return exif


def same_pixels(data: bytes) -> bool:
    """Whether the essence is decoded to the same picture, whichever way up."""
    kept = essence(data).data
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(kept)) as after:
        return before.convert("RGB").tobytes() == after.convert("RGB").tobytes()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("restart", [0, 2])
def test_a_jpeg_ends_with_its_picture(progressive: bool, restart: int) -> None:
    plain = encoded(noise(), "JPEG", progressive=progressive, restart_marker_blocks=restart)
    film = b"\0\0\0\x18ftypmp42" + HOME + plain  # of phones that film while they photograph
    assert essence(plain + film).data == essence(plain).data
    assert essence(plain).data.endswith(b"\xff\xd9")
    assert same_pixels(plain + film)


def test_a_remark_between_the_scans_of_a_jpeg_is_left_out() -> None:
    plain = encoded(noise(), "JPEG", progressive=True)
    second = plain.index(b"\xff\xda", plain.index(b"\xff\xda") + 2)
    table = plain.rindex(b"\xff\xc4", 0, second)
    remark = b"\xff\xfe" + struct.pack(">H", 2 + len(HOME)) + HOME
    told = plain[:table] + remark + plain[table:]
    assert essence(told).data == essence(plain).data
    assert same_pixels(told)


def test_a_jpeg_without_an_end_is_kept_to_its_last_byte() -> None:
    cut = encoded(noise(), "JPEG")[:-500]
    assert essence(cut).data.endswith(cut[-200:])


def test_the_end_of_a_jpeg_is_found_wherever_it_is() -> None:
    plain = encoded(noise(), "JPEG")
    for pad in (_STEP - len(plain) + n for n in range(-3, 4)):
        long = plain[:-2] + b"\xff\x00" * (pad // 2) + b"\0" * (pad % 2) + b"\xff\xd9"
        assert essence(long + HOME).data == long


def test_markers_without_end_are_not_gone_through() -> None:
    plain = encoded(noise(), "JPEG")
    with pytest.raises(Unopenable):
        essence(plain[:-2] + b"\xff\xfe\0\2" * 60_000 + b"\xff\xd9")


@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_webp_keeps_its_pixels_alone(mode: str, lossless: bool) -> None:
    sent = encoded(
        noise(mode), "WEBP", lossless=lossless, exif=located(), xmp=HOME, icc_profile=b"profile" * 9
    )
    kept = essence(sent)
    assert (kept.width, kept.height, kept.orientation) == (200, 120, 6)
    for trace in (HOME, b"EXIF", b"XMP ", b"ICCP", b"profile"):
        assert trace in sent
        assert trace not in kept.data
    assert same_pixels(sent)
    assert open_grey(sent, None).grey.shape == (200, 120)  # upright
    again = essence(kept.data)
    assert (again.data, again.orientation) == (kept.data, 1)


def test_a_gif_ends_with_its_first_frame() -> None:
    sent = encoded(
        noise("P"), "GIF", save_all=True, append_images=[noise("P").rotate(90)], comment=HOME
    )
    sent = sent[:-1] + b"\x21\xfe" + bytes((len(HOME),)) + HOME + b"\0;" + HOME
    assert HOME not in essence(sent).data
    assert same_pixels(sent)
    with Image.open(io.BytesIO(essence(sent).data)) as image:
        assert getattr(image, "n_frames", 1) == 1
