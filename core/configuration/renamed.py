"""Settings that had another name once: a person is told the new one, and an old journal's are read as they were."""

from typing import Any

RENAMED = {
    "orders.price_max_age_s": "is called prices.max_age_s now, and has another default: 60 s",
    "orders.entry_retry_s": "is gone: an entry is tried again within its own lifetime, orders.lifetime_s",
}


def as_now(tables: dict[str, Any]) -> dict[str, Any]:
    """What a run of an older version wrote into its journal, in the names of today."""
    orders = tables.get("orders", {})
    if not isinstance(orders, dict) or not {"price_max_age_s", "entry_retry_s"} & orders.keys():
        return tables
    kept = {name: value for name, value in orders.items() if f"orders.{name}" not in RENAMED}
    prices = dict(tables.get("prices", {}))
    if "price_max_age_s" in orders:
        prices.setdefault("max_age_s", orders["price_max_age_s"])
    return {**tables, "orders": kept, "prices": prices}
