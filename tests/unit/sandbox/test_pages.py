"""The shop and the sandbox as pages: sound HTML, two languages, nothing inline."""

import re
from html.parser import HTMLParser
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from gateway.sandbox import pages
from gateway.sandbox.chats import NAMES
from gateway.sandbox.mail import MailFault
from gateway.sandbox.pages import render
from gateway.sandbox.pages.call_words import CALLS
from gateway.sandbox.pages.chat_words import CHATS
from gateway.sandbox.pages.words import LANGUAGES, SANDBOX, SHOP, language
from gateway.sandbox.phone import FAULTS
from gateway.sandbox.providers.said import FAULTS as CHAT_FAULTS
from gateway.sandbox.voice import FAULTS as VOICE_FAULTS

FOLDER = Path(pages.__file__).parent
TABLES = {"shop": SHOP, "sandbox": SANDBOX}
PAGES = [(name, lang) for name in TABLES for lang in LANGUAGES]

VOID = {"br", "hr", "img", "input", "link", "meta"}
URLS = {"action", "formaction", "href", "src"}
CJK = re.compile(r"[\u3400-\u9fff]")


class Page(HTMLParser):
    """What a page consists of, and what is wrong with it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.fors: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.headings: list[int] = []
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.attributes.setdefault(tag, named)
        if len(named) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if tag == "style" or "style" in named or any(name.startswith("on") for name in named):
            self.faults.append(f"<{tag}> carries style or script")
        if tag == "script" and "src" not in named:
            self.faults.append("a script is inline")
        if tag == "img" and "alt" not in named:
            self.faults.append("a picture has no words")
        if tag == "button" and self.open.count("form") and "type" not in named:
            self.texts.append("submits")
        for name in URLS & named.keys():
            self.links.append(named[name] or "")
        for name in ("id", "aria-labelledby", "for"):
            if name in named:
                (self.ids if name == "id" else self.fors).append(named[name] or "")
        self.texts += [named[n] or "" for n in ("placeholder", "title", "alt") if n in named]
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-1:] or 'nothing'}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


async def fetched(client: aiohttp.ClientSession, name: str, lang: str) -> Page:
    async with client.get(f"/{name}", params={"lang": lang}) as response:
        assert response.status == 200
        assert response.content_type == "text/html"
        return Page(await response.text())


@pytest.mark.parametrize(("name", "lang"), PAGES)
async def test_the_html_is_sound(web_client: aiohttp.ClientSession, name: str, lang: str) -> None:
    """Tags nest, ids are unique and found, headings skip no level, nothing is inline."""
    page = await fetched(web_client, name, lang)
    assert page.faults == []
    assert len(page.ids) == len(set(page.ids))
    assert set(page.fors) <= set(page.ids)
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert page.attributes["html"]["lang"] == {"zh": "zh-CN", "en": "en"}[lang]


@pytest.mark.parametrize(("name", "lang"), PAGES)
async def test_every_address_of_a_page_leads_somewhere(
    web_client: aiohttp.ClientSession, name: str, lang: str
) -> None:
    """Styles, scripts, pictures and anchors are there; nothing comes from elsewhere."""
    page = await fetched(web_client, name, lang)
    assert not [link for link in page.links if re.match(r"[a-z]+:|//", link)]
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        elif link.startswith(f"/{name}/"):
            async with web_client.get(link) as response:
                assert response.status == 200, link
                assert response.headers["X-Content-Type-Options"] == "nosniff"
    elsewhere = {link.partition("?")[0] for link in page.links if link.startswith("/")}
    known = {"/", "/shop", "/sandbox", "/chat/chat/widget.js"}
    assert {link for link in elsewhere if not link.startswith(f"/{name}/")} <= known


@pytest.mark.parametrize("name", ["shop", "sandbox"])
async def test_the_policy_allows_no_inline_code(
    web_client: aiohttp.ClientSession, name: str
) -> None:
    """Scripts and styles are our own files; no other page may frame ours."""
    async with web_client.get(f"/{name}/") as response:
        policy = response.headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert (rules["script-src"], rules["style-src"]) == ("'self'", "'self'")
    assert (rules["frame-ancestors"], rules["base-uri"]) == ("'none'", "'none'")


@pytest.mark.parametrize(
    "name", ["words.py", "app.py", "shop.html", "..%2Fmail.py", "%2E%2E%2Fmail.py", "x.css"]
)
async def test_only_styles_scripts_and_pictures_are_files(
    web_client: aiohttp.ClientSession, name: str
) -> None:
    """Nothing else of the folder is given out, nor anything beside it."""
    async with web_client.get(URL(f"/shop/{name}", encoded=True)) as response:
        assert response.status == 404


async def test_no_file_beside_the_folder_is_given_out(
    web_client: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slash in disguise leads nowhere."""
    (tmp_path / "pages").mkdir()
    for place in (tmp_path / "pages" / "in.css", tmp_path / "out.css"):
        place.write_text("a {}")
    monkeypatch.setattr(render, "FOLDER", tmp_path / "pages")
    for name, status in {"in.css": 200, "..%2Fout.css": 404, "sub%2F..%2Fin.css": 404}.items():
        async with web_client.get(URL(f"/shop/{name}", encoded=True)) as response:
            assert response.status == status, name


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_both_languages_say_everything(name: str) -> None:
    """The same words in both, none empty, with the same gaps, each in its own script."""
    zh, en = TABLES[name]["zh"], TABLES[name]["en"]
    assert list(zh) == list(en)
    for key in zh:
        assert zh[key].strip(), key
        assert en[key].strip(), key
        assert re.findall(r"\{\w+\}", zh[key]) == re.findall(r"\{\w+\}", en[key]), key
    other = {"other_language", "lang"}
    assert not [key for key in en if CJK.search(en[key]) and key not in other]
    plain = {"lang", "other_language"} | {key for key in zh if key.endswith("_price")}
    assert not [key for key in zh if not CJK.search(zh[key]) and key not in plain]
    assert "！" not in "".join(zh.values())
    assert "!" not in "".join(en.values())


