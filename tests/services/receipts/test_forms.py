"""Which form a text is of, and that a city gets no other than it takes."""

import pytest

from services.receipts.codes import CodeKind, kind
from services.receipts.forms import FORMS, understand
from services.receipts.qr import NotReadable, QrFault
from tests.services.receipts.strategies import serbian_address, serbian_bytes

RUSSIAN = "t=20200727T1117&s=4850.00&fn=9287440300634471&i=13571&fp=3730902192&n=1"
NPD = "https://lknpd.nalog.ru/api/v1/receipt/500100732259/200abcd123/print"
SERBIAN = serbian_address(serbian_bytes())
TEXTS = {"ru54": RUSSIAN, "npd": NPD, "rs": SERBIAN}


def fault(text: str, *forms: str) -> QrFault:
    with pytest.raises(NotReadable) as refusal:
        understand(text, forms)
    return refusal.value.code


def test_every_form_is_known() -> None:
    assert FORMS.keys() == TEXTS.keys()


@pytest.mark.parametrize("form", TEXTS)
def test_a_form_is_understood_where_it_is_taken(form: str) -> None:
    slip = understand(TEXTS[form], FORMS)
    assert slip.adapter == form
    assert slip.number.startswith(f"{form}:")
    assert understand(TEXTS[form], [form, form]) == slip
    assert fault(TEXTS[form], *(FORMS.keys() - {form})) is QrFault.ERR_NOT_RECEIPT
    assert fault(TEXTS[form]) is QrFault.ERR_NOT_RECEIPT


def test_a_form_that_is_not_taken_has_a_name() -> None:
    assert [kind(text) for text in TEXTS.values()] == [
        CodeKind.RECEIPT,
        CodeKind.SELF_EMPLOYED,
        CodeKind.FOREIGN_RECEIPT,
    ]


@pytest.mark.parametrize("other", [NPD, NPD.replace("abcd", "ABCD"), SERBIAN, RUSSIAN[:-1] + "2"])
def test_two_receipts_in_one_text(other: str) -> None:
    assert fault(f"{RUSSIAN} {other}", *FORMS) is QrFault.ERR_DUP_KEY


def test_a_near_miss_keeps_its_fault() -> None:
    assert fault(RUSSIAN.replace("n=1", "n=7"), *FORMS) is QrFault.ERR_N
    assert fault(NPD.replace("500", "501"), *FORMS) is QrFault.ERR_FN
    assert fault(SERBIAN[:-8], *FORMS) is QrFault.ERR_FP


def test_the_form_names_a_typing_mistake() -> None:
    with pytest.raises(KeyError):
        understand(RUSSIAN, ["ru55"])
