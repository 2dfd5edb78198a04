"""Any text is read as what it says or refused; nothing else happens.

A long search: HYPOTHESIS_PROFILE=long pytest tests/services/receipts/test_fuzz.py
"""

import html
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.cities.checksums import is_inn
from services.receipts.codes import CodeKind, kind
from services.receipts.forms import FORMS, understand
from services.receipts.qr import FiscalQr, NotReadable, fiscal_qr, parse
from services.receipts.slip import Slip
from tests.services.receipts.strategies import (
    npd_addresses,
    receipts,
    serbian_address,
    serbian_bytes,
    serbian_contents,
)

RUSSIAN = "t=20200727T1117&s=4850.00&fn=9287440300634471&i=13571&fp=3730902192&n=1"
NPD = "https://lknpd.nalog.ru/api/v1/receipt/500100732259/200abcd123/print"
SERBIAN = serbian_address(serbian_bytes())
PIECES = (
    *"tsinfp=&?#%/.,:;T-_+ \n\x00\u00a0\ud800\u212aſ٢５«»<>()[]{}'\"",
    *"0123456789",
    *(f"{key}=" for key in ("t", "s", "fn", "i", "fp", "n", "vl")),
    *("&amp;", "%26", "%3D", "%00", "%ff", "&#38;"),
    *RUSSIAN.split("&"),
    *(
        RUSSIAN,
        NPD,
        SERBIAN,
        NPD.split("receipt", maxsplit=1)[0],
        SERBIAN.split("vl=")[0],
        "WIFI:",
        "tel:",
    ),
)
written = (
    st.text(max_size=200)
    | st.text(st.characters(), max_size=200)
    | st.binary(max_size=200).map(lambda data: data.decode("utf-8", "surrogateescape"))
    | st.binary(max_size=200).map(lambda data: data.decode("cp866"))
    | st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
)


def said(text: str) -> Slip | None:
    """What all forms together say; any exception but NotReadable goes through."""
    try:
        return understand(text, FORMS)
    except NotReadable:
        return None


def changed(before: Slip, after: Slip) -> set[str]:
    return {name for name, value in asdict(before).items() if asdict(after)[name] != value}


@given(written)
@example("\ud800" * 1024)
@example("\x00" * 100_000)
@example("=&" * 50_000)
@example("https://suf.purs.gov.rs/v/?" * 75)
@example("https://lknpd.nalog.ru/api/v1/receipt/" * 26)
@example("%" * 1024)
@example("t=" + "9" * 1000 + RUSSIAN[15:])
def test_any_text_is_read_or_refused(text: str) -> None:
    slip = said(text)
    assert kind(text) in CodeKind
    if slip is None:
        return
    assert slip.adapter in FORMS
    assert slip.number.isascii()
    assert slip.number.startswith(f"{slip.adapter}:")
    assert slip.sign.isascii()
    assert slip.operation in {1, 2, 3, 4}
    assert slip.total is None or 1 <= slip.total < 2**48


@given(st.sampled_from([RUSSIAN, NPD, SERBIAN]), written, written)
def test_words_around_never_make_another_receipt(code: str, before: str, after: str) -> None:
    """What is read stood there whole, even if the words around held a second code."""
    whole = {said(text) for text in (RUSSIAN, NPD, SERBIAN, before, after)}
    assert said(f"{before} {code} {after}") in whole | {None}


@given(receipts, st.data())
def test_every_way_of_writing_says_the_same(qr: FiscalQr, data: st.DataObject) -> None:
    """All the variants that tills and exports are known to write, in any mixture."""
    second = timedelta(seconds=data.draw(st.integers(0, 59)))
    rubles, kopecks = divmod(qr.total, 100)
    sums = [f"{rubles}.{kopecks:02d}", f"{rubles},{kopecks:02d}", f"00{rubles}.{kopecks:02d}0"]
    if kopecks % 10 == 0:
        sums.append(f"{rubles}.{kopecks // 10}")
    if kopecks == 0:
        sums.append(str(rubles))
    values = {
        "t": [
            f"{qr.purchased:%Y%m%dT%H%M}",
            f"{qr.purchased:%Y%m%dt%H%M}",
            f"{qr.purchased + second:%Y%m%dT%H%M%S}",
            f"{qr.purchased + second:%Y-%m-%dT%H:%M:%S}",
        ],
        "s": sums,
        "fn": [qr.drive],
        "i": [str(qr.document), f"{qr.document:010d}"],
        "fp": [str(qr.sign), f"{qr.sign:010d}"],
        "n": [str(qr.operation)],
    }
    upper = data.draw(st.booleans())
    keys = data.draw(st.permutations(list(values)))
    fields = [
        f"{key.upper() if upper else key}={data.draw(st.sampled_from(values[key]))}" for key in keys
    ]
    dress: list[Callable[[str], str]] = [
        str,
        html.escape,
        lambda text: quote(text, safe=""),
        lambda text: f"https://consumer.1-ofd.ru/ticket?{text}",
        lambda text: f"Чек: {text} спасибо",
        lambda text: f"{text}&utm_source=qr#top",
        lambda text: f"{text}\n{text}",
    ]
    read = parse(data.draw(st.sampled_from(dress))("&".join(fields)))
    assert read == qr
    assert fiscal_qr(read.slip).canonical == qr.canonical


