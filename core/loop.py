"""The imperative shell: take facts, let the domain advance, commit once, then perform the effects.

One inbox, one writer, one task group. Nothing is sent to the venue before the intent is committed, and every answer
comes back through the inbox.
"""

import asyncio
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import Protocol

from tidegate.core.clock import present_time
from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order, Purpose
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.admission import admit
from tidegate.core.domain.stepping.step import advance, outstanding
from tidegate.core.errors import JournalError, PluginError, TidegateError
from tidegate.core.feeds import FeedGauge, Sinks, feed_gauges, run_source
from tidegate.core.inbox import Item, Lane, LiveInbox, SessionInbox
from tidegate.core.journaling.journal import Journal
from tidegate.core.plugins.bases import Executor, Sink, Source
from tidegate.core.pulse import Pulse
from tidegate.core.redaction import scrubbed
from tidegate.core.venue_calls import VenueCalls

GAUGE_S = 0.5
WAIT_S = 0.2


class Watcher(Protocol):
    """What the loop tells its surroundings, outside every decision."""

    def rules(self) -> Rules:
        """The rules in force; asked anew after every toggle."""

    def toggle(self, plugin: str, *, enabled: bool) -> None:
        """Load or leave a plugin and remember it; raises PluginError."""

    def seal(self, wanted: e.TakeSeal) -> None:
        """Read what runs, and publish the seal, without holding up the loop."""

    def gauges(self, state: State) -> dict[str, object]:
        """Telemetry to publish."""

    def alarm(self, text: str) -> None:
        """Say something where a full disk cannot silence it; "" takes it back."""