@pytest.mark.parametrize("name", TABLES)
def test_no_word_is_written_past_the_table(name: str) -> None:
    """What stands in the template itself is no language: it all comes from the words."""
    source = (FOLDER / f"{name}.html").read_text("utf-8")
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
    texts = " ".join(Page(bare).texts).split()
    names = {"Parley", "A20261108-3371", "name@example.com", "+447700900147", "submits"}
    assert not [text for text in texts if re.search(r"\w", text) and text not in names]


def test_every_word_of_the_shop_is_said() -> None:
    """No word waits for nothing."""
    source = (FOLDER / "shop.html").read_text("utf-8")
    said = set(re.findall(r"\bw\.(\w+)", source))
    said |= {
        f"{each}{end}"
        for each in ("cup", "lamp", "apron")
        for end in ("", "_text", "_price", "_alt")
    }
    said |= {
        f"help_{each}{end}" for each in ("delivery", "returns", "repair") for end in ("", "_text")
    }
    assert said == set(SHOP["en"])


def test_every_word_of_the_sandbox_is_said() -> None:
    """By the page, by its script, or as the name of a fault or a state."""
    said = set(re.findall(r"\bw\.(\w+)", (FOLDER / "sandbox.html").read_text("utf-8")))
    script = (FOLDER / "sandbox.js").read_text("utf-8")
    said |= set(re.findall(r"\bwords\.(\w+)", script))
    said |= {
        f"state_{name}"
        for name in re.findall(r"^  (\w+): \"(?:good|bad|soon|)\"", script, re.MULTILINE)
    }
    faults = [("mail", each) for each in MailFault] + [("sms", each) for each in FAULTS]
    said |= {f"{channel}_{each}{end}" for channel, each in faults for end in ("", "_text")}
    said |= {"state_queued", "state_accepted"}  # of the stand-in, without a colour
    said |= {"news_mail", "news_sms"}
    said -= {"news_chat", "calls"}
    assert said == set(SANDBOX["en"])