FIELDS = {
    "t": {"purchased"},
    "s": {"total"},
    "fn": {"number", "device"},
    "i": {"number"},
    "fp": {"sign"},
    "n": {"operation", "operation_assumed"},
}


def mutated(text: str, data: st.DataObject) -> tuple[int, str]:
    """The text with one character taken, put or replaced, and where."""
    at = data.draw(st.integers(0, len(text) - 1))
    taken = data.draw(st.sampled_from([0, 1]))
    put = (
        data.draw(st.characters() | st.sampled_from("0123456789&=.,?# "))
        if not (taken and data.draw(st.booleans()))
        else ""
    )
    return at, text[:at] + put + text[at + taken :]


@given(receipts, st.data())
def test_one_wrong_character_changes_no_other_field(qr: FiscalQr, data: st.DataObject) -> None:
    text = qr.canonical
    at, wrong = mutated(text, data)
    slip = said(wrong)
    if slip is None:
        return
    # A character put before `&` ends the value before it.
    touched = {text[: max(place, 0)].count("&") for place in (at, at - 1, at + 1)}
    allowed = set().union(*(FIELDS[text.split("&")[n].split("=")[0]] for n in touched))
    assert changed(qr.slip, slip) <= allowed


@given(receipts, st.data())
def test_a_joint_or_a_space_in_a_number_is_never_its_end(qr: FiscalQr, data: st.DataObject) -> None:
    """What the rest of a number looks like is not a receipt, wherever the break is."""
    keys = data.draw(st.permutations(["t", "s", "fn", "i", "fp", "n"]))
    fields = dict(part.split("=") for part in qr.canonical.split("&"))
    key = data.draw(st.sampled_from(keys))
    value = fields[key]
    if len(value) == 1:
        return
    at = data.draw(st.integers(1, len(value) - 1))
    fields[key] = value[:at] + data.draw(st.sampled_from('&?# \n\t"<«(')) + value[at:]
    assert said("&".join(f"{key}={fields[key]}" for key in keys)) is None


@given(npd_addresses, st.data())
def test_one_wrong_character_of_an_address(text: str, data: st.DataObject) -> None:
    """The number is all there is; the seller's part of it must still be right."""
    slip, (at, wrong) = said(text), mutated(text, data)
    other = said(wrong)
    assert slip is not None
    if other is None:
        return
    assert changed(slip, other) <= {"number", "device"}
    assert is_inn(other.device)
    inn = range(len(text) - len(text.split("receipt/")[1]), text.index(slip.device) + 12)
    assert ("device" in changed(slip, other)) <= (at in inn)


@given(serbian_contents, st.data())
def test_one_wrong_character_of_a_serbian_code(content: bytes, data: st.DataObject) -> None:
    """The check sum covers every field: the same receipt, or none."""
    text = serbian_address(content)
    assert said(mutated(text, data)[1]) in {None, said(text)}


@given(serbian_contents)
def test_every_way_of_writing_a_serbian_address(content: bytes) -> None:
    text = serbian_address(content)
    stem, letters = text.split("vl=")
    slip = said(text)
    assert slip is not None
    for same in (
        letters.rstrip("="),
        quote(letters, safe=""),
        letters.translate({ord("+"): "-", ord("/"): "_"}),
    ):
        assert said(f"{stem}vl={same}") == slip


@given(receipts, st.data())
def test_a_slip_that_was_touched_leads_nowhere(qr: FiscalQr, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["adapter", "number", "sign", "device", "currency"]))
    other = data.draw(st.text(max_size=20) | st.sampled_from(["rs", "npd", "0"]))
    slip = replace(qr.slip, **{name: other})
    if slip == qr.slip:
        return
    try:
        back = fiscal_qr(slip)
    except ValueError:
        return
    # A document or a sign of other digits is another receipt, and says so.
    assert back.slip == slip


def test_the_forms_agree_with_their_names() -> None:
    for form, text in zip(("ru54", "npd", "rs"), (RUSSIAN, NPD, SERBIAN), strict=True):
        slip = said(text)
        assert slip is not None
        assert slip.adapter == form
        with pytest.raises(NotReadable):
            understand(text, FORMS.keys() - {form})
