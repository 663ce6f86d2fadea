"""The imperative shell: take facts, let the domain advance, commit once, then perform the effects.

One inbox, one writer, one task group. Nothing is sent to the venue before the intent is committed, and every answer
comes back through the inbox.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import Protocol

from core.domain import events as e
from core.domain.admit import admit
from core.domain.orders import Order
from core.domain.rules import Rules
from core.domain.state import State
from core.domain.step import advance, outstanding
from core.errors import JournalError, PluginError, TidegateError
from core.inbox import Item, Lane, LiveInbox, SessionInbox
from core.journal import Journal
from core.plugin import Executor, Sink, Source
from core.redaction import scrubbed

GAUGE_S = 0.5
WAIT_S = 0.2
SOURCE_PAUSES_S = (1.0, 2.0, 5.0, 15.0, 60.0)


class Watcher(Protocol):
    """What the loop tells its surroundings, outside every decision."""

    def rules(self) -> Rules:
        """The rules in force; asked anew after every toggle."""

    def toggle(self, plugin: str, *, enabled: bool) -> None:
        """Load or leave a plugin and remember it; raises PluginError."""

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
        self._sources, self._sinks, self._watcher = sources, sinks, watcher
        self._group, self._checkpoint_every = group, checkpoint_every
        self._rules = watcher.rules()
        self._records: list[e.Recorded] = []
        self._effects: list[tuple[datetime, e.Effect]] = []
        self._stop_reason = ""
        self._checked_seq = state.seq
        self._looked_at = self._gauged_at = 0.0
        self._started_at = datetime.now().astimezone()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sink_queues: list[asyncio.Queue[e.Recorded]] = []

    def stop(self, reason: str) -> None:
        """End the run cleanly at the next safe point."""
        self._stop_reason = self._stop_reason or reason

    async def run(self, started: e.EngineStarted, *problems: e.SourceFailed) -> None:
        """Run until the session's end or `stop`; the state is complete and checkpointed afterwards.

        `problems` name the plugins that were left out at load; they are journaled first.
        """
        await self._executor.open(self)
        lanes = [(key, source, self._lane()) for key, source in self._sources]
        tasks = [asyncio.create_task(self._stream(*each)) for each in lanes]
        tasks += [asyncio.create_task(self._sink(key, sink)) for key, sink in self._sinks]
        try:
            await self._begin(started, problems)
            await self._turn()
        finally:
            for task in [*tasks, *self._tasks]:
                task.cancel()
            await asyncio.gather(*tasks, *self._tasks, return_exceptions=True)
            await self._executor.close()

    # ---- the executor's line

    def now(self) -> datetime:
        """The engine's time: the last event's, or the machine's before the first and in a live run."""
        if isinstance(self._inbox, LiveInbox) or self._state.at is None:
            return datetime.now().astimezone()
        return self._state.at

    def state(self) -> State:
        """The engine's state, to read."""
        return self._state

    def publish(self, at: datetime, fact: e.Fact) -> None:
        """A fact of the venue as of `at`."""
        self._inbox.push(at, fact)

    # ---- the turn

    async def _begin(self, started: e.EngineStarted, problems: tuple[e.SourceFailed, ...]) -> None:
        if isinstance(self._inbox, LiveInbox):
            at = self._inbox.clock.now()
        else:
            first = await self._inbox.first()
            at = self._state.at or first or datetime.now().astimezone()
        pending = outstanding(self._state) if self._state.seq else []
        for request in self._journal.requests(0):
            if request.id <= self._state.cursors.get("requests", 0):
                self._journal.answer(request.id, ok=True, text="taken before a restart")
        for fact in (started, *problems):
            self._take((at, fact))
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
        news = admit(self._state, scrubbed(fact))
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
        for queue in self._sink_queues:
            for record in records:
                if not queue.full():
                    queue.put_nowait(record)
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
        self._journal.set_gauges(datetime.now().astimezone(), self._watcher.gauges(self._state))

    # ---- effects

    async def _perform(self, at: datetime, effect: e.Effect) -> None:
        match effect:
            case e.Submit():
                if self._may_send(effect.order):
                    await self._ask(self._submit(effect, at))
            case e.Find():
                await self._ask(self._find(effect))
            case e.Cancel():
                await self._ask(self._executor.cancel(effect.order))
            case e.AskAccount():
                await self._ask(self._account(at))
            case e.AskBroker():
                await self._ask(self._broker(at))
            case e.Answer():
                self._journal.answer(effect.request, ok=effect.ok, text=effect.text)
            case e.ApplyToggle():
                self._toggle(effect)
            case e.Stop():
                self.stop(effect.reason)
            case _:
                raise PluginError(f"no effect is called {type(effect).__name__}")

    def _may_send(self, order: Order) -> bool:
        """No entry leaves before its intent is on disk; exits always work."""
        return order.entry is None or not self._journal.pending

    async def _ask(self, call: Coroutine[None, None, None]) -> None:
        """A simulator answers at once, so that the session stays in order; a real venue must not hold up the loop."""
        if self._executor.simulated:
            await call
            return
        task = asyncio.create_task(call)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _submit(self, effect: e.Submit, at: datetime) -> None:
        try:
            await self._executor.submit(effect.order, at)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the order's fate is unknown
            self._unsure(effect.order.client_order_id, error)

    async def _find(self, effect: e.Find) -> None:
        try:
            await self._executor.find(effect.order)
        except Exception as error:  # noqa: BLE001 - asked again at a later tick
            self._unsure(effect.order.client_order_id, error)

    def _unsure(self, client_order_id: str, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        self.publish(self.now(), e.OrderUnknown(client_order_id=client_order_id, reason=reason))

    async def _account(self, at: datetime) -> None:
        try:
            seen = await self._executor.account(at)
        except Exception as error:  # noqa: BLE001 - an account that cannot be read is old, and gates say so
            self.publish(self.now(), e.VenueUnavailable(reason=f"{type(error).__name__}: {error}"))
            return
        if seen is not None:
            self.publish(max(at, seen.account.at), seen)

    async def _broker(self, at: datetime) -> None:
        try:
            seen = await self._executor.broker(at)
        except Exception as error:  # noqa: BLE001 - entries stop until the books can be compared
            self.publish(self.now(), e.VenueUnavailable(reason=f"{type(error).__name__}: {error}"))
            return
        if seen is not None:
            self.publish(self.now(), seen)

    def _toggle(self, effect: e.ApplyToggle) -> None:
        try:
            self._watcher.toggle(effect.plugin, enabled=effect.enabled)
        except TidegateError as error:
            self._take((self.now(), e.SourceFailed(source=effect.plugin, reason=str(error))))
        self._rules = self._watcher.rules()

    # ---- sources and sinks

    def _lane(self) -> Lane | None:
        return self._inbox.lane() if isinstance(self._inbox, SessionInbox) else None

    async def _stream(self, key: str, source: Source, lane: Lane | None) -> None:
        name = source.says_as or source.name
        failures = 0
        while True:
            feed = _Feed(name, self._state.cursors.get(name, 0), self, lane)
            try:
                await source.stream(feed)
            except Exception as error:  # noqa: BLE001 - a source that fails is named and the others go on
                fact = e.SourceFailed(source=key, reason=f"{type(error).__name__}: {error}")
                await feed.publish((feed.last or self.now(), fact))
            if lane is not None:
                lane.close()
                return
            await asyncio.sleep(SOURCE_PAUSES_S[min(failures, len(SOURCE_PAUSES_S) - 1)])
            failures += 1

    async def _sink(self, key: str, sink: Sink) -> None:
        queue: asyncio.Queue[e.Recorded] = asyncio.Queue(maxsize=10_000)
        self._sink_queues.append(queue)
        while True:
            record = await queue.get()
            try:
                await sink.record(record)
            except Exception as error:  # noqa: BLE001 - a sink that fails is muted and named
                self._sink_queues.remove(queue)
                self.publish(self.now(), e.SourceFailed(source=key, reason=f"{type(error).__name__}: {error}"))
                return


class _Feed:
    """A source's way in."""

    def __init__(self, name: str, cursor: int, loop: Loop, lane: Lane | None) -> None:
        self.name, self.cursor = name, cursor
        self.last: datetime | None = None
        self._loop, self._lane = loop, lane

    async def publish(self, *facts: tuple[datetime, e.Fact]) -> None:
        if facts:
            self.last = facts[-1][0]
        if self._lane is not None:
            await self._lane.put(facts)
            return
        for at, fact in facts:
            self._loop.publish(at, fact)

    def now(self) -> datetime:
        return self._loop.now()

    def state(self) -> State:
        return self._loop.state()
