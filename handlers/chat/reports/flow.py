"""What a draft still needs, asked for one thing at a time; at the end what everybody will see."""

from dataclasses import asdict, replace
from typing import Any

from handlers.buttons import Go
from handlers.chat.home import menu
from handlers.chat.reports import appeal, words
from handlers.chat.reports.buttons import (
    Another,
    Change,
    Discard,
    MyReport,
    PutPlace,
    PutTheme,
    Same,
    Send,
)
from handlers.chat.reports.keys import KEYS, label
from handlers.chat.reports.states import Reporting, keep
from handlers.screen import Ask, Button, Keyboard, Place, Screen
from handlers.texts import Html, _, _n, local, plain, verbatim
from handlers.turn import Turn
from services.civic.places import Spot, spot_at
from services.reports import drafts, similar, themes, views
from services.reports.deadlines import promised
from services.reports.drafts import Draft
from services.reports.similar import Similar
from services.reports.themes import Theme

_SOME = 3


async def proceed(turn: Turn, draft_id: int, *, said: str = "") -> Screen:
    """The next question about the draft, or the last look at it; `said` stands before it."""
    draft = await drafts.one(turn.tx, turn.city, turn.me.id, draft_id)
    draft = await _guessed(turn, draft)
    data = await turn.state.get_data()
    if draft.missing:
        match draft.missing[0]:
            case "content":
                screen = await ask_content(turn, draft.id)
            case "place":
                screen = await ask_place(turn, draft, data)
            case _:
                screen = await ask_theme(turn, draft)
    elif data.get("different") == draft.id:
        screen = await sure(turn, draft)
    else:
        screen = await _alike(turn, draft) or await sure(turn, draft)
    return _after(said, screen)


def _after(said: str, screen: Screen) -> Screen:
    """What was just understood, then the next question; the menu is back unless keys are needed."""
    if screen.keyboard is not None:
        text = f"{said}\n\n{screen.text}" if said else screen.text
        return Screen(text, keyboard=screen.keyboard, fresh=True, closes=True, also=screen.also)
    if not said:
        return screen
    return Screen(said, keyboard=menu(), fresh=True, closes=True, also=[screen])


async def _guessed(turn: Turn, draft: Draft) -> Draft:
    """With the theme that its words name clearly, once the place is known, too."""
    if draft.missing != ("theme",):
        return draft
    found = await themes.guessed(turn.tx, turn.city.id, draft.text, draft.spot, turn.now)
    if not found or found[0].confidence < themes.SURE:
        return draft
    await drafts.set_theme(
        turn.tx, turn.city, member_id=turn.me.id, draft_id=draft.id,
        category_id=found[0].theme.id, now=turn.now,
    )  # fmt: skip
    return await drafts.one(turn.tx, turn.city, turn.me.id, draft.id)


async def ask_content(turn: Turn, draft_id: int | None = None) -> Screen:
    """A photo or words to begin with."""
    known = {"draft": draft_id} if draft_id is not None else {}
    await keep(turn, Reporting.content, **known)
    return Screen(
        _(
            "<b>What is wrong?</b>\n"
            "Send a photo of it (up to {n}), or say it in a few words. People's faces and car "
            "plates had better not be in the photo.",
            n=turn.city.rules.civic.photos,
        ),
        [[Button(_("Cancel"), Go(to="report_stop"))]],
    )


async def ask_place(turn: Turn, draft: Draft, data: dict[str, Any]) -> Screen:
    """Where it is: here, a pin, an address, the same as last time, everywhere."""
    await keep(turn, Reporting.place, draft=draft.id, bare=False)
    rows: list[list[str | Ask]] = [[Ask(label("here"), "location")]]
    if await drafts.last_spot(turn.tx, turn.me.id) is not None:
        rows.append([label("last_place")])
    rows.append([label("citywide"), label("later")])
    also = [_from_file(turn, draft, data["file_place"])] if data.get("file_place") else []
    return replace(where_is_it(rows), also=also)


def where_is_it(rows: list[list[str | Ask]]) -> Screen:
    """The question for a place, with these keys."""
    return Screen(
        _(
            "<b>Where is it?</b>\n"
            "Press “{here}”, send any pin or place, or type the address: street and house.",
            here=plain(_(KEYS["here"])),
        ),
        keyboard=Keyboard(rows, plain(_("Street, house"))),
    )


def _from_file(turn: Turn, draft: Draft, point: list[float]) -> Screen:
    """The camera's own place is only offered."""
    spot = spot_at(turn.city, point[0], point[1])
    where = plain(words.place(turn.city, spot))
    return Screen(
        _("Your photo's file says where it was taken; nobody but you knows. Is it there?"),
        [
            [Button(_("Yes, it is there"), PutPlace(draft=draft.id, which="file"))],
            [Button(_("No, somewhere else"), PutPlace(draft=draft.id, which="elsewhere"))],
        ],
        place=Place(point[0], point[1], plain(_("Where the photo was taken")), where),
    )


