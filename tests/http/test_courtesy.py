"""Courtesy over HTTP: what an agent is told while writing, and what does not go out."""

import pytest

from tests.http.conftest import CONFIG, open_desk

STRICT = (
    CONFIG
    + """
courtesy:
  levels: {blame: block, abuse: warn}
  channels: {hook: {slang: warn}, webchat: {brush_off: block}}
  words: {en: [bargain]}
templates: {automatic: {acknowledged: {}}}
"""
)
CARD = "Your card is 4111 1111 1111 1111."
RUDE = "Hello, you are an idiot."

FOUND = [
    ("nothing", "How is my lamp?", "Hello Ms Reed, I look it up.", {}, []),
    ("blanks", "How is my lamp?", "  \n ", {}, []),
    ("a first answer that does not greet", "hi", "It has left.", {}, [("greeting", "hint")]),
    ("an insult", "hi", RUDE, {}, [("abuse", "block")]),
    ("a whole card", "hi", f"Hello. {CARD}", {}, [("personal_card", "block")]),
    ("the customer's own number", "hi", "Hello, we ring +49 151 12345678.", {}, []),
    ("a file that is not there", "hi", "Hello, I have attached the form.", {}, [("attachment", "warn")]),
    ("a file that is there", "hi", "Hello, I have attached the form.", {"attachments": 1}, []),
    ("another's name", "hi", "Hello Ms Brown, it has left.", {}, [("wrong_name", "block")]),
    ("not the customer's language", "我的灯什么时候到？", "Hello, your lamp will arrive tomorrow.", {}, [("other_language", "warn")]),
    ("in Chinese", "我的灯什么时候到？", "您好，你是不是傻逼？", {}, [("abuse", "block")]),
    ("a complaint without a word of it", "我要投诉！太差劲了，你们这群骗子，我要曝光你们！", "您好，已经收到了。", {}, [("empathy", "warn"), ("next_step", "hint")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "text", "more", "expected"), [r[1:] for r in FOUND], ids=[r[0] for r in FOUND]
)
async def test_what_is_to_mend_is_told_while_one_writes(desk, asked, text, more, expected) -> None:
    """The moment is the conversation's own: who it is, what they said, and what was answered."""
    conversation = await desk.conversation(asked, name="Sarah Reed")
    sue = await desk.person("sue")
    path = f"/api/v1/conversations/{conversation}/courtesy"
    answer = await sue("POST", path, {"text": text} | more)
    assert answer.status == 200
    found = answer.json["findings"]
    assert [(each["rule"], each["level"]) for each in found] == expected
    assert all(each["message"] for each in found)


async def test_who_was_answered_is_not_greeted_again(desk) -> None:
    """What lacks in the first answer does not lack in the second."""
    conversation = await desk.conversation("How is my lamp?")
    sue = await desk.person("sue")
    path = f"/api/v1/conversations/{conversation}"
    first = await sue("POST", f"{path}/courtesy", {"text": "It has left."})
    assert [each["rule"] for each in first.json["findings"]] == ["greeting"]
    assert (await sue("POST", f"{path}/reply", {"text": "Hello, I look."})).status == 202
    assert (await sue("POST", f"{path}/courtesy", {"text": "It has left."})).json == {
        "findings": [],
        "promise": None,
    }


REFUSED = [
    ("an insult", RUDE, ["abuse"]),
    ("spaced out", "Hello, you are an i d i o t.", ["abuse"]),
    ("in full width", "Hello, you are an ｉｄｉｏｔ.", ["abuse"]),
    ("a card", f"Hello. {CARD}", ["personal_card"]),
    ("a hole", "Hello {customer_name}, it has left.", ["placeholder"]),
    ("two at once", f"{RUDE} {CARD}", ["abuse", "personal_card"]),
]


@pytest.mark.parametrize(("text", "rules"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
async def test_what_is_blocked_is_not_sent(desk, text, rules) -> None:
    """The refusal names the rules, their places and what to write instead; nothing is written."""
    conversation = await desk.conversation("hello")
    sue = await desk.person("sue")
    path = f"/api/v1/conversations/{conversation}"
    refused = await sue("POST", f"{path}/reply", {"text": text})
    assert (refused.status, refused.code) == (422, "courtesy")
    assert refused.json["rules"] == rules
    assert [each["rule"] for each in refused.json["findings"]] == rules
    assert all(rule in refused.json["detail"] for rule in rules)
    assert refused.json["what_to_do"]
    items = (await sue("GET", f"{path}/timeline")).json["items"]
    assert [i["text"] for i in items if i["type"] == "message"] == ["hello"]


async def test_what_only_warns_goes(desk) -> None:
    """A hint and a warning are words to the writer, who decides."""
    conversation = await desk.conversation("hello")
    sue = await desk.person("sue")
    path = f"/api/v1/conversations/{conversation}/reply"
    assert (await sue("POST", path, {"text": "I don't know. Calm down."})).status == 202


async def test_the_desk_says_what_is_blocked(tmp_path) -> None:
    """Its levels rule, by channel too; its own words are found."""
    async with open_desk(tmp_path, config=STRICT) as desk:
        conversation = await desk.conversation("hello")
        sue = await desk.person("sue")
        path = f"/api/v1/conversations/{conversation}"
        rows = [
            (RUDE, [("abuse", "warn")], 202),
            ("Hello, that is your own fault.", [("blame", "block")], 422),
            ("Hello, I don't know.", [("brush_off", "warn")], 202),
            ("Hello, it is a bargain.", [("own_word", "warn")], 202),
        ]
        texts = [text for text, _, _ in rows]
        told = [await sue("POST", f"{path}/courtesy", {"text": text}) for text in texts]
        found = [[(f["rule"], f["level"]) for f in each.json["findings"]] for each in told]
        assert found == [expected for _, expected, _ in rows]
        sent = [await sue("POST", f"{path}/reply", {"text": text}) for text in texts]
        assert [each.status for each in sent] == [status for _, _, status in rows]


async def test_what_goes_out_by_itself_is_never_held_up(tmp_path) -> None:
    """A desk that blocks a word of its own acknowledgement still acknowledges."""
    config = STRICT.replace("[bargain]", "[your, message, we]").replace(
        "levels: {", "levels: {own_word: block, "
    )
    async with open_desk(tmp_path, config=config) as desk:
        conversation = await desk.conversation("hello")
        sue = await desk.person("sue")
        path = f"/api/v1/conversations/{conversation}"
        blocked = await sue("POST", f"{path}/reply", {"text": "Hello, we look at your message."})
        assert blocked.json["rules"] == ["own_word"]

        async def acknowledged() -> list[str]:
            items = (await sue("GET", f"{path}/timeline")).json["items"]
            return [i["text"] for i in items if i["type"] == "message" and i["text"] != "hello"]

        (text,) = await desk.until(acknowledged)
        told = await sue("POST", f"{path}/courtesy", {"text": text})
        assert "block" in [each["level"] for each in told.json["findings"]]
