"""The tax service's open API, the whole way and its manners."""

from typing import Any

import pytest

from services.receipts.verifiers.contract import (
    Answer,
    Because,
    NotYet,
    Question,
    Rejected,
    Trouble,
    Unavailable,
    Undecided,
    Verified,
    Verifier,
    Working,
)
from services.receipts.verifiers.known import make_verifier
from services.receipts.verifiers.tickets import of_fns
from services.receipts.verifiers.wire import VerifierConfig
from tests.verifiers.fakes.fns import MASTER, FakeFns
from tests.verifiers.rig import (
    CountedPurse,
    MemoryVault,
    Time,
    question,
    sample,
    self_employed_slip,
)

TICKET = of_fns(sample("fns_greengrocer"))


async def one(client: Verifier, asked: Question) -> Answer:
    """The answer to one question."""
    answers = await client.ask([asked])
    assert list(answers) == [asked.key]
    return answers[asked.key]


async def sent(client: Verifier, time: Time, number: int = 74694) -> str:
    """Send a question, wait as told; its handle."""
    answer = await one(client, question(number))
    assert isinstance(answer, Working)
    time.pass_(answer.seconds)
    return answer.handle


async def until_answered(client: Verifier, time: Time, asked: Question) -> Answer:
    """Ask again as often and as late as told."""
    answer = await one(client, asked)
    while isinstance(answer, Working):
        time.pass_(answer.seconds)
        answer = await one(client, Question(asked.key, asked.slip, answer.handle))
    return answer


async def test_a_receipt_is_sent_and_then_fetched(
    fns: Verifier, tax: FakeFns, time: Time, purse: CountedPurse
) -> None:
    first = await one(fns, question())
    assert isinstance(first, Working)
    assert first.seconds == 2
    message = next(iter(tax.messages))
    assert first.handle == f"{message}:0:1:0"
    time.pass_(2)
    assert await one(fns, question(handle=first.handle)) == Verified(TICKET)
    assert [call.name for call in tax.calls] == ["Auth", "SendMessage", "GetMessage"]
    assert purse.spent == 3
    assert tax.faults == []


async def test_looks_come_later_and_later(fns: Verifier, tax: FakeFns, time: Time) -> None:
    tax.latency = 58
    asked, pauses = question(), []
    answer = await one(fns, asked)
    while isinstance(answer, Working):
        pauses.append(answer.seconds)
        time.pass_(answer.seconds)
        answer = await one(fns, question(handle=answer.handle))
    # Not ready after 57 seconds and gone after 77, it is sent again, and is as slow again.
    assert pauses[:6] == [2, 5, 10, 20, 20, 20]
    assert answer == Unavailable(Trouble.DOWN)
    assert tax.called("SendMessage") == 2


async def test_an_answer_fetched_too_late_is_asked_for_again(
    fns: Verifier, tax: FakeFns, time: Time
) -> None:
    handle = await sent(fns, time)
    time.pass_(60)
    again = await one(fns, question(handle=handle))
    assert isinstance(again, Working)
    assert again.seconds == 2
    assert again.handle.endswith(":0:2:0")
    time.pass_(2)
    assert await one(fns, question(handle=again.handle)) == Verified(TICKET)
    assert tax.called("SendMessage") == 2


async def test_a_message_lost_twice_is_a_failure_and_then_a_fresh_question(
    fns: Verifier, tax: FakeFns, time: Time
) -> None:
    handle = await sent(fns, time)
    tax.messages.clear()
    again = await one(fns, question(handle=handle))
    assert isinstance(again, Working)
    tax.messages.clear()
    time.pass_(2)
    assert await one(fns, question(handle=again.handle)) == Unavailable(Trouble.DOWN, None, None)


async def test_another_client_fetches_what_this_one_sent(
    fns: Verifier, tax: FakeFns, time: Time, purse: CountedPurse, vault: MemoryVault
) -> None:
    handle = await sent(fns, time)
    other = make_verifier(
        "fns",
        VerifierConfig(tax.url, MASTER),
        purse=purse,
        vault=vault,
        tick=time.tick,
        sleep=time.sleep,
    )
    assert await one(other, question(handle=handle)) == Verified(TICKET)
    assert tax.called("SendMessage") == 1
    await other.close()


async def test_a_strange_handle_is_none(fns: Verifier, tax: FakeFns) -> None:
    answer = await one(fns, question(handle="of another make"))
    assert isinstance(answer, Working)
    assert tax.called("SendMessage") == 1


