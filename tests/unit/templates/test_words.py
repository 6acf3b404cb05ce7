"""Our own words: every template, in every locale and for every channel, as customers read them."""

import re
from itertools import combinations, product

import pytest

from adapters._shared.text import OPTED_OUT, consent
from config.callbacks import WORDS
from gateway.domain.clock import parse_rfc3339
from routing.callbacks import wishes
from routing.wishes import wish_of
from templates import Catalog, ValueType, approved, render
from templates.catalog import TEXT
from templates.courtesy import Context, Level, check
from templates.markup import html_faults

CATALOG = Catalog.load()
LOCALES = ("zh-CN", "zh-TW", "en")
CHANNELS = ("webchat", "sms", "email", "voice")
SATURDAY = parse_rfc3339("2026-11-21T10:00:00+08:00")

SPOKEN = [name for name in CATALOG.names() if name.startswith("voice_")]
WRITTEN = [name for name in CATALOG.names() if name not in SPOKEN]
# They go out by themselves and often: one segment of an SMS must do.
OFTEN = ("greeting", "acknowledged", "holding", "out_of_hours", "apology", "closing", "transferred")
NEEDED = {  # what a shop speaks of, and the templates that do
    "first words and last": ("greeting", "closing", "closed_silent", "resolved"),
    "waiting": ("acknowledged", "holding", "still_waiting", "agent_silent", "apology"),
    "enquiry": ("enquiry_details", "enquiry_checking", "enquiry_progress", "enquiry_answered"),
    "order": ("order_confirmed", "order_changed", "order_cancelled", "payment_reminder"),
    "logistics": ("order_shipped", "shipping_delayed", "parcel_delayed", "parcel_missing"),
    "return and refund": ("return_approved", "return_declined", "refund_approved", "refund_paid"),
    "exchange and repair": ("exchange_approved", "repair_received", "repair_quote", "repair_done"),
    "complaint": ("complaint_accepted", "complaint_progress", "complaint_result"),
    "promise": ("promise_late", "complaint_extended"),
    "callback": ("callback_offer", "callback_scheduled", "callback_missed"),
    "survey and follow-up": ("survey_invitation", "survey_score", "survey_thanks", "follow_up"),
    "festival": ("festival_spring", "festival_mid_autumn", "festival_holidays", "birthday"),
    "trouble": ("service_disruption", "service_recovered", "recovery_call"),
}


def values_of(name: str, locale: str, *, whole: bool) -> dict[str, str | int]:
    """The examples of all variables, or of those alone that are required."""
    variables = CATALOG.get(name).wording(locale).variables
    return {v.name: v.example for v in variables if whole or v.required}


def said(name: str, locale: str, channel: str, *, whole: bool = True) -> str:
    """The template with its examples, from Shanghai on a Saturday morning."""
    return render(
        CATALOG,
        name,
        locale=locale,
        channel=channel,
        values=values_of(name, locale, whole=whole),
        timezone="Asia/Shanghai",
        at=SATURDAY,
        home="Asia/Shanghai",
    )


def texts_of(name: str):
    """The template in each locale and for each channel, with all values and with the required ones."""
    channels = ("voice",) if name in SPOKEN else CHANNELS
    for locale, channel, whole in product(LOCALES, channels, (True, False)):
        yield locale, channel, said(name, locale, channel, whole=whole)


each_template = pytest.mark.parametrize("name", CATALOG.names())
each_written = pytest.mark.parametrize("name", WRITTEN)


@pytest.mark.parametrize(("topic", "names"), NEEDED.items())
def test_the_catalogue_has_what_a_desk_needs(topic, names) -> None:
    """For whatever a shop speaks of with customers there are words."""
    assert set(names) <= set(CATALOG.names()), topic
    assert len(WRITTEN) >= 60


def test_our_own_templates_are_without_fault() -> None:
    """What is not judged at every start is judged here."""
    assert Catalog.load(TEXT).names() == CATALOG.names()


@pytest.mark.parametrize("name", CATALOG.names())
def test_the_locales_agree(name) -> None:
    """Every locale has the template, for the same channels, with the same variables, and an owner."""
    template = CATALOG.get(name)
    assert set(template.locales) == set(LOCALES)
    wordings = [template.wording(locale) for locale in LOCALES]
    for wording in wordings:
        assert wording.owner
        assert wording.purpose
        assert all(v.meaning and str(v.example) for v in wording.variables)
    assert len({wording.owner for wording in wordings}) == 1
    assert len({tuple(sorted(wording.variants)) for wording in wordings}) == 1
    kinds = {tuple((v.name, v.type, v.required) for v in w.variables) for w in wordings}
    assert len(kinds) == 1, "variables differ from locale to locale"
    told = {(c, a.name, a.values) for w in wordings for c, a in w.approved.items()}
    assert len(told) == len(wordings[0].approved)
    if name in WRITTEN:
        assert {"", "sms", "email", "email_subject"} <= set(wordings[0].variants)


