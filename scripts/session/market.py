"""Prices of the synthetic day: every symbol's path, its quotes and its one-minute bars."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from math import sin
from random import Random
from zoneinfo import ZoneInfo

from scripts.session.scenes import CLOSE, DAY, INDEX, INDEX_PATH, OPEN, PREVIOUS_CLOSE, SCENES, UNIVERSE, Scene

Frame = tuple[int, str, object]  # milliseconds, channel, payload
NEW_YORK = ZoneInfo("America/New_York")
PUSH_S = 120
NOISE = 0.00011


def clock(text: str) -> int:
    """Seconds since 1970 of a New York time of the day, "HH:MM" or "HH:MM:SS"."""
    return int(datetime.fromisoformat(f"{DAY}T{text}").replace(tzinfo=NEW_YORK).timestamp())


def course(text: str, start: int) -> Iterator[tuple[int, float]]:
    """The (second, factor) pairs of a path: "10 +2.4, 13:31 -3"."""
    for step in filter(None, text.split(",")):
        when, percent = step.split()
        yield clock(when) if ":" in when else start + round(float(when) * 60), 1.0 + float(percent) / 100.0


class Path:
    """One symbol's price as a piecewise linear factor of its price at the open, with a little deterministic noise."""

    def __init__(self, price: float, rng: Random) -> None:
        self._price = price
        self._points = [(clock("09:00"), 1.0)]
        self._phase = rng.uniform(0, 6.28), rng.uniform(0, 6.28)

    def follow(self, text: str, start: int, factor: float = 1.0) -> None:
        """Go on with a course; factors are multiples of `factor`."""
        self._points += [(at, factor * step) for at, step in course(text, start)]

    def play(self, scene: Scene) -> None:
        """Push the price the scene's way, then follow its course; what an earlier scene still wanted is forgotten."""
        at = clock(scene.at)
        pushed = at - at % 60
        before = self._factor(pushed - PUSH_S)
        entry = before * (1.0 + scene.way * scene.push / 100.0)
        self._points = [point for point in self._points if point[0] < pushed - PUSH_S]
        self._points += [(pushed - PUSH_S, before), (pushed, entry), (at, entry)]
        self.follow(scene.then, at, entry)

    def at(self, second: float) -> float:
        """The price in dollars, to the cent."""
        noise = sin(second / 15.4 + self._phase[0]) + sin(second / 6.5 + self._phase[1])
        return round(self._price * self._factor(second) * (1.0 + NOISE * noise), 2)

    def _factor(self, second: float) -> float:
        after = bisect_right(self._points, (second, 99.0))
        if after == len(self._points):
            return self._points[-1][1]
        (left, low), (right, high) = self._points[max(0, after - 1)], self._points[after]
        return low if right == left else low + (high - low) * (second - left) / (right - left)


def paths(rng: Random) -> dict[str, Path]:
    """The path of every symbol; one without a scene moves with the index."""
    found = {symbol: Path(price, rng) for symbol, (price, _, _) in UNIVERSE.items()}
    for symbol, path in found.items():
        scenes = sorted((s for s in SCENES if s.symbol == symbol), key=lambda s: s.at)
        for scene in scenes:
            path.play(scene)
        if not scenes:
            path.follow(INDEX_PATH, clock(OPEN))
    return found


def closes(rng: Random) -> Iterator[Frame]:
    """Seventy calm, rising daily closes of the index, oldest last; the newest is the previous close."""
    price, values = PREVIOUS_CLOSE, []
    for _ in range(70):
        values.append(round(price, 2))
        price /= 1.0 + rng.gauss(0.0012, 0.0048)
    day = clock(CLOSE)
    for value in values:
        day -= 86_400
        while datetime.fromtimestamp(day, NEW_YORK).weekday() > 4:
            day -= 86_400
        reading = {"name": "daily_close", "symbol": INDEX, "value": value, "time": day * 1000, "max_age_s": 432000.0}
        yield day * 1000, "readings", reading


def quotes(market: dict[str, Path], rng: Random) -> Iterator[Frame]:
    """A quote every 20 to 30 s of each symbol in play, and of the index every 30 s."""
    for symbol, path in market.items():
        for start, end in _in_play(symbol):
            second = start + rng.uniform(0, 20)
            while second < end:
                last = path.at(second)
                half = max(0.01, round(last * 0.00008, 2))
                quote = {"symbol": symbol, "bid": round(last - half, 2), "ask": round(last + half, 2), "last": last}
                yield round(second * 1000), "quotes", {**quote, "time": round(second * 1000)}
                second += 30 if symbol == INDEX else rng.uniform(20, 30)


def bars(market: dict[str, Path]) -> Iterator[Frame]:
    """The one-minute bars around every scene that has any."""
    wanted: set[tuple[str, int]] = set()
    for scene in SCENES:
        if scene.bars_min is not None:
            minute = clock(scene.at) // 60
            wanted |= {(scene.symbol, m) for m in range(minute - 5, minute + scene.bars_min)}
    for symbol, minute in sorted(wanted, key=lambda each: (each[1], each[0])):
        start, end = minute * 60, minute * 60 + 60
        prices = [market[symbol].at(second) for second in range(start, end + 1, 5)]
        span = {"open": prices[0], "high": max(prices), "low": min(prices), "close": prices[-1]}
        yield end * 1000 + 350, "bars", {"symbol": symbol, "start": start * 1000, "end": end * 1000, **span}


def _in_play(symbol: str) -> list[tuple[int, int]]:
    """When the symbol's quotes are recorded: from before each scene until its course ends, overlaps merged."""
    if symbol == INDEX:
        return [(clock(OPEN), clock(CLOSE))]
    spans: list[tuple[int, int]] = []
    for scene in sorted((s for s in SCENES if s.symbol == symbol), key=lambda s: s.at):
        at = clock(scene.at)
        end = max([at + 300, *(second + 600 for second, _ in course(scene.then, at))])
        start, end = max(clock(OPEN) - 20, at - 180), min(end, clock(CLOSE))
        if spans and start <= spans[-1][1]:
            start, end = spans[-1][0], max(end, spans.pop()[1])
        spans.append((start, end))
    return spans