async def test_several_messages_are_fetched_by_one_call(
    fns: Verifier, tax: FakeFns, time: Time, purse: CountedPurse
) -> None:
    asked = [question(number) for number in (74694, 74695, 80001)]
    working = await fns.ask(asked)
    time.pass_(2)
    handles = {key: a.handle for key, a in working.items() if isinstance(a, Working)}
    found = await fns.ask([Question(q.key, q.slip, handles[q.key]) for q in asked])
    assert found["check-74694"] == Verified(TICKET)
    assert isinstance(found["check-74695"], Verified)
    assert found["check-74695"].ticket.document == 74695
    assert found["check-80001"] == NotYet()
    assert tax.called("GetMessages") == 1
    assert tax.called("GetMessage") == 0
    assert purse.spent == 1 + 3 + 1
    assert tax.faults == []


async def test_of_a_batch_the_lost_are_sent_again_and_the_unready_wait(
    fns: Verifier, tax: FakeFns, time: Time
) -> None:
    lost = await sent(fns, time, 74694)
    tax.messages.clear()
    unready = await sent(fns, time, 74695)
    tax.latency = 600
    found = await fns.ask([question(74694, lost), question(74695, unready)])
    resent, waits = found["check-74694"], found["check-74695"]
    assert isinstance(resent, Working)
    assert resent.handle.endswith(":0:2:0")
    assert waits == Working(unready.replace(":0:1:0", ":1:1:0"), 5)
    assert tax.faults == []


async def test_batches_keep_their_distance(fns: Verifier, tax: FakeFns, time: Time) -> None:
    tax.latency = 600
    handles = [await sent(fns, time, number) for number in (1001, 1002, 1003, 1004)]
    await fns.ask([question(1001, handles[0]), question(1002, handles[1])])
    time.pass_(3)
    pair = [question(1003, handles[2]), question(1004, handles[3])]
    waiting = (await fns.ask(pair)).values()
    assert [(a.handle, round(a.seconds, 6)) for a in waiting if isinstance(a, Working)] == [
        (handles[2], 10),
        (handles[3], 10),
    ]
    assert tax.called("GetMessages") == 1
    time.pass_(10)
    await fns.ask(pair)
    assert tax.called("GetMessages") == 2


async def test_one_message_is_not_looked_for_too_often(
    fns: Verifier, tax: FakeFns, time: Time, purse: CountedPurse
) -> None:
    tax.latency = 600
    handle = await sent(fns, time)
    answer = await one(fns, question(handle=handle))
    assert isinstance(answer, Working)
    time.pass_(1)
    spent = purse.spent
    early = await one(fns, question(handle=answer.handle))
    assert isinstance(early, Working)
    assert (early.handle, round(early.seconds, 6)) == (answer.handle, 4)
    assert purse.spent == spent


async def test_no_limit_is_broken_in_a_hurry(fns: Verifier, tax: FakeFns, time: Time) -> None:
    asked = [question(number) for number in range(1000, 1020)]
    working = await fns.ask(asked)
    for question_ in asked:
        answer = working[question_.key]
        assert isinstance(answer, Working)
        await fns.ask([Question(question_.key, question_.slip, answer.handle)])
    assert tax.faults == []
    assert tax.called("SendMessage") == 20


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (400, Rejected(Because.MALFORMED)),
        (404, NotYet()),
        (406, Rejected(Because.FORGED)),
        (453, Rejected(Because.FORGED)),
        (454, Rejected(Because.FORGED)),
        (455, NotYet()),
        (503, Unavailable(Trouble.DOWN)),
        (531, Undecided("code 531: Ответ по сценарию")),
        (544, NotYet()),
        (999, Undecided("code 999: Ответ по сценарию")),
    ],
)
async def test_each_code_has_its_meaning(
    time: Time, purse: CountedPurse, vault: MemoryVault, code: int, answer: Answer
) -> None:
    async with FakeFns(lambda _: code, tick=time.tick, clock=time.clock) as tax:
        client = make_verifier(
            "fns",
            VerifierConfig(tax.url, MASTER),
            purse=purse,
            vault=vault,
            tick=time.tick,
            sleep=time.sleep,
        )
        assert await until_answered(client, time, question()) == answer
        await client.close()
    assert tax.called("SendMessage") == 1


