"""How a page looks: one column that fits a phone, the colours of the chat, no script at all."""

import base64
import hashlib
import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handlers.texts import Html, _, language_name, local, plain
from services.cities import CityFacts

_STYLE = """
:root { color-scheme: light dark; --night: #0b1330; --amber: #ffb347; --amber-ink: #241500;
  --page: #f3eee3; --paper: #fffdf8; --ink: #1b2138; --soft: #5d637a; --line: #1b213822;
  --link: #2447a8; font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
  sans-serif; }
@media (prefers-color-scheme: dark) { :root { --page: #0b1330; --paper: #1a2752; --ink: #eef1fb;
  --soft: #a5aed0; --line: #ffffff26; --link: #9dbcff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  -webkit-text-size-adjust: 100%; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--amber); outline-offset: 2px; }
header { background: linear-gradient(165deg, #1d3180 0%, #14235a 45%, #0b1330 100%); color: #fff;
  padding: .8rem 1rem; }
header div, main, footer { max-width: 42rem; margin: 0 auto; }
header div { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: baseline;
  justify-content: space-between; }
header a { color: #fff; text-decoration: none; padding: .35rem 0; display: inline-block; }
header a.city { font-weight: 650; }
header nav { display: flex; gap: .9rem; }
header nav a[aria-current] { text-decoration: underline; text-underline-offset: .25em; }
main { padding: 1rem; }
h1 { font-size: 1.45rem; line-height: 1.25; margin: .2rem 0 .6rem; }
h2 { font-size: 1.1rem; margin: 1.6rem 0 .5rem; }
.photos { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr));
  margin: 0 0 1rem; }
figure { margin: 0; }
img { width: 100%; height: auto; max-height: 70vh; object-fit: contain; border-radius: .7rem;
  background: var(--paper); display: block; }
figcaption, .small, time { color: var(--soft); font-size: .88rem; }
.state { display: inline-block; background: var(--paper); border: 1px solid var(--line);
  border-radius: 1rem; padding: .15rem .7rem; margin: 0 0 .8rem; }
.said { white-space: pre-line; background: var(--paper); border-radius: .7rem;
  padding: .7rem .9rem; margin: 0 0 1rem; }
dl { margin: 0; display: grid; grid-template-columns: minmax(6rem, max-content) 1fr;
  gap: .35rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; }
ol { list-style: none; margin: 0; padding: 0; border-left: 2px solid var(--line); }
li { padding: .1rem 0 .7rem .9rem; }
li time { display: block; }
.help { background: var(--paper); border-radius: .7rem; padding: .9rem; margin: 1.4rem 0 0; }
.help p { margin: 0 0 .7rem; }
.help a { display: inline-block; background: var(--amber); color: var(--amber-ink);
  text-decoration: none; font-weight: 600; border-radius: .6rem; padding: .65rem 1rem;
  margin: 0 .5rem .5rem 0; }
footer { padding: 1rem; color: var(--soft); font-size: .88rem; }
@media (max-width: 26rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin: 0 0 .5rem; } }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_ICON = "/static/any/icons/192.png"
"""The chat's, in whatever version there is."""

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""What a browser may load for a page: our photos, and the style that stands in it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page. `path` is its address on our site, `tongues` the languages
    it can be read in, `feed` the RSS of all of its kind."""

    city: CityFacts
    tongue: str
    tongues: Sequence[str]
    base: str
    path: str
    feed: str


def page(frame: Frame, title: str, body: Iterable[str], photo: str | None = None) -> bytes:
    """The whole document; `title` is plain words, `body` safe HTML, `photo` an address."""
    name = plain(local(frame.city.title))
    nobody = _("Nothing on this page says who wrote it.")
    feed = attribute(frame.feed)
    return (
        f'<!doctype html>\n<html lang="{frame.tongue}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{attribute(title)} · {attribute(name)}</title>"
        f'<link rel="icon" type="image/png" href="{_ICON}">'
        f'<link rel="alternate" type="application/rss+xml" href="{feed}">'
        f"{_known_as(frame, title, name, photo)}<style>{_STYLE}</style></head><body>"
        f'<header><div><a class="city" href="/">{attribute(name)}</a>{_languages(frame)}'
        f"</div></header><main>{''.join(body)}</main>"
        f'<footer><p>{nobody} <a href="{feed}">RSS</a></p></footer></body></html>\n'
    ).encode()


def attribute(text: str) -> str:
    """Plain words, safe in an attribute and anywhere else."""
    return html.escape(text)


def photos(told: Sequence[tuple[str, Html]]) -> str:
    """Photos by their tokens, each with what it shows."""
    figures = [
        f'<figure><img src="/photo/{token}" alt="{attribute(plain(caption))}" loading="lazy">'
        f"<figcaption>{caption}</figcaption></figure>"
        for token, caption in told
    ]
    return f'<div class="photos">{"".join(figures)}</div>' if figures else ""


def facts(told: Sequence[tuple[Html, str]]) -> str:
    """Names and values, the values as safe HTML."""
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in told)
    return f"<dl>{rows}</dl>"


def events(title: Html, told: Sequence[tuple[str, str]]) -> str:
    """When and what, the latest first."""
    rows = "".join(f"<li><time>{when}</time>{what}</li>" for when, what in told)
    return f"<section><h2>{title}</h2><ol>{rows}</ol></section>" if rows else ""


def ways(words: Html, links: Mapping[str, str]) -> str:
    """The way into the conversation, one button for each channel that is on."""
    labels = {"web": _("Open the chat here"), "telegram": _("Open in Telegram")}
    buttons = "".join(
        f'<a href="{attribute(address)}">{labels[channel]}</a>'
        for channel, address in links.items()
        if channel in labels
    )
    return f'<section class="help"><p>{words}</p>{buttons}</section>'


def _known_as(frame: Frame, title: str, name: str, photo: str | None) -> str:
    """What others may show of the page: the languages it is in, its name, its photo."""
    address = attribute(f"{frame.base}{frame.path}")
    found = [f'<link rel="canonical" href="{address}">']
    found += [
        f'<link rel="alternate" hreflang="{each}" href="{address}?lang={each}">'
        for each in frame.tongues
    ]
    found.append(f'<meta property="og:title" content="{attribute(title)}">')
    found.append(f'<meta property="og:site_name" content="{attribute(name)}">')
    if photo is not None:
        found.append(f'<meta property="og:image" content="{attribute(photo)}">')
    return "".join(found)


def _languages(frame: Frame) -> str:
    label = attribute(plain(_("Language")))
    links = []
    for each in frame.tongues:
        here = ' aria-current="true"' if each == frame.tongue else ""
        links.append(
            f'<a href="{attribute(frame.path)}?lang={each}" lang="{each}"{here}>'
            f"{attribute(language_name(each))}</a>"
        )
    return f'<nav aria-label="{label}">{"".join(links)}</nav>'
