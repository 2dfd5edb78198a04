"""Pictures of one's own, with the texts beside them as any editor leaves them."""

from pathlib import Path

import pytest

from benchmarks.qr.truth import fetch, on_disk, truth

_RECEIPT = "t=20260101T1200&s=10.00&fn=9960440200000001&i=1&fp=123&n=1"


@pytest.mark.parametrize("content", [_RECEIPT, f"{_RECEIPT}\r\n", f"\ufeff{_RECEIPT}\n\n"])
def test_line_ends_do_not_matter(content: str) -> None:
    said = truth(content)

    assert said.texts == (_RECEIPT,)
    assert said.is_read([_RECEIPT])
    assert said.knows(f"{_RECEIPT}\n")


def test_the_receipt_counts_among_other_codes() -> None:
    said = truth(f"https://example.org/pay\n{_RECEIPT}\n")

    assert not said.is_read(["https://example.org/pay"])
    assert said.is_read([_RECEIPT])
    assert said.knows("https://example.org/pay")
    assert not said.knows("https://example.org/")


def test_a_text_of_several_lines_is_one_text_too() -> None:
    said = truth("BEGIN:VCARD\r\nN:Somebody\r\nEND:VCARD\r\n")

    assert said.is_read(["BEGIN:VCARD\nN:Somebody\nEND:VCARD\n"])


def test_pictures_are_found_with_their_texts(tmp_path: Path) -> None:
    inner = tmp_path / "curled"
    inner.mkdir()
    (inner / "a.JPG").write_bytes(b"jpeg")
    (inner / "a.txt").write_bytes(b"one\r\n")
    (tmp_path / "b.png").write_bytes(b"png")
    (tmp_path / "c.jpg").write_bytes(b"jpeg")
    (tmp_path / "c.txt").write_bytes(b"")

    b, c, a = (fetch(source) for source in on_disk(tmp_path))

    assert (a.kind, a.truth.texts) == ("curled", ("one",))
    assert (b.kind, bool(b.truth)) == ("pictures", False)
    assert (c.name, bool(c.truth)) == ("c.jpg", False)
