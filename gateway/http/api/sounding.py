"""How templates' words sound: reckoned once, for the words of a catalogue seldom change."""

from collections.abc import Iterable, Mapping

from gateway.http.routes import Call


async def sounded(call: Call, texts: Iterable[str]) -> Mapping[str, str]:
    """The pinyin of these, and of all that were asked for before, by what they say.

    Who asks while others do waits for their answer instead of reckoning it too.
    """
    book, wanted = call.house.wordbook, tuple(dict.fromkeys(texts))
    async with book.sounding:
        new = tuple(each for each in wanted if each not in book.sounds)
        if new:
            sounds = await call.rooms.pinyin.sounds(new)
            book.sounds.update(zip(new, sounds, strict=True))
    return book.sounds