AT_WORK = re.compile(
    "work|look|are on |shortly|moment|处理|跟进|查询|正在|马上|處理|追蹤|查詢|立即"
)


def test_nobody_is_said_to_be_at_it_where_nobody_is() -> None:
    """What is said while nobody has a question says neither that somebody works on it nor when
    somebody will, but for an instant that is set."""
    for locale, channel, text in texts_of("still_waiting"):
        assert AT_WORK.search(text) is None, f"{locale} {channel}: {text}"
    assert AT_WORK.search(said("holding", "en", "sms"))
    assert AT_WORK.search(said("agent_silent", "zh-TW", "email"))


@each_template
def test_our_words_are_courteous(name) -> None:
    """The check finds nothing but hints, nothing shouts, nobody is called 你, no hole is left."""
    for locale, channel, text in texts_of(name):
        found = check(text, locale, Context(audience="customer", channel=channel))
        assert [f for f in found if f.level is not Level.HINT] == [], text
        assert not re.search(r"[!！你妳{}]|\?{2}|None", text), text
        odd = r"  |\n{3}| \n|，，|。。|，。|。，|：。|；。|\.\.|,\.|: \."
        assert not re.search(odd, text), text
        assert text == text.strip()
        dateless = re.sub(r"\d+月\d+日", "", text)
        assert not re.search("[0-9A-Za-z][\u4e00-\u9fff]|[\u4e00-\u9fff][0-9A-Za-z]", dateless), (
            text
        )
        assert locale == "en" or "您" in text, text


BY_ITSELF = ("out_of_hours", "handoff", "knowledge_answer", "still_waiting", "agent_silent")
# Full-width signs bring their own space.
HALF_SPACE = re.compile("[，。！？；：、（）【】《》“”「」] | [，。！？；：、（）【】《》“”「」]")


@pytest.mark.parametrize(("name", "locale"), list(product(BY_ITSELF, LOCALES)))
def test_whatever_is_known_what_goes_by_itself_reads_well(name, locale) -> None:
    """Courteous and without holes, whichever of the values there are; Chinese has no half spaces."""
    whole, least = (values_of(name, locale, whole=each) for each in (True, False))
    channels = ("webchat", "sms", "email", "email_subject")
    maybe = sorted(whole.keys() - least.keys())
    there = [set(each) for n in range(len(maybe) + 1) for each in combinations(maybe, n)]
    for channel, known in product(channels, there):
        values = {each: whole[each] for each in (*least, *known)} | {"desk_name": "Dawnlight"}
        text = render(
            CATALOG, name, locale=locale, channel=channel, values=values,
            timezone="Asia/Shanghai", at=SATURDAY,
        )  # fmt: skip
        if channel != "email_subject":
            found = check(text, locale, Context(audience="customer", channel=channel))
            assert [f for f in found if f.level is not Level.HINT] == [], text
        assert not re.search(r"  |\n{3}| \n|，，|。。|，。|\.\.|in person", text), text
        assert locale == "en" or not HALF_SPACE.search(text), text
        assert not re.search(r"Dawnlight[\u4e00-\u9fff]", text), text
        assert channel != "sms" or segments(text) <= 2, text


@each_template
def test_each_locale_has_its_own_script(name) -> None:
    """zh-CN is written in simplified characters, zh-TW in traditional, English without either."""
    for locale, _, text in texts_of(name):
        match locale:
            case "zh-CN":
                text.replace("¥", "").encode("gb2312")
            case "zh-TW":
                text.encode("cp950")
            case _:
                assert not re.search("[\u3000-\u9fff\uff00-\uffef]", text)


# What one says in mainland China, and says otherwise in Taiwan.
MAINLAND = re.compile(
    "短信|網絡|信息|視頻|質量|快遞|發貨|鏈接|賬|積分|優惠券|反饋|訂單號|單號|默認|親，|郵件即可|打印|屏幕|手機號|發票抬頭"
)


@each_template
def test_taiwan_reads_its_own_words(name) -> None:
    """The words are Taiwan's, not the mainland's in other characters."""
    for locale, _, text in texts_of(name):
        assert locale != "zh-TW" or not MAINLAND.search(text), text


# How a text tells people what to send or to say.
TOLD = re.compile(
    r"(?:回复|回覆)[“「]([^”」]+)[”」]|[请請][说說]([^。]+)"
    r"|[Rr]eply (?:with: |: )?(STOP|\"[^\"]+\")|(?:[Rr]eply(?: with)?|say): ([^.,]+)"
)
READ_BY_PEOPLE = ("同意",)


