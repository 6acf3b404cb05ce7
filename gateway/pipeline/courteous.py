"""What the courtesy check makes of an agent's words: the desk's levels, and the moment."""

from config.courtesy import Courtesy, Strictness
from templates import courtesy
from templates.courtesy import Level, own_words

OFF = "off"


def strictness_of(written: Courtesy) -> courtesy.Strictness:
    """The rulebook's part as the check takes it."""
    words = {"zh": written.words.zh, "en": written.words.en}
    return courtesy.Strictness(
        levels=_levels(written.levels),
        channels={channel: _levels(levels) for channel, levels in written.channels.items()},
        words={language: own_words(language, said) for language, said in words.items() if said},
    )


def _levels(written: Strictness) -> dict[str, Level | None]:
    return {rule: None if level == OFF else Level(level) for rule, level in written.items()}
