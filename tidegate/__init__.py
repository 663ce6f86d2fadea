"""Tidegate's front door: everything a plugin needs, and nothing else.

A plugin is a frozen struct: its fields are its settings, its methods are its behaviour. See docs/plugins.md.
The names stand in `tidegate.front_door`, which is imported when the first of them is asked for: every module of
the house has this one above it, and most need none of them.
"""

from importlib import import_module

TYPE_CHECKING = False  # what type checkers take for true; `typing` could still come from the current folder here
if TYPE_CHECKING:
    from tidegate.front_door import *  # noqa: F403 - they are listed there, once
    from tidegate.front_door import __all__ as __all__

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name.startswith("__") and name != "__all__":
        raise AttributeError(name)  # what the import system asks of every package
    offered = vars(import_module("tidegate.front_door"))
    globals().update({each: offered[each] for each in offered["__all__"]}, __all__=offered["__all__"])
    try:
        return globals()[name]
    except KeyError:
        raise AttributeError(f"tidegate has no {name}; docs/plugins.md lists what it exports") from None
