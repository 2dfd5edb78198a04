"""The tax service refuses, breaks, dawdles or says nonsense."""

import asyncio
import logging
import ssl
import subprocess
from pathlib import Path

import pytest
from aiohttp import web

from services.receipts.verifiers.contract import Trouble, Unavailable, Verified, Verifier, Working
from services.receipts.verifiers.fns_answers import QUOTA_SECONDS, RATE_SECONDS
from services.receipts.verifiers.known import make_verifier
from services.receipts.verifiers.wire import LARGEST_ANSWER, VerifierConfig
from tests.verifiers.fakes.fns import MASTER, FakeFns
from tests.verifiers.fakes.fns_envelopes import ASYNC, scripted_answer, scripted_fault
from tests.verifiers.fakes.serving import BAD_GATEWAY, DROPPED, Scripted
from tests.verifiers.rig import CountedPurse, MemoryVault, Time, question
from tests.verifiers.test_fns import one, sent, until_answered

FAULTS = {
    "address": (
        scripted_fault("Доступ к сервису для переданного IP, запрещен", "AuthenticationFault"),
        Unavailable(Trouble.DENIED),
    ),
    "rate": (
        scripted_fault("Превышено количество запросов", "RateLimitingFault"),
        Unavailable(Trouble.SLOW_DOWN, RATE_SECONDS),
    ),
    "day": (
        scripted_fault("Превышен общий дневной лимит запросов, приложением TestAppId-1"),
        Unavailable(Trouble.QUOTA, QUOTA_SECONDS),
    ),
    "method": (
        scripted_fault("Превышен лимит запросов метода SendMessage"),
        Unavailable(Trouble.QUOTA, QUOTA_SECONDS),
    ),
    "headers": (
        scripted_fault("Отсутствует обязательный заголовок"),
        Unavailable(Trouble.DOWN),
    ),
    "internal": (
        scripted_fault("Произошла внутренняя ошибка 7c2d6b34-1111-4222-8333-944455556666"),
        Unavailable(Trouble.DOWN),
    ),
    "not found": (
        scripted_fault("сообщение не найдено", "MessageNotFoundFault"),
        Unavailable(Trouble.DOWN),
    ),
    "gateway": (BAD_GATEWAY, Unavailable(Trouble.DOWN)),
    "page": (Scripted(200, "<html><body>Работы<br></body></html>"), Unavailable(Trouble.DOWN)),
    "broken page": (Scripted(500, "<html><body>Error"), Unavailable(Trouble.DOWN)),
    "nothing": (Scripted(200, ""), Unavailable(Trouble.DOWN)),
    "bytes": (Scripted(200, b"\xff\xfe\x00\x01"), Unavailable(Trouble.DOWN)),
    "redirect": (Scripted(302), Unavailable(Trouble.DOWN)),
    "dropped": (DROPPED, Unavailable(Trouble.DOWN)),
    "too long": (Scripted(200, b" " * (LARGEST_ANSWER + 1)), Unavailable(Trouble.DOWN)),
    "HTTP 403": (Scripted(403), Unavailable(Trouble.DENIED)),
    "HTTP 429": (Scripted(429), Unavailable(Trouble.SLOW_DOWN, 60)),
    "no id": (
        scripted_answer(f'<SendMessageResponse xmlns="{ASYNC}"/>'),
        Unavailable(Trouble.DOWN),
    ),
    "entities": (
        Scripted(200, '<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>', "text/xml"),
        Unavailable(Trouble.DOWN),
    ),
}


OF_FETCHING = [name for name in FAULTS if name not in ("not found", "no id")]


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_of_sending_leaves_no_handle(
    fns: Verifier, tax: FakeFns, time: Time, name: str
) -> None:
    scripted, answer = FAULTS[name]
    tax.script("SendMessage", scripted)
    assert await one(fns, question()) == answer
    assert isinstance(await until_answered(fns, time, question()), Verified)


