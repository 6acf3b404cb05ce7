"""A desk's own words: what a channel would refuse, and what courtesy finds in them."""

import pytest

FRONT = "---\npurpose: to test\n---\n"
LONG = "We look into it. " * 120  # 2,040 characters, fourteen SMS


def lay(config, words: str, locale: str = "en") -> None:
    folder = config / "words" / locale
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ours.md").write_text(f"{FRONT}{words}\n")


def test_check_names_the_file_and_the_channel(parley, config) -> None:
    """A warning: who answers by web chat may still say it; words of its own end it."""
    lay(config, LONG)
    told = parley("check", "--config", config)
    assert told.status == 0
    assert "words/en/ours.md:0: sms does not carry it: it takes 14 SMS" in told.words
    assert "with 1 warning" in told.words
    lay(config, f"{LONG}\n\n=== sms\nWe do.")
    assert "does not carry" not in parley("check", "--config", config).words


def test_render_says_the_text_and_what_refuses_it(parley, config) -> None:
    """For any channel each that says it so; for one, that one. Without a desk nobody knows."""
    lay(config, LONG)
    for more in ((), ("--channel", "sms")):
        told = parley("render", "ours", "--locale", "en", "--config", config, *more, stdin="{}")
        assert (told.status, told.text) == (1, f"{LONG.strip()}\n")
        assert told.words.count("sms does not carry it") == 1
    for more in (("--config", config, "--channel", "webchat"), ("--words", config / "words")):
        told = parley("render", "ours", "--locale", "en", *more, stdin="{}")
        assert (told.status, told.words) == (0, "")


CHANNELS = [
    ("a channel", "sms", 0, "brief"),
    ("an adapter stands for its channel", "twilio_sms", 0, "brief"),
    ("a part of a mail", "email_subject", 0, "titled"),
    ("a channel without words of its own", "line", 0, "any"),
    ("none", "", 0, "any"),
    ("a slip", "smss", 2, "there is no channel 'smss'; did you mean 'sms'? There are: email,"),
    ("nothing like one", "pigeon", 2, "there is no channel 'pigeon'. There are: email,"),
    ("a part of none", "emial_subject", 2, "there is no channel 'emial'; did you mean 'email'?"),
    ("a mail's page", "email_html", 0, "<p>any</p>"),
    ("no part of an SMS", "sms_subject", 2, "no channel 'sms_subject'; did you mean 'sms'? There"),
    ("nor of an adapter's", "twilio_sms_html", 2, "there is no channel 'sms_html'; did you mean"),
    ("a part of nothing", "_subject", 2, "there is no channel '_subject'. There are: email,"),
]


@pytest.mark.parametrize(
    ("channel", "status", "words"), [c[1:] for c in CHANNELS], ids=[c[0] for c in CHANNELS]
)
def test_render_knows_the_channels(parley, config, channel, status, words) -> None:
    """What is none is refused by its name: nobody reads what another channel would have said."""
    lay(config, "any\n=== sms\nbrief\n=== email_subject\ntitled")
    args = ("render", "ours", "--locale", "en", "--words", config / "words")
    told = parley(*args, "--channel", channel, stdin="{}")
    assert told.status == status
    assert words in (told.words if status else told.text)
    assert bool(told.text) == (status == 0)


def test_courtesy_tells_it_of_a_text_for_a_channel(parley, config) -> None:
    """As a finding like any other, at what is too much."""
    line = {"id": 1, "text": LONG, "context": {"channel": "sms"}}
    told = parley("courtesy", "--locale", "en", "--config", config, stdin=[line])
    (finding,) = [each for each in told.lines[0]["findings"] if each["rule"] == "too_long"]
    assert (told.status, finding["level"], finding["end"]) == (1, "warn", len(LONG))
    chat = line | {"context": {"channel": "webchat"}}
    told = parley("courtesy", "--locale", "en", "--config", config, stdin=[chat])
    assert "too_long" not in [each["rule"] for each in told.lines[0]["findings"]]


RUDE = [
    ("blocked", "en", "Hello. Only an idiot asks that.", "courtesy finds abuse (block)", 2),
    (
        "blocked in Chinese",
        "zh-CN",
        "您好！你这个傻逼，自己看说明书去。",
        "courtesy finds abuse",
        2,
    ),
    ("evaded", "en", "Hello. You are an i d i o t.", "courtesy finds abuse (block)", 2),
    ("warned of", "en", "Hello. CALM DOWN, PLEASE!!!", "(warn)", 0),
    ("polite", "en", "Thank you, we look into it and write to you by noon.", "is sound\n", 0),
    ("in no language of the rules", "de", "Nur ein Idiot fragt das.", "is sound\n", 0),
]