async def ask_theme(turn: Turn, draft: Draft, *, every: bool = False) -> Screen:
    """The likeliest themes, or all of them."""
    await keep(turn, Reporting.theme, draft=draft.id)
    offered = await themes.themes(turn.tx, turn.city.id)
    found = await themes.guessed(turn.tx, turn.city.id, draft.text, draft.spot, turn.now)
    chosen = offered if every or not found else [guess.theme for guess in found[:_SOME]]
    buttons = [_theme(draft, theme) for theme in chosen]
    rows = in_twos(buttons) if len(chosen) > _SOME else [[button] for button in buttons]
    if len(chosen) < len(offered):
        rows.append([Button(_("Something else"), PutTheme(draft=draft.id, theme=0))])
    return Screen(_("<b>What is it about?</b>"), rows)


def in_twos(buttons: list[Button]) -> list[list[Button]]:
    """Two buttons in a row."""
    return [buttons[n : n + 2] for n in range(0, len(buttons), 2)]


def _theme(draft: Draft, theme: Theme) -> Button:
    return Button(f"{theme.emoji} {local(theme.name)}", PutTheme(draft=draft.id, theme=theme.id))


async def _alike(turn: Turn, draft: Draft) -> Screen | None:
    """What is there already, before anybody types more; None where there is nothing like it."""
    assert draft.theme is not None
    found = await similar.near(
        turn.tx, turn.city, theme=draft.theme, spot=draft.spot, text=draft.text,
        member_id=turn.me.id, now=turn.now,
    )  # fmt: skip
    if not found:
        return None
    await keep(turn, Reporting.similar, draft=draft.id)
    cards = [_alike_card(turn, draft, one) for one in found]
    cards.append(
        Screen(
            _("Or is yours another one?"),
            [[Button(_("🆕 No, mine is another one"), Another(draft=draft.id))]],
        )
    )
    return Screen(
        _n(
            "<b>Somebody may have reported it already.</b> Is this it? Then your voice makes it "
            "weigh more than one more report would.",
            "<b>Somebody may have reported it already.</b> Is one of these {n} it? Then your voice "
            "makes it weigh more than one more report would.",
            len(found),
        ),
        also=cards,
    )


def _alike_card(turn: Turn, draft: Draft, one: Similar) -> Screen:
    facts: list[Html] = []
    if one.metres is not None:
        facts.append(words.distance(one.metres))
    facts += [words.age(one.since, turn.now), words.state(one.state)]
    if one.up:
        facts.append(words.voices(one.up))
    lines = [f"№ {one.number} · " + " · ".join(facts)]
    if one.address:
        lines.append(f"📍 {verbatim(one.address)}")
    if one.text:
        lines.append(verbatim(_short(one.text)))
    return words.pictured(Screen("\n".join(lines), [[_same(draft, one)]]), one.photo)


def _same(draft: Draft, one: Similar) -> Button:
    press = Same(draft=draft.id, report=one.id, again=one.again)
    if one.again:
        return Button(_("🔁 It is there again"), press)
    if one.mine:
        return Button(_("📋 It is mine: show it"), MyReport(report=one.id))
    if one.supported:
        return Button(_("👍 You support it: add this to it"), press)
    return Button(_("👍 This is it: support"), press)


def _short(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


async def sure(turn: Turn, draft: Draft) -> Screen:
    """Exactly what everybody will see, and what it is before the law."""
    await keep(turn, Reporting.sure, draft=draft.id)
    assert draft.theme is not None
    shown = await views.preview(turn.tx, turn.city, draft, turn.me.id, turn.now)
    shown = replace(shown, due_at=promised(turn.city, draft.theme.sla_days, turn.now))
    lines = [_("<b>Everybody will see this:</b>"), "", *words.card(turn, shown)]
    lines += ["", *appeal.note(turn.city)]
    return words.pictured(
        Screen("\n".join(lines), _changes(turn, draft)),
        draft.photos[0].token if draft.photos else None,
    )


def _changes(turn: Turn, draft: Draft) -> list[list[Button]]:
    def change(words_: str, part: str) -> Button:
        return Button(words_, Change(draft=draft.id, part=part))

    name = _("🙈 Hide my name") if not draft.anonymous else _("👤 Show my name")
    named = [change(name, "anonymous")] if turn.me.name else []
    return [
        [Button(_("✅ Send"), Send(draft=draft.id))],
        [change(_("📷 Photo"), "photo"), change(_("📍 Place"), "place")],
        [change(_("🏷 Theme"), "theme"), change(_("📝 Text"), "text")],
        [*named, Button(_("💾 Later"), Go(to="report_later"))],
        *appeal.ways(turn.city, draft.id),
        [Button(_("🗑 Throw away"), Discard(draft=draft.id, sure=False))],
    ]


def spot_kept(spot: Spot) -> dict[str, Any]:
    """A spot as the dialogue keeps it."""
    return asdict(spot)