@pytest.mark.parametrize("name", OF_FETCHING)
async def test_a_fault_of_fetching_keeps_the_handle(
    fns: Verifier, tax: FakeFns, time: Time, name: str
) -> None:
    scripted, answer = FAULTS[name]
    handle = await sent(fns, time)
    tax.script("GetMessage", scripted)
    found = await one(fns, question(handle=handle))
    assert found == Unavailable(answer.trouble, answer.seconds, handle)
    time.pass_(5)
    assert isinstance(await one(fns, question(handle=handle)), Verified)
    assert tax.called("SendMessage") == 1


@pytest.mark.parametrize("name", OF_FETCHING)
async def test_a_fault_of_a_batch_keeps_all_handles_and_asks_nothing_more(
    fns: Verifier, tax: FakeFns, time: Time, name: str
) -> None:
    scripted, answer = FAULTS[name]
    handles = [await sent(fns, time, number) for number in (1, 2)]
    tax.script("GetMessages", scripted)
    found = await fns.ask([question(1, handles[0]), question(2, handles[1]), question(3)])
    assert found == {
        "check-1": Unavailable(answer.trouble, answer.seconds, handles[0]),
        "check-2": Unavailable(answer.trouble, answer.seconds, handles[1]),
        "check-3": Unavailable(answer.trouble, answer.seconds, None),
    }
    assert tax.called("SendMessage") == 2


async def test_a_fault_within_a_batch_is_of_its_message_alone(
    fns: Verifier, tax: FakeFns, time: Time
) -> None:
    handles = [await sent(fns, time, number) for number in (1, 2, 3)]
    ids = [handle.partition(":")[0] for handle in handles]
    faults = "".join(
        f"<Messages><MessageId>{id_}</MessageId>"
        '<Fault xmlns:x="http://www.w3.org/2001/XMLSchema-instance" '
        f'x:type="ns2:{kind}"><Message>…</Message></Fault></Messages>'
        for id_, kind in zip(ids, ["RateLimitingFault", "AuthenticationFault"], strict=False)
    )
    tax.script(
        "GetMessages",
        scripted_answer(f'<GetMessagesResponse xmlns="{ASYNC}">{faults}</GetMessagesResponse>'),
    )
    asked = [question(number, handle) for number, handle in zip((1, 2, 3), handles, strict=True)]
    assert await fns.ask(asked) == {
        "check-1": Unavailable(Trouble.SLOW_DOWN, RATE_SECONDS, handles[0]),
        "check-2": Unavailable(Trouble.DENIED, None, handles[1]),
        "check-3": Unavailable(Trouble.DOWN, None, handles[2]),
    }


async def test_a_trouble_stops_what_was_not_sent_yet(
    fns: Verifier, tax: FakeFns, purse: CountedPurse
) -> None:
    tax.script("SendMessage", FAULTS["address"][0])
    answers = await fns.ask([question(number) for number in range(1, 11)])
    assert set(answers.values()) == {Unavailable(Trouble.DENIED)}
    assert tax.called("SendMessage") == 1
    assert purse.spent == 2


async def test_a_forgotten_token_is_renewed_within_the_question(
    fns: Verifier, tax: FakeFns, time: Time, purse: CountedPurse
) -> None:
    await sent(fns, time)
    tax.forget_tokens()
    assert isinstance(await until_answered(fns, time, question(1001)), Verified)
    assert tax.called("Auth") == 2
    assert purse.spent == len(tax.calls)


async def test_a_new_token_that_is_refused_too_needs_a_person(fns: Verifier, tax: FakeFns) -> None:
    refused = scripted_fault("Доступ к сервису для token, запрещен", "AuthenticationFault")
    tax.script("SendMessage", refused, refused)
    assert await one(fns, question()) == Unavailable(Trouble.DENIED)
    assert [call.name for call in tax.calls] == ["Auth", "SendMessage"] * 2