@pytest.mark.parametrize(
    ("locale", "words", "told", "status"), [r[1:] for r in RUDE], ids=[r[0] for r in RUDE]
)
def test_check_reads_words_as_their_customer_would(
    parley, config, locale: str, words: str, told: str, status: int
) -> None:
    """A file is held to what the console holds its words to: nobody is insulted by itself."""
    lay(config, words, locale)
    found = parley("check", "--config", config)
    assert (found.status, told in found.words) == (status, True), found.words


def test_check_names_the_part_and_the_line(parley, config) -> None:
    """Where it stands in the file; and the desk's own levels hold."""
    lay(config, "Hello, thank you.\n\n=== sms\nHello.\nOnly an idiot asks that.")
    found = parley("check", "--config", config)
    assert "words/en/ours.md:8: sms: courtesy finds abuse (block); " in found.words
    assert found.status == 2
    with (config / "desk.yaml").open("a") as file:
        file.write("\ncourtesy: {levels: {abuse: hint}}\n")
    assert "is sound" in parley("check", "--config", config).words


ABOVE = "---\ntitle: Exchange\ncategory: order\n---\n"
ARTICLES = [
    ("blocked", "en", "First line.\n\nOnly an **idiot** asks that.", "abuse (block)", 7),
    ("blocked in Chinese", "zh-CN", "您好。\n\n你这个傻逼，自己看说明书去。", "abuse (block)", 7),
    ("warned of", "en", "Wait.\nCALM DOWN, PLEASE!!!", "(warn)", 6),
    ("who must", "en", "Wait.\nYou must send it back.", "command (warn)", 6),
    ("who must, in Chinese", "zh-CN", "您好。\n你必须先付款。", "command (warn); 请改用请求", 6),
    ("who must, in Taiwan", "zh-TW", "您好。\n\n您必須先付款。", "command (warn)", 7),
    (
        "what one does",
        "en",
        "Press Stop. Send us the photos now, please, before you must go.",
        "",
        0,
    ),
    (
        "what one does, in Chinese",
        "zh-CN",
        "点击“立即付款”。为什么您必须实名认证？无需必须登录。",
        "",
        0,
    ),
    ("what must be", "zh-CN", "退回的商品必须包装完好，请您务必核对。", "", 0),
    ("twice", "en", "An **idiot** asks.\n\nOnly an idiot asks.", "abuse (block)", 7),
    ("polite", "en", "You can exchange it within seven days.", "", 0),
    ("of another manner", "de", "Nur ein Idiot fragt das.", "", 0),
]


@pytest.mark.parametrize(
    ("locale", "words", "told", "line"), [a[1:] for a in ARTICLES], ids=[a[0] for a in ARTICLES]
)
def test_articles_are_looked_over(parley, config, locale, words, told, line) -> None:
    """What customers are told of them is warned of at its line; a desk runs with it all the same."""
    folder = config / "knowledge" / locale
    folder.mkdir(parents=True)
    (folder / "exchange.md").write_text(f"{ABOVE}{words}\n")
    found = parley("check", "--config", config)
    assert found.status == 0
    warned = f"knowledge/{locale}/exchange.md:{line}: courtesy finds"
    assert (warned in found.words) == bool(told)
    assert told in found.words
    assert ("a warning" in found.words) == bool(told)


def test_a_title_is_read_too(parley, config) -> None:
    """A customer sees it above the answer."""
    folder = config / "knowledge" / "en"
    folder.mkdir(parents=True)
    above = ABOVE.replace("Exchange", "Only an idiot asks that")
    (folder / "exchange.md").write_text(f"{above}You can exchange it.\n")
    found = parley("check", "--config", config)
    assert "knowledge/en/exchange.md:2: courtesy finds abuse" in found.words


def test_a_desk_may_see_it_otherwise(parley, config) -> None:
    """As with all that courtesy finds."""
    folder = config / "knowledge" / "en"
    folder.mkdir(parents=True)
    (folder / "exchange.md").write_text(f"{ABOVE}Only an idiot asks that.\n")
    (config / "more.yaml").write_text("courtesy: {levels: {abuse: hint}}\n")
    assert "courtesy finds" not in parley("check", "--config", config).words


@pytest.mark.parametrize("level", ["'off'", "hint"])
def test_a_desk_may_say_that_customers_must(parley, config, level) -> None:
    """Where it says so itself."""
    folder = config / "knowledge" / "zh-CN"
    folder.mkdir(parents=True)
    (folder / "exchange.md").write_text(f"{ABOVE}您必须先付款。\n")
    assert "courtesy finds command (warn)" in parley("check", "--config", config).words
    (config / "more.yaml").write_text(f"courtesy: {{levels: {{command: {level}}}}}\n")
    assert "courtesy finds" not in parley("check", "--config", config).words
