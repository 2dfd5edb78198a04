"""Every form of receipt that can be understood; a city says which of them it takes."""

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from services.receipts import npd, qr, rs
from services.receipts.qr import NotReadable, QrFault
from services.receipts.slip import Slip


def _russian(text: str) -> Slip:
    return qr.parse(text).slip


FORMS: Mapping[str, Callable[[str], Slip]] = MappingProxyType(
    {qr.ADAPTER: _russian, npd.ADAPTER: npd.read, rs.ADAPTER: rs.read}
)
"""By the slip's `adapter`. Each reads a text or raises NotReadable, and nothing else."""


def understand(text: str, forms: Collection[str]) -> Slip:
    """The one receipt in the text, of one of the forms, which are keys of FORMS.

    Raises NotReadable: ERR_NOT_RECEIPT when the text is of none of them
    (`services.receipts.codes.kind` may name it), ERR_DUP_KEY when there are several receipts, and
    otherwise the fault of the form that the text nearly has.
    """
    slips = []
    faults = []
    for form in set(forms):
        try:
            slips.append(FORMS[form](text))
        except NotReadable as error:
            if error.code is not QrFault.ERR_NOT_RECEIPT:
                faults.append(error.code)
    if len(slips) + len(faults) > 1:
        raise NotReadable(QrFault.ERR_DUP_KEY)
    if faults:
        raise NotReadable(faults[0])
    if not slips:
        raise NotReadable(QrFault.ERR_NOT_RECEIPT)
    return slips[0]
