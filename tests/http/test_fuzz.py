"""Whatever is sent, the answer is an answer: never a fault, and always readable."""

import json
import xml.etree.ElementTree as ET
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from handlers.http.feeds.entries import Entry
from handlers.http.feeds.forms import WRITERS, Page
from handlers.http.open311 import answers, listing, moments
from handlers.http.open311.errors import Wrong
from handlers.http.open311.markup import ITEMS, Several, as_json, as_xml
from handlers.http.open311.parameters import Parameters
from services.reports.models import Report
from services.sharing.outside import Outside, is_public
from tests.http.caller import Caller
from tests.http.desk import Desk

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
ANYTHING = st.text(st.characters(codec="utf-8"), max_size=60)
ANY_MOMENT = st.datetimes(timezones=st.just(UTC))
MOMENTS = st.one_of(
    ANYTHING,
    st.from_regex(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?"
        r"(Z|[+ -][0-9]{2}:[0-9]{2})",
        fullmatch=True,
    ),
    ANY_MOMENT.map(moments.write),
)


def answered(work: Any, *args: Any) -> Any:
    """The result, or None where the call is refused in the proper way."""
    with suppress(Wrong):
        return work(*args)
    return None


@given(MOMENTS)
@example("0001-01-01T00:00:00+14:00")
@example("9999-12-31T23:59:59-14:00")
@example("2026-02-30T00:00:00Z")
@example("2026-11-22T24:00:00Z")
def test_a_moment_is_read_or_refused(text: str) -> None:
    read = answered(moments.read, text, "start_date")
    if read is not None:
        assert read.tzinfo is UTC
        assert read.microsecond == 0
        assert moments.read(moments.write(read) or "", "again") == read


@given(ANY_MOMENT)
def test_what_is_written_is_read_back(at: datetime) -> None:
    text = moments.write(at)
    assert text is not None
    assert moments.read(text, "x") == at.replace(microsecond=0)


@given(st.none() | MOMENTS, st.none() | MOMENTS)
@example("9999-12-31T23:59:59Z", None)
@example(None, "0001-01-01T00:00:00Z")
def test_a_window_is_at_most_ninety_days(start: str | None, end: str | None) -> None:
    found = answered(moments.window, start, end, NOW)
    if found is not None:
        assert timedelta(0) < found.until - found.since < timedelta(days=90, seconds=1)


SEVERAL = st.lists(ANYTHING).map(tuple).map(Several)


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | ANYTHING | SEVERAL,
    lambda inner: st.dictionaries(st.sampled_from(["lat", "name", "status"]), inner, max_size=3)
    | st.lists(inner, max_size=3).map(lambda values: {"notes": values}),
    max_leaves=12,
))  # fmt: skip
def test_both_forms_are_always_readable(tree: Any) -> None:
    root = ET.fromstring(as_xml("error", {"name": tree}))
    assert root.tag == "error"
    json.loads(as_json(tree))


@given(st.text(max_size=200))
@example("a\r\nb\rc\n")
@example("\x00\x1f\ufffe\uffff\ud800]]>&<>\"'")
def test_a_text_survives_xml(text: str) -> None:
    found = ET.fromstring(as_xml("x", {"text": text})).findtext("text") or ""
    kept = "".join(
        c for c in text
        if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )  # fmt: skip
    assert found == kept


def test_every_list_has_a_name_for_its_items() -> None:
    for name, item in ITEMS.items():
        assert as_xml(name, ["x"]).endswith(f"<{name}><{item}>x</{item}></{name}>\n".encode())


NAMES = st.sampled_from(
    ["lat", "long", "address_string", "address_id", "page", "page_size", "status", "start_date",
     "end_date", "service_code", "service_request_id", "attribute[x]", "attribute[x][]",
     "attribute[fixmystreet_id]"]
)  # fmt: skip


