"""What a lockdown seals, and how what is found later differs from it."""

from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256

import msgspec

NAMED = 3  # changes that a line names; the journal has them all


class Seal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Digests and values of everything that decides how a run trades.

    `files` and `config` hold hex sha256 by path ("tidegate/core/loop.py") and JSON by dotted key; `toggles` says by key
    whether a plugin is on; `versions` names installed distributions, and "python".
    """

    files: dict[str, str] = {}
    config: dict[str, str] = {}
    toggles: dict[str, bool] = {}
    versions: dict[str, str] = {}

    @property
    def digest(self) -> str:
        """One hex sha256 for all of it."""
        return sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


class Lockdown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A lockdown in force. `until` is the New York day on which it is meant to be lifted; nothing lifts it by itself.

    `drift` holds a sentence for each thing that is not as it was sealed; while there is one, no entry is placed.
    """

    seal: Seal
    reason: str
    who: str
    since: datetime
    until: date | None = None
    drift: tuple[str, ...] = ()


def changes(sealed: Seal, found: Seal) -> tuple[str, ...]:
    """A sentence for each file, key, plugin and version that differs; none when all is as it was sealed."""
    return (
        *_files(sealed.files, found.files),
        *_values(sealed.config, found.config),
        *_values(_words(sealed.toggles), _words(found.toggles)),
        *_values(sealed.versions, found.versions),
    )


def in_short(drift: tuple[str, ...]) -> str:
    """The first changes in a line, and how many more there are."""
    more = f", and {len(drift) - NAMED} more" if len(drift) > NAMED else ""
    return "; ".join(drift[:NAMED]) + more


def described(lockdown: Lockdown) -> str:
    """A lockdown in a line; its drift comes first."""
    until = f" until {lockdown.until:%A %Y-%m-%d}" if lockdown.until is not None else ""
    told = f"since {lockdown.since:%Y-%m-%d %H:%M} UTC{until}: {lockdown.reason}"
    return f"DRIFT, entries stopped: {in_short(lockdown.drift)} (sealed {told})" if lockdown.drift else told


def _files(sealed: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    for path in sorted(sealed.keys() | found.keys()):
        if path not in found:
            yield f"{path} is gone"
        elif path not in sealed:
            yield f"{path} is new"
        elif sealed[path] != found[path]:
            yield f"{path} changed"


def _values(sealed: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    for key in sorted(sealed.keys() | found.keys()):
        before, after = sealed.get(key, "none"), found.get(key, "none")
        if before != after:
            yield f"{key} was {before}, is {after}"


def _words(toggles: dict[str, bool]) -> dict[str, str]:
    return {key: "on" if enabled else "off" for key, enabled in toggles.items()}