@pytest.mark.parametrize("code", [452, 528])
async def test_an_unchecked_sign_is_asked_about_once_more(
    time: Time, purse: CountedPurse, vault: MemoryVault, code: int
) -> None:
    async with FakeFns(lambda _: code, tick=time.tick, clock=time.clock) as tax:
        client = make_verifier(
            "fns",
            VerifierConfig(tax.url, MASTER),
            purse=purse,
            vault=vault,
            tick=time.tick,
            sleep=time.sleep,
        )
        handle = await sent(client, time)
        later = await one(client, question(handle=handle))
        assert later == Working(":0:0:1", 600)
        answer = await until_answered(client, time, question(handle=":0:0:1"))
        assert answer == Undecided("the sign could not be checked")
        await client.close()
    assert tax.called("SendMessage") == 2


@pytest.mark.parametrize(
    "changed", [{"sign": 435331209}, {"total": 11782}, {"operation": 2}], ids=str
)
async def test_a_code_that_was_changed_is_forged(
    fns: Verifier, time: Time, changed: dict[str, Any]
) -> None:
    answer = await until_answered(fns, time, question(**changed))
    assert answer == Rejected(Because.FORGED)


async def test_a_broken_ticket_is_for_a_person(
    time: Time, purse: CountedPurse, vault: MemoryVault
) -> None:
    ticket = sample("fns_greengrocer")
    del ticket["content"]["userInn"]
    async with FakeFns(lambda _: ticket, tick=time.tick, clock=time.clock) as tax:
        client = make_verifier(
            "fns",
            VerifierConfig(tax.url, MASTER),
            purse=purse,
            vault=vault,
            tick=time.tick,
            sleep=time.sleep,
        )
        answer = await until_answered(client, time, question())
        await client.close()
    assert answer == Undecided("ticket: absent: userInn")


async def test_a_slip_of_another_form_is_not_sent(fns: Verifier, purse: CountedPurse) -> None:
    assert await one(fns, Question("x", self_employed_slip())) == Undecided("not a fiscal receipt")
    assert purse.spent == 0


async def test_the_token_is_shared_and_renewed_early(
    fns: Verifier, tax: FakeFns, time: Time, vault: MemoryVault
) -> None:
    await sent(fns, time)
    time.pass_(52 * 60)
    await sent(fns, time)
    assert tax.called("Auth") == 1
    time.pass_(60)
    await sent(fns, time)
    assert tax.called("Auth") == 2
    assert vault.renewals == 2
    assert tax.faults == []


async def test_nothing_is_asked_without_money(fns: Verifier, tax: FakeFns) -> None:
    purse = CountedPurse(0)
    client = make_verifier(
        "fns", VerifierConfig(tax.url, MASTER), purse=purse, vault=MemoryVault(Time().clock)
    )
    assert await one(client, question()) == Unavailable(Trouble.QUOTA)
    assert tax.calls == []
    await client.close()


async def test_money_that_ends_midway_leaves_handles(
    tax: FakeFns, time: Time, vault: MemoryVault
) -> None:
    purse = CountedPurse(3)
    client = make_verifier(
        "fns",
        VerifierConfig(tax.url, MASTER),
        purse=purse,
        vault=vault,
        tick=time.tick,
        sleep=time.sleep,
    )
    answers = await client.ask([question(number) for number in (1, 2, 3, 4)])
    kinds = [type(answers[f"check-{number}"]) for number in (1, 2, 3, 4)]
    assert kinds == [Working, Working, Unavailable, Unavailable]
    held = answers["check-1"]
    assert isinstance(held, Working)
    assert len(tax.calls) == 3
    time.pass_(2)
    found = await client.ask([question(1, held.handle), question(3)])
    assert found == {
        "check-1": Unavailable(Trouble.QUOTA, None, held.handle),
        "check-3": Unavailable(Trouble.QUOTA, None, None),
    }
    assert len(tax.calls) == 3
    await client.close()


class BrokenPurse(CountedPurse):
    """Its database is away from the third call on."""

    async def spend(self, calls: int) -> bool:
        if self.spent == 2:
            raise ConnectionError
        return await super().spend(calls)


async def test_what_the_purse_raises_is_not_taken_for_an_answer(
    tax: FakeFns, time: Time, vault: MemoryVault
) -> None:
    client = make_verifier(
        "fns",
        VerifierConfig(tax.url, MASTER),
        purse=BrokenPurse(),
        vault=vault,
        tick=time.tick,
        sleep=time.sleep,
    )
    with pytest.raises(ConnectionError):
        await client.ask([question(1), question(2)])
    assert len(tax.calls) == 2
    await client.close()
