"""What to do better when what was sent is not a receipt."""

from collections.abc import Sequence

from handlers.texts import N_, Html, _, _n
from services.receipts.codes import CodeKind, kind
from services.receipts.qr import QrFault

UNREADABLE = "unreadable"
"""The picture could not be worked on, whatever went wrong."""

PROBLEMS = {
    "not_an_image": N_("I can only read pictures. Please send a photo of the receipt."),
    "too_large": N_("This picture is too large for me. Please send a smaller photo."),
    "no_code": N_(
        "I cannot see a QR code. Smooth the receipt flat, hold your phone still and fill the frame "
        "with the code, without glare. You can also send an image file."
    ),
    "heic": N_(
        "This file is in the format HEIC, which I cannot open. Please send it as a photo, not as a "
        "file."
    ),
    "pdf": N_(
        "This is a PDF. Please open it and send me a screenshot with the QR code of the receipt."
    ),
    "busy": N_(
        "So many photos are being read right now that I could not take this one. Please send it "
        "again in a minute."
    ),
    UNREADABLE: N_("I could not read this picture. Please take another photo of the receipt."),
}
"""By the `Problem` of a reading, or why there was none."""

HINTS = {
    "small": N_(
        "I can see a code, but it is too small to read. Come closer, so that the code fills half "
        "of the photo."
    ),
    "blurred": N_(
        "I can see a code, but it is blurred. Hold your phone still and tap on the code, so that "
        "the camera finds it."
    ),
    "glare": N_(
        "Light is reflected from the code. Turn the receipt a little away from the lamp and switch "
        "the flash off."
    ),
    "dark": N_(
        "It is too dark in the photo. Move to the light, and keep the shadow of your hand off the "
        "receipt."
    ),
    "cut_off": N_(
        "Only a part of the code is in the photo. Please show all of it, with some white paper "
        "around."
    ),
    "creased": N_(
        "I can see a code, but the paper is creased. Smooth it flat on a table and photograph it "
        "from straight above."
    ),
    "none": N_(
        "I cannot see a QR code in this photo. It is the square of small dots, mostly at the "
        "bottom of the receipt. If it is in the photo: come closer and hold your phone still."
    ),
}
"""By the `Hint` of a reading in which no code could be read."""

OTHER_CODES = {
    CodeKind.PAYMENT: N_(
        "This is a payment code. I need the other one, from the receipt that is printed after you "
        "have paid."
    ),
    CodeKind.TIPS: N_(
        "This is a code for tips. I need the one from the receipt itself, mostly at its bottom."
    ),
    CodeKind.OFD_LINK: N_(
        "This is a link to the receipt. Please open it and send me a screenshot of the QR code "
        "there."
    ),
    CodeKind.SELF_EMPLOYED: N_("Receipts from self-employed sellers do not earn points yet."),
    CodeKind.FOREIGN_RECEIPT: N_(
        "This receipt is from another country, so it earns no points here."
    ),
    CodeKind.MARKING: N_(
        "This code is from a product or its package. I need the one from the receipt."
    ),
    CodeKind.ALCOHOL: N_(
        "This code is about the alcohol on the receipt. Please send me the other code of the same "
        "receipt."
    ),
    CodeKind.OURS: N_(
        "This is a code of the guest card, not of a receipt. To open it, use your phone's own "
        "camera."
    ),
    CodeKind.WIFI: N_("This is a Wi-Fi code: handy, but I need the code from the receipt."),
    CodeKind.CONTACT: N_("This is a business card. I need the code from the receipt."),
    CodeKind.CALENDAR: N_("This is a date for your calendar. I need the code from the receipt."),
    CodeKind.PLACE: N_("This is a place on the map. I need the code from the receipt."),
    CodeKind.PHONE: N_("This is a phone number. I need the code from the receipt."),
    CodeKind.MAIL: N_("This is a mail address. I need the code from the receipt."),
    CodeKind.CHAT: N_("This is an invitation to a chat. I need the code from the receipt."),
    CodeKind.WALLET: N_("This is a wallet's code. I need the code from the receipt."),
    CodeKind.LINK: N_(
        "This is a link, perhaps to a menu. I need the QR code from the bottom of the receipt."
    ),
    CodeKind.UNKNOWN: N_("I can read this code, but it is not from a receipt."),
    CodeKind.RECEIPT: N_(
        "There are numbers of a receipt here, but not all of them. Please photograph its QR code."
    ),
}
"""RECEIPT is for a text in which several fields of a receipt stand apart."""

_NOT_WHOLE = N_(
    "This link of a self-employed seller does not lead to a receipt. Please send me the QR code of "
    "the receipt, or the link from the seller's message."
)
_DAMAGED = N_(
    "I can read the code, but it does not look like a whole receipt. Please photograph the receipt "
    "once more."
)
FAULTS = {
    QrFault.ERR_TEST_FN: N_("This is a training receipt; it earns no points."),
    QrFault.ERR_COPY: N_(
        "This is a copy, or a bill that is still to be paid. I need the receipt itself."
    ),
    QrFault.ERR_DUP_KEY: N_(
        "There is more than one receipt in this text. Please send them one by one."
    ),
    QrFault.ERR_NOT_RECEIPT: N_("I can read this code, but it is not from a receipt."),
    **dict.fromkeys(
        (
            *(QrFault.ERR_T, QrFault.ERR_S, QrFault.ERR_FN),
            *(QrFault.ERR_I, QrFault.ERR_FP, QrFault.ERR_N),
        ),
        _DAMAGED,
    ),
}


def on_picture(problem: str, hint: str | None) -> Html:
    """What the next photo should do better."""
    if hint is not None:
        return _(HINTS[hint])
    return _(PROBLEMS.get(problem, PROBLEMS[UNREADABLE]))


def on_fault(fault: QrFault) -> Html:
    """What is wrong with a text that is nearly a receipt."""
    return _(FAULTS[fault])


def on_other(found: CodeKind, forms: Sequence[str]) -> Html:
    """What a code is, if not a receipt's; `forms` are those that the city takes."""
    if found is CodeKind.SELF_EMPLOYED and "npd" in forms:
        return _(_NOT_WHOLE)
    return _(OTHER_CODES[found])


def on_several(n: int) -> Html:
    """Two receipts or more in one photo."""
    return _n(
        "I see {n} receipt in the photo. Please send them one by one.",
        "I see {n} receipts in the photo. Please send them one by one.",
        n,
    )


def telling(texts: Sequence[str]) -> CodeKind:
    """The kind of the first code that says something, of those in a picture."""
    kinds = [kind(text) for text in texts]
    return next((found for found in kinds if found is not CodeKind.UNKNOWN), CodeKind.UNKNOWN)
