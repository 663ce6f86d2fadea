"""Gate fresh_account: no entry on an old view of the account."""

from typing import ClassVar

from tidegate import Gate, Seconds, Signal, State, Verdict, blocked, hookimpl, passed, unknown


class FreshAccount(Gate, frozen=True, kw_only=True):
    """Blocks when the account is older than `max_age_s` seconds; exactly that old passes. UNKNOWN before the first."""

    name: ClassVar[str] = "fresh_account"
    max_age_s: Seconds = 60.0

    def check(self, signal: Signal, state: State) -> Verdict:  # noqa: ARG002 - about the account alone
        """PASS, BLOCK or UNKNOWN, measured in seconds since the account was seen."""
        if state.account is None:
            return unknown("no account seen yet", limit=self.max_age_s, unit="s")
        age = (state.now - state.account.at).total_seconds()
        if age > self.max_age_s:
            return blocked(f"account is {age:.0f} s old", measured=age, limit=self.max_age_s, unit="s")
        return passed(measured=age, limit=self.max_age_s, unit="s")


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [FreshAccount]
