"""How Chinese sounds, so that words are found by pinyin: reckoned once, when they are saved.

The dictionary that knows 银行 from 行走 takes 58 MB, for something that happens a few times a day.
So it is read in a process of its own, which ends with its answer.
"""

import asyncio
import re
import sys

import msgspec
import structlog

from gateway.pipeline import apart

log = structlog.get_logger(__name__)

MOST = 400  # characters of a text that can be found by their sound
MEMORY_BYTES = 512 * 1024 * 1024
CPU_S = 10
TIMEOUT_S = 20.0
AT_ONCE = 2
_HAN = re.compile("[\u3400-\u9fff]")
_HOLE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_PIECES = re.compile("[\u3400-\u9fff]+|[a-z0-9]+")


class Pinyin:
    """Reckons how words sound, a few at once."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)

    async def sounds(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """The pinyin of each, as `reckoned` has it.

        Where the process does not answer, all are "": then words are found by their letters alone.
        """
        said = await self.reckoned(texts)
        return ("",) * len(texts) if said is None else said

    async def reckoned(self, texts: tuple[str, ...]) -> tuple[str, ...] | None:
        """The pinyin of each, a blank between syllables; "" for what has no Chinese in it.

        None where the process does not answer: another time it may.
        """
        if not any(map(_HAN.search, texts)):
            return ("",) * len(texts)
        asked = msgspec.json.encode(texts)
        try:
            async with self._free:
                said = await apart.answer_of(__name__, TIMEOUT_S, asked=asked)
        except OSError:
            said = None  # not even started: there is no room for it
        if said is None:
            log.warning("pinyin was not reckoned", texts=len(texts))
            return None
        return msgspec.json.decode(said, type=tuple[str, ...])


def spelt(text: str) -> str:
    """The pinyin of a text, without tones; letters and figures stand in it as they are."""
    from pypinyin import lazy_pinyin  # which the process that asks never needs

    if not _HAN.search(text):
        return ""
    plain = _HOLE.sub(" ", text)[:MOST].lower()
    return " ".join(syllable for piece in _PIECES.findall(plain) for syllable in lazy_pinyin(piece))


def main() -> None:
    """The process: texts in, their pinyin out."""
    apart.confine(memory_bytes=MEMORY_BYTES, cpu_s=CPU_S)
    texts = msgspec.json.decode(sys.stdin.buffer.read(), type=tuple[str, ...])
    sys.stdout.buffer.write(msgspec.json.encode(tuple(map(spelt, texts))))