@each_template
def test_a_word_that_a_text_tells_people_to_send_is_understood(name) -> None:
    """Whoever is told to answer with a word opts out by it, is called, or is handed to a person."""
    for _, _, text in texts_of(name):
        for found in TOLD.finditer(text):
            word = next(filter(None, found.groups())).strip('"')
            assert (
                consent(word) == OPTED_OUT
                or wishes(word, WORDS)
                or wish_of(word) == "person"
                or word in READ_BY_PEOPLE
            ), f"{word}: {text}"


# Nothing sees to it that these come true.
EMPTY_PROMISES = re.compile(
    "第一时间回复|優先回覆|first thing we|answer you then\\.|多次|到您的手机|到您的手機"
    "|to your phone|see our mail|查看邮件|查看電子郵件"
)


@each_template
def test_a_text_promises_what_is_kept(name) -> None:
    """Who wrote after hours is not first in line, one call is not many, and no mail need follow."""
    for _, _, text in texts_of(name):
        # With a time it is told before the word when "then" is.
        promised = EMPTY_PROMISES.search(
            re.sub(r"opens at .*; we will answer you then\.", "", text)
        )
        assert not promised, text


@each_template
def test_only_the_first_words_say_qin(name) -> None:
    """亲 opens a conversation, as the manner of shops has it; whatever follows does without."""
    for locale, _, text in texts_of(name):
        if locale == "zh-CN" and name != "greeting":
            assert not re.search("亲(?!自)", text), text


# GSM 03.38, basic set: what an SMS segment of 160 holds, or 153 when there are several.
GSM_7 = set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")  # fmt: skip


def segments(text: str) -> int:
    """How many messages a telephone network makes of it."""
    one, several = (160, 153) if set(text) <= GSM_7 else (70, 67)
    return 1 if len(text) <= one else -(-len(text) // several)


@each_written
def test_a_short_message_is_short(name) -> None:
    """An SMS says who writes, in two segments; in one where it goes out by itself and often."""
    for locale, channel, text in texts_of(name):
        if channel == "sms":
            assert segments(text) <= (1 if name in OFTEN else 2), f"{len(text)}: {text}"
            assert locale != "en" or set(text) <= GSM_7
            assert str(values_of(name, locale, whole=True)["desk_name"]) in text


@pytest.mark.parametrize(
    ("name", "locale"),
    [(n, lo) for n in CATALOG.names() for lo in LOCALES
     if n in SPOKEN or "voice" in CATALOG.get(n).wording(lo).variants],
)  # fmt: skip
def test_what_is_spoken_can_be_spoken(name, locale) -> None:
    """A caller hears one line of plain sentences, without addresses, brackets and numbers of cases."""
    for whole in (True, False):
        text = said(name, locale, "voice", whole=whole)
        assert not re.search(
            r"[<>&/()【】「」“”\n]|https?|C-2026", re.sub(r"（[周週].）", "", text)
        )
        assert text[-1] in ".。"


@pytest.mark.parametrize(("name", "locale"), list(product(WRITTEN, LOCALES)))
def test_a_mail_is_a_letter(name, locale) -> None:
    """A mail has a subject of one line, a salutation, a signature, and an HTML part that says the same."""
    for whole in (True, False):
        subject = said(name, locale, "email_subject", whole=whole)
        assert 0 < len(subject) <= 80
        assert "\n" not in subject
        letter = said(name, locale, "email", whole=whole)
        assert re.match("尊敬的|親愛的|.* 您好：|Dear ", letter)
        assert str(values_of(name, locale, whole=True)["desk_name"]) in letter[-120:]
        page = said(name, locale, "email_html", whole=whole)
        assert list(html_faults(page, ())) == []
        urls = [
            v.name for v in CATALOG.get(name).wording(locale).variables if v.type is ValueType.URL
        ]
        assert ("<a href=" in page) == any(u in values_of(name, locale, whole=whole) for u in urls)


def test_what_a_provider_has_approved_is_named_with_its_values() -> None:
    """Where WhatsApp wants a template of its own, its name, its language and its values come in order."""
    told = approved(
        CATALOG,
        "order_shipped",
        locale="zh-HK",
        channel="whatsapp",
        values={"desk_name": "晨光", "order": "8 ", "carrier": "黑貓\t宅急便", "tracking": "T1"},
    )
    assert told is not None
    assert (told.name, told.language) == ("order_shipped", "zh_TW")
    assert told.values == ("8", "黑貓 宅急便", "T1")
    assert approved(CATALOG, "closing", locale="en", channel="whatsapp", values={}) is None
    assert sum("whatsapp" in CATALOG.get(n).wording("en").approved for n in WRITTEN) >= 5
