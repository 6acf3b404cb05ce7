"""Words that a channel of the desk would refuse: told by check, render and courtesy."""

FRONT = "---\npurpose: to test\n---\n"
LONG = "We look into it. " * 120  # 2,040 characters, fourteen SMS


def lay(config, words: str) -> None:
    folder = config / "words" / "en"
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


def test_courtesy_tells_it_of_a_text_for_a_channel(parley, config) -> None:
    """As a finding like any other, at what is too much."""
    line = {"id": 1, "text": LONG, "context": {"channel": "sms"}}
    told = parley("courtesy", "--locale", "en", "--config", config, stdin=[line])
    (finding,) = [each for each in told.lines[0]["findings"] if each["rule"] == "too_long"]
    assert (told.status, finding["level"], finding["end"]) == (1, "warn", len(LONG))
    chat = line | {"context": {"channel": "webchat"}}
    told = parley("courtesy", "--locale", "en", "--config", config, stdin=[chat])
    assert "too_long" not in [each["rule"] for each in told.lines[0]["findings"]]
