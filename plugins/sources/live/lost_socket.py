"""How a market data socket is lost: what the codes mean, and what is told of it."""

TOO_MANY_SYMBOLS, BUSY = 405, 406
FINAL = {
    402: "the keys are refused",
    408: "this account has no v2 stream",
    409: "your plan does not include the feed; change sources.alpaca_market.feed",
}


class LostError(Exception):
    """The connection is of no more use; `busy` when the server still holds an older one."""

    def __init__(self, reason: str, *, busy: bool = False) -> None:
        super().__init__(reason)
        self.busy = busy


def told(error: Exception) -> str:
    """A loss for people: by its type when it is not our own, since its text may hold what was sent."""
    if isinstance(error, LostError):
        return str(error)
    status = _status(error)
    return f"no connection ({type(error).__name__}{f', HTTP {status}' if status else ''})"


def is_busy(error: Exception) -> bool:
    """Whether the account's one place is taken."""
    return error.busy if isinstance(error, LostError) else _status(error) in (BUSY, 429)


def _status(error: Exception) -> int | None:
    """The HTTP status of a refused handshake."""
    status: int | None = getattr(getattr(error, "response", None), "status_code", None)
    return status
