"""How templates' words sound: reckoned once, for the words of a catalogue seldom change."""

from collections.abc import Iterable, Mapping

from gateway.http.routes import Call


async def sounded(call: Call, texts: Iterable[str]) -> Mapping[str, str]:
    """The pinyin of these by what they say; "" too where it could not be reckoned this time.

    Who asks while others do waits for their answer instead of reckoning it too; where that failed,
    they do not fail again one behind the other, and who asks next tries anew.
    """
    book, wanted = call.house.wordbook, tuple(dict.fromkeys(texts))
    failed = book.sounds_failed
    async with book.sounding:
        new = tuple(each for each in wanted if each not in book.sounds)
        if new and failed == book.sounds_failed:
            sounds = await call.rooms.pinyin.reckoned(new)
            if sounds is None:
                book.sounds_failed += 1
            else:
                book.sounds.update(zip(new, sounds, strict=True))
    return {each: book.sounds.get(each, "") for each in wanted}