@given(st.dictionaries(NAMES, st.lists(ANYTHING.filter(str.strip), min_size=1, max_size=3)))
def test_parameters_are_understood_or_refused(values: dict[str, list[str]]) -> None:
    said = Parameters(values)
    page = answered(listing.page, said)
    if page is not None:
        assert 1 <= page[0] <= 1000
        assert page[1] >= 0
    answered(listing.wanted, said, NOW)
    answered(answers.foreign_id, said)
    spot = answered(answers.spot, said)
    if spot is not None and spot.lat is not None:
        assert abs(spot.lat) <= 90


def entry(text: str) -> Entry:
    return Entry(
        uid="x", title=text, text=text, link="http://x/", at=NOW, tags=(text,), lat=54.5,
        lon=36.2, photos=(text,), columns={"text": text},
    )  # fmt: skip


@given(st.text(max_size=100))
def test_feeds_of_any_text_are_readable(text: str) -> None:
    page = Page(text, "http://x/", "ru", [entry(text)], ["text"], text)
    ET.fromstring(WRITERS["rss"](page))
    json.loads(WRITERS["geojson"](page))
    table = WRITERS["csv"](page).decode("utf-8")
    assert not table.partition("\r\n")[2].lstrip('" ').startswith(("=", "+", "-", "@", "\t"))


@given(st.ip_addresses())
def test_only_the_world_is_called(address: Any) -> None:
    """Whatever is not of the world is refused, also behind a prefix that leads to it."""
    if is_public(str(address)):
        assert address.is_global
    else:
        assert not Outside().allows(str(address))
        if address.version == 4 and not address.is_multicast:
            for hidden in (f"::ffff:{address}", f"64:ff9b::{address}", f"2002:{_hex(address)}::1"):
                assert not is_public(hidden)
                assert Outside().fault(f"http://[{hidden}]/") is not None


def _hex(address: Any) -> str:
    packed = address.packed.hex()
    return f"{packed[:4]}:{packed[4:]}"


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_not(text: str) -> None:
    Outside().fault(text)
    Outside(private=True).fault(f"http://{text}/")


FORM = st.dictionaries(
    st.sampled_from(["service_code", "lat", "long", "description", "media_url", "address_string",
                     "attribute[x]", "attribute[fixmystreet_id]", "page", "nobody asked"]),
    st.one_of(ANYTHING, st.just("pothole"), st.just("54.5138"), st.just("36.2612")),
)  # fmt: skip


@pytest.mark.parametrize("path", ["requests", "servicerequestupdates"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(form=FORM, body=st.binary(max_size=80), kind=st.sampled_from(["form", "parts", "raw"]))
async def test_anything_posted_is_answered(
    desk: Desk, caller: Caller, path: str, form: dict[str, str], body: bytes, kind: str
) -> None:
    if caller.key is None:
        await caller.with_key(per_minute=100_000, may_update=True)
    desk.house.clock.advance(minutes=5)
    if kind == "raw":
        content = "multipart/form-data; boundary=b" if len(body) % 2 else (
            "application/x-www-form-urlencoded"
        )  # fmt: skip
        if len(body) % 2:
            body = b'--b\r\nContent-Disposition: form-data; name="x"\r\n' + body + b"\r\n--b--\r\n"
        reply = await caller.raw(
            "POST", f"{path}.xml", data=body, headers={"Content-Type": content}
        )
    else:
        files = {"photo": body} if kind == "parts" else {}
        reply = await caller.post(f"{path}.xml", form, files)
    assert reply.status in {200, 400, 403, 404, 413}
    assert reply.xml


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    path=st.sampled_from(["requests.json", "services.json", "servicerequestupdates.json"]),
    query=st.dictionaries(
        st.sampled_from(["start_date", "end_date", "page", "page_size", "status", "service_code",
                         "service_request_id", "extensions", "jurisdiction_id"]),
        st.one_of(ANYTHING, MOMENTS, st.just("1"), st.just("true"), st.just("open")),
    ),
)  # fmt: skip
async def test_any_question_is_answered(
    desk: Desk, caller: Caller, path: str, query: dict[str, str]
) -> None:
    if not await desk.house.rows(Report):
        await desk.report("fixed")
    desk.house.clock.advance(minutes=5)
    reply = await caller.get(path, query)
    assert reply.status in {200, 400, 404}
    assert isinstance(json.loads(reply.body), list)
