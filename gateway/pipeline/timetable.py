"""When which stage is due, as a silence stands. Pure; ms UTC."""

from config.automatic import Said
from gateway.domain.silence import Silence, Stage, Whose, said_of
from gateway.pipeline.inforce import InForce

ANSWERS = (Stage.OUT_OF_HOURS, Stage.HANDOFF)  # to what was written just now: nobody waits for them


class Timetable:
    """What the rulebook makes of a row: what is said next, and when."""

    def __init__(self, inforce: InForce) -> None:
        self._inforce = inforce

    def rule(self, row: Silence, stage: str) -> Said | None:
        """How a stage is said where the conversation is; None: not at all."""
        return self._inforce.automatic(stage, row.channel, row.queue)

    def next(self, row: Silence) -> tuple[int, Stage] | None:
        """What is said next if nobody speaks, and when; None: nothing."""
        if (once := self.once(row)) is not None:
            return once  # which says where it stands: what only time brings about waits for it
        stage = self._stage(row)
        if stage is None:
            return None
        at = self._at(row, stage)
        return None if at is None else (at, stage)

    def once(self, row: Silence) -> tuple[int, Stage] | None:
        """What a press or the hour has brought about, each once a turn."""
        stage = Stage(row.then) if row.then else None
        if stage is None or said_of(row).get(stage, 0):
            return None
        if stage is Stage.SURVEY:
            return self._asks(row)
        rule = self.rule(row, stage)
        if rule is None:
            return None
        at = row.then_at + rule.after_ms
        return (at if stage in ANSWERS else max(at, self._quiet_until(row))), stage

    def _asks(self, row: Silence) -> tuple[int, Stage] | None:
        """When a customer is asked how it went: while we are open, for they may answer."""
        asking = self._inforce.asking(row.channel, row.queue)
        if asking is None:
            return None
        at = max(row.then_at + asking.after_ms, self._quiet_until(row))
        opens = self._inforce.calendar_of_queue(row.queue).next_open(at)
        return None if opens is None else (opens, Stage.SURVEY)

    def _stage(self, row: Silence) -> Stage | None:
        """What time brings about, as things stand."""
        if row.whose is Whose.DESK:
            return Stage.AGENT_SILENT if row.agent else Stage.STILL_WAITING
        if row.whose is not Whose.CUSTOMER or row.rests:
            return None
        words = self.rule(row, Stage.CUSTOMER_SILENT)
        if words is not None and said_of(row).get(Stage.CUSTOMER_SILENT, 0) < words.times:
            return Stage.CUSTOMER_SILENT
        return Stage.CLOSED_SILENT

    def _at(self, row: Silence, stage: Stage) -> int | None:
        """When a stage is due; None: not in this turn."""
        rule = self.rule(row, stage)
        number = said_of(row).get(stage, 0)
        if rule is None or number >= rule.times:
            return None
        calendar = self._inforce.calendar_of_queue(row.queue)
        begins = max(row.since, row.agent_at if row.whose is Whose.DESK else 0)
        span = rule.after_ms if number == 0 else rule.every_ms or rule.after_ms
        if number or stage is Stage.CLOSED_SILENT or said_of(row).get(Stage.HANDOFF, 0):
            begins = max(begins, row.said_at)
        at = calendar.due(begins, span) if row.whose is Whose.DESK else begins + span
        return None if at is None else calendar.next_open(max(at, self._quiet_until(row)))

    def _quiet_until(self, row: Silence) -> int:
        """What was said by itself is something said, too."""
        return max(row.spoken_at, row.said_at) + self._inforce.rulebook.templates.quiet_ms
