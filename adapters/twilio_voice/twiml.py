"""Directives as TwiML, by Twilio's own builders. Pure.

https://www.twilio.com/docs/voice/twiml
"""

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from twilio.twiml.voice_response import Gather, VoiceResponse

from gateway.contract import (
    Directive,
    HangUp,
    Hold,
    Join,
    Menu,
    Say,
    Voicemail,
    Wait,
    Words,
)

# https://www.twilio.com/docs/voice/twiml/say/text-speech: language, voice
VOICES: dict[str, tuple[str, str]] = {
    "zh": ("cmn-CN", "Polly.Zhiyu"),
    "zh-TW": ("cmn-TW", "Google.cmn-TW-Standard-A"),
    "en": ("en-US", "Polly.Joanna"),
}
# https://www.twilio.com/docs/voice/twiml/gather#language
HEARD: dict[str, str] = {"zh": "cmn-Hans-CN", "zh-TW": "cmn-Hant-TW", "en": "en-US"}
FALLBACK = "en"

MENU_TIMEOUT_S = 6
WAIT_TIMEOUT_S = 1  # after the music: nobody needs time to think
RECORD_TIMEOUT_S = 5  # of silence
AT, STEP = "at", "step"


class Scene(NamedTuple):
    """Where a document is read: addresses and music."""

    url: str  # of this leg's webhook, without a query of ours
    music: str
    transcribes: str  # where the words of a recording go


def document(directives: tuple[Directive, ...], scene: Scene) -> bytes:
    """The TwiML of some directives. An empty one would hang up, so it says so."""
    response = VoiceResponse()
    for directive in directives or (HangUp(),):
        _VERBS[type(directive)](response, directive, scene)
    return str(response).encode()


def _known_as(locale: str) -> str:
    """The key of a locale in the tables above."""
    return next((name for name in (locale, locale[:2]) if name in VOICES), FALLBACK)


def _speak(where: VoiceResponse | Gather, words: tuple[Words, ...]) -> None:
    for each in words:
        language, voice = VOICES[_known_as(each.language)]
        where.say(each.text, language=language, voice=voice)


def _again(scene: Scene, at: str, step: int) -> str:
    joint = "&" if "?" in scene.url else "?"
    return scene.url + joint + urlencode({AT: at, STEP: step})


def _say(response: VoiceResponse, directive: Say, _scene: Scene) -> None:
    _speak(response, directive.words)


def _menu(response: VoiceResponse, directive: Menu, scene: Scene) -> None:
    """Silence goes on to the redirect, which tells of it."""
    url = _again(scene, "menu", directive.step)
    speech: dict[str, Any] = {}
    if directive.hints:
        language = HEARD[_known_as(directive.words[-1].language)]
        speech = {"language": language, "hints": ", ".join(directive.hints)}
    gather = Gather(
        input="dtmf speech" if directive.hints else "dtmf",
        num_digits=1,
        timeout=MENU_TIMEOUT_S,
        action=url,
        method="POST",
        **speech,
    )
    _speak(gather, directive.words)
    response.append(gather)
    response.redirect(url, method="POST")


def _wait(response: VoiceResponse, directive: Wait, scene: Scene) -> None:
    url = _again(scene, "wait", directive.step)
    gather = Gather(input="dtmf", num_digits=1, timeout=WAIT_TIMEOUT_S, action=url, method="POST")
    _speak(gather, directive.words)
    gather.play(scene.music)
    response.append(gather)
    response.redirect(url, method="POST")


def _voicemail(response: VoiceResponse, directive: Voicemail, scene: Scene) -> None:
    _speak(response, directive.words)
    response.record(
        action=_again(scene, "voicemail", directive.step),
        method="POST",
        max_length=directive.longest_s,
        timeout=RECORD_TIMEOUT_S,
        finish_on_key="#",
        play_beep=True,
        transcribe=True,
        transcribe_callback=scene.transcribes,
    )
    response.redirect(_again(scene, "voicemail", directive.step), method="POST")


def _join(response: VoiceResponse, directive: Join, scene: Scene) -> None:
    """A conference that nobody's leaving ends: who else is to go, the core says."""
    dial = response.dial(action=_again(scene, "left", directive.step), method="POST")
    dial.conference(
        directive.room,
        beep="false",
        start_conference_on_enter=True,
        end_conference_on_exit=False,
        wait_url="",
    )


def _hold(response: VoiceResponse, directive: Hold, scene: Scene) -> None:
    _speak(response, directive.words)
    response.play(scene.music)
    response.redirect(_again(scene, "hold", directive.step), method="POST")


def _hang_up(response: VoiceResponse, _directive: HangUp, _scene: Scene) -> None:
    response.hangup()


_VERBS: dict[type, Callable[..., None]] = {
    Say: _say,
    Menu: _menu,
    Wait: _wait,
    Voicemail: _voicemail,
    Join: _join,
    Hold: _hold,
    HangUp: _hang_up,
}
