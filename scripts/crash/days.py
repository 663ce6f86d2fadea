"""The days of the crash matrix: slices of the demo, with settings that leave no minute without a trade."""

import msgspec

from scripts.crash.steps import MORNING, PANIC
from tidegate.sandbox.alpaca import Habits, Plan, RateLimit

SETTINGS = """
[alerts]
cluster_size = 2
min_premium = 20000.0
max_days_to_expiry = 90
signal_cooldown_s = 60.0
[prices]
max_age_s = 3600.0
[gates.ignition]
threshold_pct = 0.001
on_error = "open"
[gates.cooldown]
minutes = 0.5
[gates.exposure]
symbol_pct = 50.0
sector_pct = 100.0
[gates.pace]
max_entries = 30
[gates.fresh_account]
max_age_s = 600.0
[gates.threshold]
min_score = 0.1
[exits.target]
targets = [{ pct = 0.05, fraction = 0.4 }]
[exits.time_limit]
minutes = 1.0
[learners.regime_beta]
min_evidence = 1000.0
"""
TURN_S, TURNS = 3.0, 600
LIMITED = [
    RateLimit(method="POST", path="/v2/orders", from_s=TURN_S * turn, for_s=2.0, reset_s=0.1) for turn in range(TURNS)
]
PIECES = Habits(partial_pct=30.0)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of day: its first minute after the open, the steps that occur in it, and what the venue gets wrong."""

    name: str
    start: float
    steps: tuple[str, ...]
    plan: Plan = Plan()


KINDS = (
    Kind(name="morning", start=0.0, steps=MORNING),
    Kind(name="panic", start=239.0, steps=PANIC, plan=Plan(faults=[*LIMITED])),
)
