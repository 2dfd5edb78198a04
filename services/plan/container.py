"""Whether a stranger's file may be opened as a workbook at all: nothing huge, nothing that acts."""

import re
import struct
import zipfile
import zlib
from io import BytesIO

from services.plan.draft import CellFault, Fault, Unfit

MAX_BYTES = 2 * 2**20
_MAX_UNPACKED = 12 * 2**20
_MAX_PARTS = 200
_TYPES = "[Content_Types].xml"
_BOOK = b"spreadsheetml.sheet.main+xml"
_MACROS = re.compile(r"vba|macrosheet|activex|\.bin$", re.IGNORECASE)
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, NotImplementedError),
    *(OSError, OverflowError, RuntimeError, ValueError),
)
"""What reading a damaged archive may raise."""
_DECLARES = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


def inspect(data: bytes) -> None:
    """Raise `Unfit` unless the file is an .xlsx of a reasonable size without macros.

    Parts are unpacked here once, never past the limit whatever their headers say. XML that
    declares entities is refused, so that none can grow when it is parsed.
    """
    if len(data) > MAX_BYTES:
        raise Unfit([CellFault(Fault.TOO_LARGE)])
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _inspect(archive)
    except _BROKEN as error:
        raise Unfit([CellFault(Fault.NOT_A_WORKBOOK)]) from error


def _inspect(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED:
        raise Unfit([CellFault(Fault.TOO_LARGE)])
    names = [part.filename for part in parts]
    plain = {part.compress_type for part in parts} <= {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    if _TYPES not in names or len(set(names)) != len(names) or not plain:
        raise Unfit([CellFault(Fault.NOT_A_WORKBOOK)])
    if any(_MACROS.search(name) for name in names):
        raise Unfit([CellFault(Fault.MACROS)])
    left = _MAX_UNPACKED
    for part in parts:
        with archive.open(part) as stream:
            content = stream.read(left + 1)
        left -= len(content)
        if left < 0:
            raise Unfit([CellFault(Fault.TOO_LARGE)])
        _inspect_part(part.filename, content)


def _inspect_part(name: str, content: bytes) -> None:
    if name == _TYPES and b"macroEnabled" in content:
        raise Unfit([CellFault(Fault.MACROS)])
    if name == _TYPES and _BOOK not in content:
        raise Unfit([CellFault(Fault.NOT_A_WORKBOOK)])
    if name.endswith((".xml", ".rels")) and (b"\0" in content or _DECLARES.search(content)):
        # Zero bytes are another encoding than UTF-8, in which a declaration could hide.
        raise Unfit([CellFault(Fault.NOT_A_WORKBOOK)])
