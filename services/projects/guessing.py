"""What kind of project an idea is, guessed from its words."""

from collections.abc import Mapping

from services.projects.stages import Kind

_STEMS: Mapping[Kind, tuple[str, ...]] = {
    Kind.CHARITY: (
        "благотвор", "волонт", "пожертв", "приют", "сбор помощи", "charity", "donat", "volunteer",
        "shelter", "慈善", "捐", "志愿",
    ),
    Kind.SOCIAL: (
        "пенсион", "инвалид", "пожил", "многодет", "кружок", "детям", "доступная среда", "помощь",
        "elderly", "disabled", "children", "families", "老人", "残疾", "儿童",
    ),
    Kind.CREATIVE: (
        "музей", "театр", "фестивал", "концерт", "выставк", "мурал", "граффити", "скульптур",
        "музык", "museum", "theatre", "festival", "concert", "mural", "music", "节", "艺术", "音乐",
    ),
    Kind.UNIVERSITY: (
        "студент", "универс", "вуз", "лаборатор", "наук", "student", "universit", "laborator",
        "science", "大学", "学生", "科学",
    ),
    Kind.INVENTION: (
        "изобрет", "патент", "прототип", "датчик", "устройств", "invent", "patent", "prototype",
        "sensor", "发明", "专利",
    ),
    Kind.STARTUP: (
        "стартап", "приложени", "платформ", "сервис для", "startup", "start-up", "app ", "platform",
        "创业", "应用",
    ),
    Kind.PPP: (
        "концесси", "гчп", "государственно-частн", "concession", "public-private", "特许", "公私",
    ),
    Kind.INVESTMENT: ("инвест", "завод", "производств", "invest", "factory", "投资", "工厂"),
    Kind.DEVELOPMENT: (
        "застрой", "жилой комплекс", "жилого комплекса", "квартал", "housing", "redevelop",
        "住宅", "开发",
    ),
    Kind.BUSINESS: (
        "кафе", "магазин", "рынок", "ярмарк", "бизнес", "предпринимат", "café", "shop", "market",
        "business", "咖啡", "商店", "市场",
    ),
    Kind.URBAN: (
        "сквер", "парк", "двор", "площадк", "лавоч", "скамей", "фонар", "освещ", "тротуар",
        "велодорож", "дорог", "дерев", "озелен", "набереж", "остановк", "улиц", "park", "bench",
        "playground", "street", "light", "bicycle", "pavement", "trees", "公园", "长椅", "街",
        "路灯",
    ),
}  # fmt: skip


def guess(text: str) -> Kind | None:
    """The kind most of whose words are in the text; None where none is, or two are as good."""
    words = text.casefold()
    scores = {kind: sum(stem in words for stem in stems) for kind, stems in _STEMS.items()}
    best = max(scores.values())
    found = [kind for kind, score in scores.items() if score == best]
    return found[0] if best and len(found) == 1 else None