def test_every_word_of_the_messengers_is_said() -> None:
    """By their part of the page, or as the name of a messenger or a fault."""
    said = set(re.findall(r"\bw\.(\w+)", (FOLDER / "chats.html").read_text("utf-8")))
    said |= {f"chat_{name}{end}" for name in NAMES for end in ("", "_text")}
    said |= {f"chat_fault_{each}{end}" for each in CHAT_FAULTS for end in ("", "_text")}
    assert (said | {"news_chat"}) - set(SANDBOX["en"]) == set(CHATS["en"])
    assert set(CHATS["en"]) == set(CHATS["zh"])


ASKED = {
    "nothing": ("", "", "en"),
    "by the address": ("zh", "en", "zh"),
    "by a regional address": ("zh-TW", "", "zh"),
    "by the browser": ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
    "another first": ("", "fr-FR,fr;q=0.9,zh;q=0.5", "zh"),
    "unknown": ("xx", "fr", "en"),
    "case": ("", "ZH-hans", "zh"),
    "garbage": ("'\"><script>", ";;,,=", "en"),
}


@pytest.mark.parametrize(("asked", "accept", "spoken"), ASKED.values(), ids=ASKED)
def test_the_language_follows_the_visitor(asked: str, accept: str, spoken: str) -> None:
    """The address rules over the browser; English where we speak neither."""
    assert language(asked, accept) == spoken


async def test_the_page_speaks_the_browsers_language(web_client: aiohttp.ClientSession) -> None:
    """Accept-Language chooses, and the widget is told."""
    async with web_client.get("/shop", headers={"Accept-Language": "zh-CN"}) as response:
        html = await response.text()
        assert response.headers["Content-Language"] == "zh-CN"
    assert 'data-locale="zh-CN"' in html
    assert "晨光小店" in html


async def test_customers_of_the_pages_language_come_first(
    web_client: aiohttp.ClientSession,
) -> None:
    """Whoever reads English plays an English customer at first."""
    for lang, first in (("zh", "李雷"), ("en", "Olivia Reed")):
        async with web_client.get("/sandbox", params={"lang": lang}) as response:
            options = re.findall(r"<option value=\"[^\"]+\"[^>]*>(.+?) ·", await response.text())
        assert options[0] == first


def test_styles_load_nothing_from_elsewhere() -> None:
    """Colours by name, fonts of the system, no address but our own files."""
    for file in FOLDER.glob("*.css"):
        text = file.read_text("utf-8")
        text = re.sub(r'@import url\("(base|colours)\.css"\);', "", text)
        assert "url(" not in text
        assert "://" not in text
        if file.name not in {"base.css", "colours.css"}:
            assert not re.search(r"#[0-9a-f]{3,8}\b", text), file.name


SHOWN = ("idle", "ringing", "in-progress", "completed", "busy", "no-answer")  # states of a call


def test_every_word_of_the_telephone_is_said() -> None:
    """By its part of the page, by its script, or as the name of what it shows."""
    said = set(
        re.findall(r"\bw\.(call\w*|no_call|no_twiml)", (FOLDER / "calls.html").read_text("utf-8"))
    )
    said |= set(re.findall(r"\bwords\.(\w+)", (FOLDER / "calls.js").read_text("utf-8")))
    said |= {f"call_{state}" for state in SHOWN}
    said |= {f"call_wants_{what}" for what in ("keys", "speech", "recording")}
    said |= {f"heard_{kind}" for kind in ("music", "key", "talk", "trouble")}
    said |= {f"voice_{each}{end}" for each in VOICE_FAULTS for end in ("", "_text")}
    assert said == set(CALLS["en"]) == set(CALLS["zh"])
