"""Which flow alerts the synthetic day has: those of its scenes, a background that says nothing, and broken rows."""

from collections.abc import Iterator
from random import Random

from scripts.session.market import Frame, Path, clock
from scripts.session.rows import Print, Writer
from scripts.session.scenes import BULL, CLOSE, OPEN, SCENES, UNIVERSE, Scene

NEAR = ("2025-10-17", "2025-10-17", "2025-10-17", "2025-10-22")
FAR = ("2025-10-31", "2025-11-21", "2025-12-19", "2026-01-16")
RULES = ("RepeatedHits", "RepeatedHits", "RepeatedHitsAscendingFill", "RepeatedHitsDescendingFill")
BACKGROUND = 1900
RHYTHM = ((0, 3.2), (20, 2.2), (60, 1.2), (150, 0.7), (225, 1.5), (255, 1.0), (330, 1.3), (390, 1.6))  # minute, weight
# What makes a background alert no part of a cluster, with how often it is so.
KINDS = (("mid", 34), ("small", 33), ("far", 13), ("closing", 9), ("multileg", 8), ("plain", 3))


def of_scene(scene: Scene, writer: Writer, rng: Random) -> Iterator[Frame]:
    """The aligned alerts of a scene, the last one known at its time; sometimes a put sold instead of a call bought."""
    first: Print | None = None
    for place, thousands in enumerate(scene.premiums):
        lag = rng.randrange(900, 3500)
        end = (clock(scene.at) - scene.gap_s * (len(scene.premiums) - 1 - place)) * 1000 - lag
        bought = rng.random() < 0.8
        told = Print(
            symbol=scene.symbol,
            end_ms=end,
            lag_ms=lag,
            kind="call" if bought == (scene.way == BULL) else "put",
            expiry=rng.choice(NEAR),
            premium=thousands * 1000 + rng.randrange(-900, 900),
            ask_share=0.95 if bought else 0.03,
            bid_share=0.03 if bought else 0.95,
            rule=rng.choice(RULES),
        )
        frame = writer.frame(told)
        yield frame
        if scene.repeats and first is None:
            first = told
            yield writer.frame(_again(told, frame))


def background(writer: Writer, rng: Random) -> Iterator[Frame]:
    """Everything else that flows on a day: most of it says nothing, some of it repeats itself."""
    names = [name for name, _ in KINDS]
    weights = [weight for _, weight in KINDS]
    symbols = list(UNIVERSE)
    liquid = [9.0 if s in ("SPY", "QQQ", "NVDA", "TSLA") else 1.0 for s in symbols]
    for second in sorted(_moments(rng)):
        kind = rng.choices(names, weights)[0]
        told = _idle(rng.choices(symbols, liquid)[0], second, kind, rng)
        frame = writer.frame(told)
        yield frame
        if rng.random() < 0.03:
            yield frame[0] + rng.randrange(800, 9000), frame[1], frame[2]


def broken(writer: Writer, rng: Random) -> Iterator[Frame]:
    """Rows that cannot be used, as they happen: torn, without a premium, without a ticker, from the future."""
    for at, spoil in (
        ("09:47:11", {"total_premium": None}),
        ("10:22:40", {"ticker": None}),
        ("12:11:05", {"end_time": 4_083_955_200_000}),
        ("14:03:30", {"option_chain": "SPY"}),
        ("15:20:02", {"total_premium": "-150000"}),
    ):
        millis, channel, row = writer.frame(_idle("SPY", clock(at), "small", rng))
        yield millis, channel, {**_fields(row), **spoil}
    millis, _, row = writer.frame(_idle("QQQ", clock("11:20:15"), "small", rng))
    yield millis, "torn", row


def all_alerts(market: dict[str, Path], seed: int) -> Iterator[Frame]:
    """Every alert of the day, in no order. Each scene has its own randomness: a change to one leaves the others be."""
    for scene in SCENES:
        rng = Random(f"{seed} {scene.at} {scene.symbol}")
        yield from of_scene(scene, Writer(market, rng), rng)
    for part in (background, broken):
        rng = Random(f"{seed} {part.__name__}")
        yield from part(Writer(market, rng), rng)


def _again(told: Print, frame: Frame) -> Print:
    """A sweep that re-tells the same trades: the same contract and start, another id and rule."""
    row = _fields(frame[2])
    return Print(
        symbol=told.symbol,
        end_ms=told.end_ms,
        lag_ms=told.lag_ms + 4000,
        kind=told.kind,
        expiry=told.expiry,
        premium=told.premium * 1.1,
        ask_share=told.ask_share,
        bid_share=told.bid_share,
        rule="SweepsFollowedByFloor",
        start_ms=int(str(row["start_time"])),
        contract=str(row["option_chain"]),
    )


def _idle(symbol: str, second: float, kind: str, rng: Random) -> Print:
    bought = rng.random() < 0.5
    share = rng.uniform(0.1, 0.24)
    return Print(
        symbol=symbol,
        end_ms=round(second * 1000),
        lag_ms=rng.randrange(900, 6000),
        kind=rng.choice(("call", "put")),
        expiry=rng.choice(FAR if kind == "far" else NEAR),
        premium=rng.uniform(24_000, 96_000) if kind == "small" else rng.lognormvariate(11.9, 0.35) + 1000,
        ask_share=share if kind == "mid" else 0.9 if bought else 0.05,
        bid_share=share * 0.9 if kind == "mid" else 0.05 if bought else 0.9,
        fresh=kind != "closing",
        multileg=kind == "multileg",
        rule=rng.choice(RULES),
    )


def _moments(rng: Random) -> Iterator[float]:
    """Seconds of the background alerts: busy at the open, quiet at noon, busier again at the close."""
    start, minutes = clock(OPEN), (clock(CLOSE) - clock(OPEN)) // 60 - 1
    for _ in range(BACKGROUND):
        while True:
            minute = rng.uniform(0, minutes)
            weight = next(w for m, w in reversed(RHYTHM) if minute >= m)
            if rng.uniform(0, 3.2) < weight:
                yield start + minute * 60
                break


def _fields(row: object) -> dict[str, object]:
    if not isinstance(row, dict):
        raise TypeError("an alert is a row of fields")
    return row
