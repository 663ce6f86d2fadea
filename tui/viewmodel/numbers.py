"""Numbers, ages and times as people read them; one format each, so that columns stay put."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tidegate.tui.viewmodel.text import Piece

NEW_YORK = ZoneInfo("America/New_York")
UNKNOWN = Piece("unknown", "warn")
NONE = Piece("-", "dim")


def clock_time(at: datetime | None) -> str:
    """New York time of day, to the second."""
    return "--:--:--" if at is None else at.astimezone(NEW_YORK).strftime("%H:%M:%S")


def age(seconds: float) -> str:
    """A duration in at most five cells: 41s, 18m, 2h05m, 3d."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m" if whole < 86400 else f"{whole // 86400}d"


def countdown(seconds: float) -> str:
    """A duration to the second, minutes first: 14:19, or hours: 5:17:00."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def delay(seconds: float) -> str:
    """A delay after the alert: milliseconds within the first minute, then hours, minutes and seconds."""
    sign = "-" if seconds < 0 else "+"
    size = abs(seconds)
    if size < 60:
        return f"{sign}{size:.3f}"
    whole = int(size)
    return f"{sign}{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"


def signed(value: float | Decimal | None, *, places: int = 2, width: int = 0) -> Piece:
    """A gain or loss: arrow, sign and tone say the same; the arrow stands left of a number of `width` cells."""
    if value is None:
        return UNKNOWN
    rounded = round(float(value), places)
    arrow, tone = ("▲", "good") if rounded > 0 else ("▼", "bad") if rounded < 0 else ("=", "dim")
    return Piece(f"{arrow} {rounded:>+{max(0, width - 2)},.{places}f}", tone)


def dollars(value: float | Decimal | None) -> str:
    """Whole dollars."""
    return "unknown" if value is None else f"{float(value):,.0f}"


def price(value: float | None) -> str:
    """A price in cents; ten-thousandths below one dollar."""
    if value is None:
        return "-"
    return f"{value:.2f}" if value >= 1 else f"{value:.4f}"


def shares(value: Decimal) -> str:
    """A quantity without trailing zeros."""
    return f"{value.normalize():f}"


def bar(fraction: float, width: int) -> str:
    """A bar of `width` cells filled to `fraction` (0..1)."""
    filled = round(max(0.0, min(1.0, fraction)) * width)
    return "▇" * filled + "░" * (width - filled)