@pytest.mark.parametrize(
    ("scripted", "answer"),
    [
        (FAULTS["address"][0], Unavailable(Trouble.DENIED)),
        (FAULTS["day"][0], Unavailable(Trouble.QUOTA, QUOTA_SECONDS)),
        (FAULTS["gateway"][0], Unavailable(Trouble.DOWN)),
        (FAULTS["page"][0], Unavailable(Trouble.DOWN)),
        (scripted_fault("…token…", "AuthenticationFault"), Unavailable(Trouble.DENIED)),
        (scripted_answer("<GetMessageResponse/>"), Unavailable(Trouble.DOWN)),
    ],
)
async def test_a_failed_login_is_told_as_it_is(
    fns: Verifier, tax: FakeFns, scripted: Scripted, answer: Unavailable
) -> None:
    tax.script("Auth", scripted)
    assert await one(fns, question()) == answer
    assert tax.called("SendMessage") == 0


async def test_a_wrong_master_token_needs_a_person_and_is_in_no_log(
    tax: FakeFns, vault: MemoryVault, caplog: pytest.LogCaptureFixture
) -> None:
    config = VerifierConfig(tax.url, "a-secret-that-is-wrong")
    assert "secret" not in repr(config)
    client = make_verifier("fns", config, purse=CountedPurse(), vault=vault)
    with caplog.at_level(logging.DEBUG):
        assert await one(client, question()) == Unavailable(Trouble.DENIED)
    await client.close()
    assert "fns: denied: the master token is refused" in caplog.text
    assert "secret" not in caplog.text


async def test_a_refused_token_is_in_no_log(
    fns: Verifier, tax: FakeFns, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    await sent(fns, time)
    token = next(iter(tax.tokens))
    tax.forget_tokens()
    with caplog.at_level(logging.INFO):
        await one(fns, question(1001))
    assert tax.faults == [f"Доступ к сервису для переданного token {token}, запрещен"]
    assert token not in caplog.text


async def test_a_service_that_does_not_answer_is_down(tax: FakeFns, vault: MemoryVault) -> None:
    config = VerifierConfig(tax.url, MASTER, seconds=0.1)
    client = make_verifier("fns", config, purse=CountedPurse(), vault=vault)
    tax.script("Auth", Scripted(200, delay=1))
    assert await one(client, question()) == Unavailable(Trouble.DOWN)
    await client.close()


async def test_a_service_that_is_not_there_is_down(
    fns: Verifier, tax: FakeFns, purse: CountedPurse
) -> None:
    await tax.stop()
    assert await one(fns, question()) == Unavailable(Trouble.DOWN)
    assert purse.spent == 1


async def test_the_days_limit_of_the_service_itself(
    time: Time, tax: FakeFns, fns: Verifier
) -> None:
    object.__setattr__(tax.limits, "calls_a_day", 3)
    answers = await fns.ask([question(number) for number in (1, 2)])
    assert all(isinstance(answer, Working) for answer in answers.values())
    assert await one(fns, question(3)) == Unavailable(Trouble.QUOTA, QUOTA_SECONDS)
    time.pass_(86_400)
    assert isinstance(await one(fns, question(3)), Working)


async def test_a_cancelled_question_is_cancelled(fns: Verifier, tax: FakeFns) -> None:
    tax.script("Auth", Scripted(200, delay=30))
    task = asyncio.create_task(fns.ask([question()]))
    while not tax.calls:  # noqa: ASYNC110 - the fake tells nobody
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of nobody's for 127.0.0.1, and its key."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    try:
        subprocess.run(
            [*command.split(), *names, "-keyout", key, "-out", cert],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("openssl makes the certificate, and is not there")
    return cert, key


async def test_a_certificate_is_trusted_by_the_bundle_only(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(cert, key)
    app = web.Application()
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    try:
        for bundle, trouble in ((None, Trouble.DENIED), (cert, Trouble.DOWN)):
            client = make_verifier(
                "fns",
                VerifierConfig(url, MASTER, bundle),
                purse=CountedPurse(),
                vault=MemoryVault(Time().clock),
            )
            # Trusted, it is reached and has no such page.
            assert await one(client, question()) == Unavailable(trouble)
            await client.close()
    finally:
        await runner.cleanup()


def test_a_bundle_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    config = VerifierConfig(ca_bundle=tmp_path / "none.pem")
    with pytest.raises(OSError, match="No such file"):
        make_verifier("fns", config, purse=CountedPurse(), vault=MemoryVault(Time().clock))
