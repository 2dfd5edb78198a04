"""Telegram's HTML becomes text and entities."""

import pytest

from bot.channels.web.markup import MarkupError, discovered, from_html, safe_link, trimmed, units


def test_nested_tags_keep_order_outer_first():
    text, entities = from_html("<b>жирный <i>и косой</i></b> хвост")
    assert text == "жирный и косой хвост"
    assert entities == [
        {"type": "bold", "offset": 0, "length": 14},
        {"type": "italic", "offset": 7, "length": 7},
    ]


def test_offsets_count_utf16_units():
    text, entities = from_html("🚀<b>ура</b>🪐<code>x</code>")
    assert text == "🚀ура🪐x"
    assert entities == [
        {"type": "bold", "offset": 2, "length": 3},
        {"type": "code", "offset": 7, "length": 1},
    ]
    assert units(text) == 8


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("<strong>x</strong>", "bold"),
        ("<em>x</em>", "italic"),
        ("<u>x</u>", "underline"),
        ("<s>x</s>", "strikethrough"),
        ("<pre>x</pre>", "pre"),
        ("<tg-spoiler>x</tg-spoiler>", "spoiler"),
        ('<span class="tg-spoiler">x</span>', "spoiler"),
        ("<blockquote>x</blockquote>", "blockquote"),
        ("<blockquote expandable>x</blockquote>", "expandable_blockquote"),
    ],
)
def test_every_tag(source, kind):
    assert from_html(source) == ("x", [{"type": kind, "offset": 0, "length": 1}])


def test_link_with_escaped_address():
    _, entities = from_html('<a href="https://a.example/?x=1&amp;y=2">там</a>')
    assert entities == [
        {"type": "text_link", "url": "https://a.example/?x=1&y=2", "offset": 0, "length": 3}
    ]


def test_a_link_that_runs_code_is_only_text():
    assert from_html('<a href="javascript:alert(1)">там</a>') == ("там", [])
    assert not safe_link("javascript:alert(1)")


def test_references():
    text = "&lt;b&gt; &amp; &quot;&#1071;&#x1F680; &unknown; a & b"
    assert from_html(text)[0] == '<b> & "Я🚀 &unknown; a & b'


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("<b>x", 'can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", 'unexpected end tag "b"'),
        ("<b><i>x</b></i>", 'unexpected end tag "b"'),
        ("<script>x</script>", 'unsupported start tag "script"'),
        ("<img src=x onerror=alert(1)>", 'unsupported start tag "img"'),
        ("1 < 2", "unclosed start tag at byte offset 2"),
        ("<span>x</span>", 'unsupported start tag "span"'),
    ],
)
def test_malformed_is_refused(source, complaint):
    with pytest.raises(MarkupError) as refusal:
        from_html(source)
    assert str(refusal.value) == f"can't parse entities: {complaint}"


def test_white_space_around_is_cut_and_entities_move():
    text, entities = trimmed(*from_html("\n <b> жир </b>\n<i> </i>"))
    assert text == "жир"
    assert entities == [{"type": "bold", "offset": 0, "length": 3}]


def test_bare_links_and_commands_are_found_outside_of_entities():
    text, entities = from_html("/card и <code>/no</code> на https://a.example/x, да; a/b нет")
    assert discovered(text, entities) == [
        {"type": "bot_command", "offset": 0, "length": 5},
        {"type": "code", "offset": 8, "length": 3},
        {"type": "url", "offset": 15, "length": 19},
    ]