class Loop:
    """One engine run over a journal that this process holds the lock of."""

    def __init__(  # noqa: PLR0913 - everything a run needs, by keyword
        self,
        *,
        journal: Journal,
        state: State,
        inbox: SessionInbox | LiveInbox,
        executor: Executor,
        sources: tuple[tuple[str, Source], ...],
        sinks: tuple[tuple[str, Sink], ...],
        watcher: Watcher,
        group: int,
        checkpoint_every: int,
    ) -> None:
        self._state = state
        self._journal, self._inbox, self._executor = journal, inbox, executor
        self._sources, self._watcher = sources, watcher
        self._group, self._checkpoint_every = group, checkpoint_every
        self._rules = watcher.rules()
        self._records: list[e.Recorded] = []
        self._effects: list[tuple[datetime, e.Effect]] = []
        self._stop_reason = ""
        self._checked_seq = state.seq
        self._looked_at = self._gauged_at = 0.0
        self._started_at = datetime.now().astimezone()
        self._calls = VenueCalls(executor, self)
        self._feeds = {key: FeedGauge(recorded=source.recorded) for key, source in sources}
        self._pulse = Pulse()
        self._sinks, self._sink_keys = Sinks(self, sinks), [key for key, _ in sinks]

    def stop(self, reason: str) -> None:
        """End the run cleanly at the next safe point."""
        self._stop_reason = self._stop_reason or reason

    async def run(self, started: e.EngineStarted, *found: e.Fact) -> None:
        """Run until the session's end or `stop`; the state is complete and checkpointed afterwards.

        `found` is what is known before the first decision (plugins left out, drift); it is journaled first.
        """
        await self._executor.open(self)
        lanes = [(key, source, self._lane(), self._feeds[key]) for key, source in self._sources]
        tasks = [asyncio.create_task(run_source(self, *each)) for each in lanes]
        tasks.append(asyncio.create_task(self._pulse.run()))
        tasks += [asyncio.create_task(self._sinks.run(key)) for key in self._sink_keys]
        try:
            await self._begin(started, found)
            await self._turn()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._calls.close()
            await self._executor.close()

    def _lane(self) -> Lane | None:
        return self._inbox.lane() if isinstance(self._inbox, SessionInbox) else None

    # ---- the executor's line

    def now(self) -> datetime:
        """The engine's time: the last event's, or the machine's before the first and in a live run."""
        if isinstance(self._inbox, LiveInbox):
            return self._inbox.clock.now()
        return self._state.at or present_time()

    def state(self) -> State:
        """The engine's state, to read."""
        return self._state

    def publish(self, at: datetime, fact: e.Fact) -> None:
        """A fact of the venue as of `at`."""
        self._inbox.push(at, fact)

    # ---- the turn

    async def _begin(self, started: e.EngineStarted, found: tuple[e.Fact, ...]) -> None:
        if isinstance(self._inbox, LiveInbox):
            at = self._inbox.clock.now()
        else:
            first = await self._inbox.first()
            at = self._state.at or first or present_time()
        pending = outstanding(self._state) if self._state.seq else []
        for request in self._journal.requests(0):
            if request.id <= self._state.cursors.get("requests", 0):
                self._journal.answer(request.id, ok=True, text="taken before a restart")
        for fact in (started, *found):
            self._take((at, fact))
        self._read_requests()  # a halt that was asked for while no engine ran comes before any decision
        self._effects += [(self._state.account_due or at, effect) for effect in pending]
        self._look_around()
        await self._settle()

    async def _turn(self) -> None:
        while True:
            item = self._inbox.poll(self._state) if not self._stop_reason else None
            if item is not None:
                self._take(item)
                if self._effects:
                    await self._perform_questions()
                if not self._effects and len(self._records) < self._group:
                    continue
            self._look_around()
            await self._settle()
            if self._stop_reason or (item is None and self._inbox.finished(self._state)):
                break
            if item is None:
                await self._inbox.wait(self._state, WAIT_S)
        reason = self._stop_reason or "session complete"
        self._take((self.now(), e.EngineStopped(reason=reason)))
        self._commit()
        with suppress(JournalError):  # the disk is still full: the journal is whole without a checkpoint
            self._journal.checkpoint(self._state)
        self._publish_gauges()

    def _take(self, item: Item) -> None:
        at, fact = item
        news = admit(self._state, scrubbed(fact), at)
        if news is None:
            return
        at = at if self._state.at is None else max(at, self._state.at)
        records, effects = advance(self._state, news, at, self._rules)
        self._records += records
        self._effects += [(at, effect) for effect in effects]

    async def _perform_questions(self) -> None:
        """Questions change nothing out there, so they need not wait for the commit."""
        while self._effects and all(
            isinstance(effect, e.AskAccount | e.AskBroker | e.Find) for _, effect in self._effects
        ):
            effects, self._effects = self._effects, []
            for at, effect in effects:
                await self._perform(at, effect)

    async def _settle(self) -> None:
        """Commit what was decided, then perform it; facts that performing brought wait for the next turn."""
        self._commit()
        while self._effects:
            effects, self._effects = self._effects, []
            for at, effect in effects:
                await self._perform(at, effect)
            self._commit()
        await asyncio.sleep(0)

    def _commit(self) -> None:
        records, self._records = self._records, []
        if not records and not self._journal.pending:
            return
        self._journal.append(records)
        if not self._stored():
            return
        self._sinks.tell(records)
        if self._state.seq - self._checked_seq >= self._checkpoint_every:
            self._journal.checkpoint(self._state)
            self._checked_seq = self._state.seq

    def _stored(self) -> bool:
        """Store what is pending. When that fails (a full disk) it stays pending, and the next commit tries again."""
        failed = self._state.storage_failed
        try:
            self._journal.commit()
        except JournalError as error:
            if failed is None:
                self._watcher.alarm(f"journal not written: {error}")
                self._take((self.now(), e.StorageFailed(reason=str(error))))
            return False
        self._pulse.committed()
        if failed is not None:
            self._watcher.alarm("")
            self._take((self.now(), e.StorageRecovered()))
            self._effects += [(self.now(), effect) for effect in outstanding(self._state)]
        return True

    def _look_around(self) -> None:
        """Requests and gauges, a few times a second of real time."""
        now = monotonic()
        if now - self._looked_at < WAIT_S:
            return
        self._looked_at = now
        self._read_requests()
        if now - self._gauged_at >= GAUGE_S:
            self._gauged_at = now
            self._publish_gauges()

    def _read_requests(self) -> None:
        for request in self._journal.requests(self._state.cursors.get("requests", 0)):
            if request.name == "stop" and request.at < self._started_at:
                self._journal.answer(request.id, ok=False, text="no engine was running then")
                continue
            fact = e.RequestReceived(id=request.id, who=request.who, name=request.name, args=request.args)
            self._take((self.now(), fact))

    def _publish_gauges(self) -> None:
        own = {
            "feeds": feed_gauges(self._sources, self._feeds),
            "engine": self._pulse.gauge(pending=self._journal.pending),
        }
        self._journal.set_gauges(datetime.now().astimezone(), {**self._watcher.gauges(self._state), **own})

    # ---- effects

    async def _perform(self, at: datetime, effect: e.Effect) -> None:
        match effect:
            case e.Submit() if not self._may_send(effect.order):
                pass
            case e.Submit() | e.Find() | e.Cancel() | e.AskAccount() | e.AskBroker():
                await self._calls.perform(effect, at)
            case e.Answer():
                self._journal.answer(effect.request, ok=effect.ok, text=effect.text)
            case e.ApplyToggle():
                self._toggle(effect)
            case e.TakeSeal():
                self._watcher.seal(effect)
            case e.Stop():
                self.stop(effect.reason)
            case _:
                raise PluginError(f"no effect is called {type(effect).__name__}")

    def _may_send(self, order: Order) -> bool:
        """No entry leaves before its intent is on disk; exits always work."""
        return order.purpose is not Purpose.ENTRY or not self._journal.pending

    def _toggle(self, effect: e.ApplyToggle) -> None:
        try:
            self._watcher.toggle(effect.plugin, enabled=effect.enabled)
        except TidegateError as error:
            self._take((self.now(), e.SourceFailed(source=effect.plugin, reason=str(error))))
        self._rules = self._watcher.rules()
