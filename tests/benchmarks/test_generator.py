"""The photographs that readers are judged on: the same from run to run, and fair at level 1."""

import cv2
import numpy as np
import pytest
import zxingcpp

from benchmarks.qr import photographs
from benchmarks.qr.generator import Photograph, orders
from benchmarks.qr.kinds import KINDS

_SOME = ["blur", "rotation", "curl", "faded", "low light", "shadow", "screen", "inverse", "texture"]


def _read(photograph: Photograph) -> set[str]:
    grey = cv2.imdecode(np.frombuffer(photograph.data, np.uint8), cv2.IMREAD_GRAYSCALE)
    return {result.text for result in zxingcpp.read_barcodes(grey)}


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Also when only a part is asked for, so that a change of readers is all that differs."""
    kinds = ["curl", "screen"]
    once = list(photographs(7, 3, kinds))

    assert list(photographs(7, 3, kinds)) == once
    assert [each.data for each in photographs(8, 1, kinds)] != [once[0].data]


def test_every_kind_comes_at_every_level() -> None:
    made = orders(1, 3 * len(KINDS))

    assert {(each.kind, each.level) for each in made} == {
        (kind, level) for kind in KINDS for level in (1, 2, 3)
    }


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        orders(1, 1, ["sunset"])


def test_the_mildest_photographs_say_what_they_were_printed_with() -> None:
    """At the first level one engine alone reads nearly all of them, and nothing else."""
    made = list(photographs(3, len(_SOME), _SOME, [1]))
    read = {each.kind: _read(each) for each in made}

    assert [each.kind for each in made if not each.texts] == ["texture"]
    assert all(found <= set(each.texts) for each, found in zip(made, read.values(), strict=True))
    missed = [each.kind for each in made if not set(each.texts) <= read[each.kind]]
    assert len(missed) <= 2, missed


def test_two_codes_are_the_receipt_and_the_payment() -> None:
    (both,) = photographs(3, 1, ["two codes"], [1])

    receipt, payment = both.texts
    assert receipt.startswith("t=2026")
    assert "&fn=" in receipt
    assert payment.startswith("https://qr.nspk.ru/")
