"""What a telephone hears next: from the call's row, the rulebook, and where its work stands."""

from collections.abc import Callable, Iterable
from statistics import median

from config.rulebook import Desk
from gateway.contract import (
    CallEvent,
    Directive,
    HangUp,
    Hold,
    InboundEvent,
    Join,
    Menu,
    Say,
    Unreadable,
    Voicemail,
    VoiceMenu,
    Wait,
    Words,
)
from gateway.domain.call import AFTERWARDS, VOICE, CallState, Party
from gateway.domain.clock import MINUTE_MS
from gateway.domain.language import spoken_by
from gateway.domain.survey import THANKS
from gateway.pipeline.accounts import Account
from gateway.pipeline.inforce import Case, InForce
from gateway.pipeline.naming import told_by
from gateway.pipeline.surveys import BY_NUMBER
from gateway.store import Store
from gateway.store.queries import calls
from gateway.store.queries.calls import OnTheLine
from gateway.verbs.call import Callers, Choice
from routing.callbacks import home_of
from templates import Catalog, render

LONGEST_VOICEMAIL_S = 120  # of longer ones providers write down nothing
USUAL_CALL_MS = 3 * MINUTE_MS  # where no call of a queue has ended yet
LANGUAGES = ("zh", "en")  # spoken where nobody has chosen one, the desk's own first

Events = Iterable[InboundEvent | Unreadable]


def wait_ms(ahead: int, spans_ms: tuple[int, ...], agents: int) -> int | None:
    """How long a caller will wait behind so many others; None when nobody is there to answer."""
    if agents <= 0:
        return None
    usual = int(median(spans_ms)) if spans_ms else USUAL_CALL_MS
    return (ahead + 1) * usual // agents


