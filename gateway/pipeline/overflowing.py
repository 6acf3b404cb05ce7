"""What overflow rules have done to customers: words, voicemail, an end. As jobs; pure."""

from collections.abc import Iterable, Iterator

from gateway.domain.call import VOICE, SendToVoicemail
from gateway.domain.ids import IdMaker
from gateway.domain.job import InVain, Job, JobKind
from gateway.pipeline.ledger import Ledger
from gateway.verbs.calljob import job_of
from gateway.verbs.jobs import errand
from routing import events as r
from routing.plan import Do

WRITTEN = frozenset({Do.MESSAGE, Do.CALLBACK_OFFER, Do.CLOSE})
SPOKEN = frozenset({Do.VOICEMAIL, Do.CLOSE})  # a caller whom nobody will answer may leave word


def note(ledger: Ledger, told: Iterable[r.Event], new_id: IdMaker, seq: int, now: int) -> None:
    """Let be done for customers what the rules want for those whose work has overflowed."""
    for job in _jobs(ledger, told, new_id, seq, now):
        ledger.put(job)


def _jobs(
    ledger: Ledger, told: Iterable[r.Event], new_id: IdMaker, seq: int, now: int
) -> Iterator[Job]:
    for event in told:
        work = ledger.work(event.work) if isinstance(event, r.WorkOverflowed) else None
        if work is None or not isinstance(event, r.WorkOverflowed):
            continue
        conversation = work.conversation
        if work.channel == VOICE:
            if event.do in SPOKEN:
                what = SendToVoicemail(conversation=conversation)
                yield job_of(what, new_id(), ledger.desk, conversation, seq, now)
        elif event.do in WRITTEN and (event.target or event.do == Do.CLOSE):
            plea = InVain(
                conversation=conversation,
                work=work.id,
                template=event.target,
                resolves=event.do == Do.CLOSE,
            )
            kind, lane = JobKind.AUTO_REPLY, f"auto:{conversation}"
            yield errand(kind, lane, plea, job=new_id(), desk=ledger.desk, seq=seq, now=now)
