"""Writes the bundled demo session: one synthetic trading day. The same seed writes the same file.

Usage: python scripts/session/make.py [FILE]
"""

import gzip
import json
import sys
from pathlib import Path as File
from random import Random

from scripts.session.alerts import all_alerts
from scripts.session.market import Frame, bars, clock, closes, paths, quotes
from scripts.session.scenes import FIRST, OPERATOR

SEED = 20251015
DEFAULT = File(__file__).parents[2] / "tidegate" / "sessions" / "demo.jsonl.gz"


def frames() -> list[Frame]:
    """Everything that is said on the day, in the order in which it becomes known."""
    first = clock(FIRST) * 1000
    market = paths(Random(f"{SEED} paths"))
    history = sorted(closes(Random(f"{SEED} closes")), key=lambda frame: frame[0])
    said: list[Frame] = [(first, "flow-alerts", {"response": {}, "status": "ok"})]
    said += [(first, channel, _known(payload, first)) for _, channel, payload in history]
    said += quotes(market, Random(f"{SEED} quotes"))
    said += bars(market)
    said += all_alerts(market, SEED)
    for at, name, args in OPERATOR:
        millis = clock(at) * 1000
        said.append((millis, "operator", {"time": millis, "name": name, "args": args}))
    return sorted((frame for frame in said if frame[0] >= first), key=lambda frame: frame[0])


def _known(payload: object, millis: int) -> object:
    return {**payload, "known": millis} if isinstance(payload, dict) else payload


def line(frame: Frame) -> str:
    """A frame as the feed would send it; a torn one stops in the middle."""
    _, channel, payload = frame
    if channel == "torn":
        return json.dumps(["flow-alerts", payload], separators=(",", ":"))[:217]
    return json.dumps([channel, payload], separators=(",", ":"))


def main() -> None:
    """Write the session to the file named, or to where the package keeps it."""
    path = File(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    text = "".join(f"{line(frame)}\n" for frame in frames())
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=9, mtime=0) as packed:
        packed.write(text.encode())
    print(f"{path}: {text.count(chr(10)):,} frames, {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