class CallDesk:
    """Takes calls in and says what they hear."""

    def __init__(
        self, store: Store, catalog: Callable[[], Catalog], inforce: Callable[[], InForce]
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._inforce = inforce

    def callers(self, account: Account) -> Callers:
        """The menu of an account, and which of its answers finds anybody now."""
        menu, surveyed = _menu_of(account), self._inforce().surveys_callers
        if not menu.choices:
            language = self._desk.locale[:2]
            choice = self._choice(account, "", language, "", ())
            return Callers(choices=(choice,), surveyed=surveyed)
        return Callers(
            choices=tuple(
                self._choice(account, c.key, c.language, c.topic, c.words) for c in menu.choices
            ),
            surveyed=surveyed,
        )

    def _choice(
        self, account: Account, key: str, language: str, topic: str, words: tuple[str, ...]
    ) -> Choice:
        case = Case(
            conversation="",
            account=account.id,
            channel=VOICE,
            language=language,
            vip=False,
            status="open",
            text=topic,
            last_agent=None,
            at=self._store.clock.now_ms(),
        )
        open_now = self._next_open(self._inforce().route(case).queue) is None
        locale = spoken_by(language, self._desk.locale)
        return Choice(key=key, language=locale, topic=topic, words=words, open=open_now)

    def _next_open(self, queue: str) -> int | str | None:
        """When a queue opens again ("": nobody knows); None while it is open."""
        calendar, now = self._inforce().calendar_of_queue(queue), self._store.clock.now_ms()
        return None if calendar.is_open(now) else calendar.next_open(now) or ""

    async def directives(self, account: Account, events: Events) -> tuple[Directive, ...] | None:
        """What the leg of a delivery hears next; None when nobody asks."""
        asking = next((e for e in events if isinstance(e, CallEvent) and e.asks), None)
        if asking is None:
            return None
        line = await self._store.read(calls.by_provider, account.id, asking.call, asking.leg)
        return self.next(account, line) if line is not None else (HangUp(),)

    def next(self, account: Account, line: OnTheLine) -> tuple[Directive, ...]:
        """The directives of one leg as everything stands."""
        call, leg = line.call, line.leg
        if call.live_of is None or not leg.live or leg.dismissed:
            return (HangUp(),)
        room = Join(room=call.callback or call.id, step=call.step)
        if leg.party is Party.AGENT:
            return (room,)
        if call.state in AFTERWARDS:
            return self._survey(line)
        if call.customer_first and not line.company:
            return self._called(line)
        match call.state:
            case CallState.RINGING | CallState.MENU:
                return (self._menu(account, line),)
            case CallState.VOICEMAIL:
                return self._voicemail(line)
            case CallState.CALLBACK_REQUESTED:
                return (Say(words=self._said("voice_callback", line)), HangUp())
        if call.held:
            return (Hold(words=self._said("voice_hold", line), step=call.step),)
        if line.company or call.callback is not None:
            return (room,)
        return (self._wait(line),)

    def _called(self, line: OnTheLine) -> tuple[Directive, ...]:
        """Who was called before an agent is there: a person waits a moment, a machine is told."""
        if line.call.state is CallState.VOICEMAIL:
            return (Say(words=self._said("voice_callback_machine", line)), HangUp())
        words = self._said("voice_callback_moment", line)
        return (Hold(words=words, step=line.call.step),)

    def _menu(self, account: Account, line: OnTheLine) -> Menu:
        menu, step = _menu_of(account), line.call.step
        greeting: tuple[Words, ...] = ()
        if step == 0:
            said = self._said("voice_greeting", line)
            greeting = tuple(
                Words(text=menu.greeting.get(w.language[:2]) or w.text, language=w.language)
                for w in said
            )
        choices = tuple(
            Words(text=c.say, language=c.language or self._languages()[0]) for c in menu.choices
        )
        hints = tuple(word for choice in menu.choices for word in choice.words)
        return Menu(words=greeting + choices, step=step, hints=hints)

    def _voicemail(self, line: OnTheLine) -> tuple[Directive, ...]:
        if line.call.voicemail is not None:
            return (Say(words=self._said("voice_goodbye", line)), HangUp())
        closed = line.call.queued_at is None and self._closed_until(line)
        return (
            Voicemail(
                words=self._said("voice_voicemail", line, next_open=closed or ""),
                step=line.call.step,
                longest_s=LONGEST_VOICEMAIL_S,
            ),
        )

    def _survey(self, line: OnTheLine) -> tuple[Directive, ...]:
        """One question, one key, and goodbye."""
        call = line.call
        if call.state is CallState.SURVEY:
            return (Menu(words=self._said(BY_NUMBER, line), step=call.step),)
        template = THANKS if call.state is CallState.SCORED else "voice_farewell"
        return (Say(words=self._said(template, line)), HangUp())

    def _closed_until(self, line: OnTheLine) -> int | str | None:
        queue = line.work.queue if line.work is not None else self._desk.default_queue
        return self._next_open(queue)

    def _wait(self, line: OnTheLine) -> Wait:
        position = line.ahead + 1
        expected = wait_ms(line.ahead, line.spans_ms, self._staff(line))
        words = self._said("voice_wait", line, position=position, wait=expected or "")
        return Wait(words=words, step=line.call.step, position=position, wait_ms=expected)

    def _staff(self, line: OnTheLine) -> int:
        """Agents of the queue who take work now."""
        queue = line.work.queue if line.work is not None else ""
        agents = self._inforce().rulebook.agents
        return sum(queue in agents[login].queues for login in line.present & agents.keys())

    @property
    def _desk(self) -> Desk:
        return self._inforce().rulebook.desk

    def _languages(self) -> tuple[str, ...]:
        """Both languages, the desk's own first, as it is spoken there."""
        own = self._desk.locale[:2]
        first = spoken_by(own, self._desk.locale)
        return (first, *(each for each in LANGUAGES if each != own))

    def _said(self, template: str, line: OnTheLine, **values: object) -> tuple[Words, ...]:
        """A template's words in the caller's language; in both until one is chosen."""
        rulebook = self._inforce().rulebook
        languages = (line.call.language,) if line.call.language else self._languages()
        return tuple(
            Words(
                text=render(
                    self._catalog(),
                    template,
                    locale=language,
                    channel=VOICE,
                    values={**told_by(rulebook, language), **values},
                    timezone=rulebook.desk.timezone,
                    at=self._store.clock.now_ms(),
                    home=home_of(line.call.customer),
                ),
                language=language,
            )
            for language in languages
        )


def _menu_of(account: Account) -> VoiceMenu:
    menu = getattr(account.settings, "menu", None)
    return menu if isinstance(menu, VoiceMenu) else VoiceMenu()
