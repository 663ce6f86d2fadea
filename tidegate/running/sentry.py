"""Looks, beside the loop and in a thread, at what no source tells: drift under a lockdown, the disk, the clock."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from msgspec.structs import replace

from tidegate.core.clock import Clock, Pace
from tidegate.core.domain.events import ClockSkewed, DiskLow, DriftSeen, Fact, LockdownRefused, LockdownSealed, TakeSeal
from tidegate.core.domain.state import State
from tidegate.core.domain.values.lockdown import Seal, changes, in_short
from tidegate.core.errors import ConfigError
from tidegate.core.plugins.roster import told
from tidegate.core.pulse import disk_gauge
from tidegate.core.sealing import Sealer
from tidegate.running.setup import Setup

MEGABYTE = 1_000_000
BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while a machine sleeps, where there is one


class Sentry:
    """What runs is what was read at the start, with the toggles since; what is found is on the disk now.

    A lockdown compares both with its seal: code that was changed, loaded and put back is still not what was sealed.
    """

    def __init__(self, setup: Setup, publish: Callable[[Fact], None], *, clock: Clock | None) -> None:
        """`clock` is None where a recording says what time it is; the disk and the clock are then not looked at."""
        self._setup, self._publish, self._clock = setup, publish, clock
        self._sealer, self._config = Sealer(), setup.config
        self._read = self._sealer.digests(setup.files)
        self._running: Seal | None = None
        self._wanted: asyncio.Queue[TakeSeal] = asyncio.Queue()
        self._offset = self._wall()

    def begin(self, state: State) -> list[Fact]:
        """Read what runs, before anything is decided; what is wrong already comes back as facts."""
        ahead_s = 0.0 if state.at is None or self._clock is None else (state.at - self._clock.now()).total_seconds()
        found = self._skewed(-ahead_s, "the journal's last event") if ahead_s > 0 else []
        try:
            self._running = self._sealer.seal(self._config, self._setup.shipped)
        except Exception as error:  # noqa: BLE001 - as in `_found`
            return [*found, DriftSeen(changes=(f"what is installed cannot be read: {told(error)}",))]
        drift = () if state.lockdown is None else changes(state.lockdown.seal, self._running)
        return [*found, DriftSeen(changes=drift)]

    def toggled(self, plugin: str, *, enabled: bool) -> None:
        """A plugin was switched while running."""
        if self._running is not None:
            self._running = replace(self._running, toggles={**self._running.toggles, plugin: enabled})

    def want(self, wanted: TakeSeal) -> None:
        """Seal what runs as soon as it is read."""
        self._wanted.put_nowait(wanted)

    async def run(self, state: State) -> None:
        """Look every `check_s` seconds, and whenever a seal is wanted, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(self._setup.config.engine.check_s):
                    wanted = await self._wanted.get()
            except TimeoutError:
                await self._look(state)
            else:
                self._publish(await asyncio.to_thread(self._take, wanted))

    async def _look(self, state: State) -> None:
        if state.lockdown is not None:
            self._publish(DriftSeen(changes=await asyncio.to_thread(self._drift, state.lockdown.seal)))
        if self._clock is not None and state.halt is None:
            for fact in (*self._cramped(), *self._moved(), *self._apart()):
                self._publish(fact)

    def _take(self, wanted: TakeSeal) -> Fact:
        found = self._found()
        if self._running is None or isinstance(found, str):
            said = found if isinstance(found, str) else "what runs could not be read at the start"
            return LockdownRefused(reason=f"nothing was sealed: {said}", request=wanted.request)
        if newer := changes(self._running, found):
            said = f"since the engine started: {in_short(newer)}; restart it, then seal what runs"
            return LockdownRefused(reason=f"nothing was sealed, {said}", request=wanted.request)
        return LockdownSealed(
            seal=self._running, reason=wanted.reason, who=wanted.who, until=wanted.until, request=wanted.request
        )

    def _drift(self, sealed: Seal) -> tuple[str, ...]:
        found = self._found()
        now = (found,) if isinstance(found, str) else changes(sealed, found)
        return tuple(dict.fromkeys((*(changes(sealed, self._running) if self._running is not None else ()), *now)))

    def _found(self) -> Seal | str:
        """What is installed and configured now, or why that cannot be read."""
        try:
            read = self._sealer.digests(self._setup.files)
            if read != self._read:
                config = self._setup.reload()
                config.check()
                self._config, self._read = config, read
            return self._sealer.seal(self._config, self._setup.shipped)
        except Exception as error:  # noqa: BLE001 - a check that cannot be made must not pass for one that found nothing
            what = "the configuration" if isinstance(error, ConfigError) else "what is installed"
            return f"{what} cannot be read: {told(error)}"

    def _cramped(self) -> list[Fact]:
        limit_mb, free = self._setup.config.settings.halts.disk_free_mb, disk_gauge(self._setup.folder).free_bytes
        if free is None or free >= limit_mb * MEGABYTE:
            return []
        return [DiskLow(free_mb=round(free / MEGABYTE, 1), limit_mb=limit_mb)]

    def _moved(self) -> list[Fact]:
        """How far the clock was set since it was last looked at; told once."""
        offset = self._wall()
        moved_s, self._offset = offset - self._offset, offset
        return self._skewed(moved_s * Pace.speed, "its own pace since the last look")

    def _apart(self) -> list[Fact]:
        """How far the clock is from the venue's, where the venue has said."""
        executor = self._setup.host.executor()
        with suppress(Exception):  # a stranger's gauges may raise anything; they are shown elsewhere
            skew_s = executor.gauges().get("skew_s")
            return self._skewed(skew_s, f"{executor.key()}'s") if isinstance(skew_s, float) else []
        return []

    def _skewed(self, skew_s: float, against: str) -> list[Fact]:
        limit_s = self._setup.config.settings.halts.clock_skew_s
        if abs(skew_s) <= limit_s * Pace.speed:
            return []
        return [ClockSkewed(skew_s=round(skew_s, 1), limit_s=limit_s, against=against)]

    @staticmethod
    def _wall() -> float:
        """Seconds between the machine's clock and one that nobody sets."""
        return time.time() - time.clock_gettime(BOOT_CLOCK)
