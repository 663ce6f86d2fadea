"""The themes. Each gives every tone a colour; words, signs and arrows carry the same meaning without any."""

from textual.theme import BUILTIN_THEMES, Theme

DEFAULT = "tidegate-dark"


def _theme(name: str, colours: dict[str, str], *, dark: bool = True) -> Theme:
    ground, ansi = colours["ground"], colours["ground"].startswith("ansi")
    return Theme(
        name=name,
        primary=colours["accent"],
        secondary=colours["working"],
        accent=colours["accent"],
        success=colours["good"],
        warning=colours["warn"],
        error=colours["bad"],
        foreground=colours["text"],
        background=ground,
        surface=ground,
        panel=colours["panel"],
        boost=ground,
        dark=dark,
        ansi=ansi,
        variables={
            **(BUILTIN_THEMES["ansi-dark"].variables if ansi else {}),
            **{f"tide-{key}": value for key, value in colours.items()},
            "scrollbar": colours["room"],
            "scrollbar-background": ground,
            "scrollbar-hover": colours["dim"],
            "scrollbar-active": colours["accent"],
            "scrollbar-background-hover": ground,
            "scrollbar-background-active": ground,
            "scrollbar-corner-color": ground,
        },
    )


def _shades(long: str, short: str) -> dict[str, str]:
    """The heat map's colours: four steps for each side, weakest first."""
    steps = {f"long{index}": colour for index, colour in enumerate(long.split(), 1)}
    return steps | {f"short{index}": colour for index, colour in enumerate(short.split(), 1)}


DARK = {
    "ground": "#0d131a",
    "text": "#d5dde5",
    "dim": "#7f8c9a",
    "good": "#6fcf97",
    "bad": "#f2857c",
    "warn": "#e5b567",
    "accent": "#6cb6e8",
    "panel": "#16202b",
    "cursor": "#1f3347",
    "held": "#4f9fd6",
    "working": "#9d8be0",
    "room": "#2b3947",
    "limit": "#f2d08a",
    "alarm": "#0d131a",
    "alarm-ground": "#f2857c",
    "live": "#ffffff",
    "live-ground": "#c62828",
    "paper": "#0d131a",
    "paper-ground": "#6cb6e8",
    "demo": "#0d131a",
    "demo-ground": "#9d8be0",
    "shade": "#f4f7fa",
    **_shades("#163a33 #1c5145 #22695a #2a8570", "#43302a #63392d #844332 #a84f3a"),
}
LIGHT = {
    "ground": "#f7f9fb",
    "text": "#1c2731",
    "dim": "#66717d",
    "good": "#17703f",
    "bad": "#b3261e",
    "warn": "#8a5a00",
    "accent": "#0b62a0",
    "panel": "#e6ebf0",
    "cursor": "#cfe3f4",
    "held": "#2f7fb8",
    "working": "#7a63c9",
    "room": "#c9d2db",
    "limit": "#8a5a00",
    "alarm": "#ffffff",
    "alarm-ground": "#b3261e",
    "live": "#ffffff",
    "live-ground": "#b71c1c",
    "paper": "#ffffff",
    "paper-ground": "#0b62a0",
    "demo": "#ffffff",
    "demo-ground": "#6a52b8",
    "shade": "#14202b",
    **_shades("#dcefe6 #bfe3d2 #9dd4bb #7bc4a4", "#f8e3dc #f3cbbe #edb2a0 #e69981"),
}
CONTRAST = {
    "ground": "#000000",
    "text": "#ffffff",
    "dim": "#d0d0d0",
    "good": "#00ff7f",
    "bad": "#ff8080",
    "warn": "#ffff00",
    "accent": "#00ffff",
    "panel": "#303030",
    "cursor": "#0000c0",
    "held": "#00ffff",
    "working": "#ff80ff",
    "room": "#808080",
    "limit": "#ffff00",
    "alarm": "#000000",
    "alarm-ground": "#ffff00",
    "live": "#ffffff",
    "live-ground": "#d00000",
    "paper": "#000000",
    "paper-ground": "#00ffff",
    "demo": "#000000",
    "demo-ground": "#ff80ff",
    "shade": "#ffffff",
    **_shades("#002a18 #004026 #005a36 #007548", "#3a0000 #560000 #760000 #980000"),
}
BLUE_ORANGE = DARK | {
    "good": "#56b4e9",
    "bad": "#f0a04b",
    "warn": "#f0e442",
    "accent": "#b8c7d6",
    "held": "#56b4e9",
    "working": "#cc79a7",
    "alarm-ground": "#f0a04b",
    "live-ground": "#a84300",
    "paper-ground": "#b8c7d6",
    **_shades("#16324a #1c4467 #225887 #296ca8", "#47331a #664519 #875817 #a86c14"),
}
ANSI = {
    "ground": "ansi_default",
    "text": "ansi_default",
    "dim": "ansi_bright_black",
    "good": "ansi_green",
    "bad": "ansi_red",
    "warn": "ansi_yellow",
    "accent": "ansi_cyan",
    "panel": "ansi_default",
    "cursor": "ansi_blue",
    "held": "ansi_cyan",
    "working": "ansi_magenta",
    "room": "ansi_bright_black",
    "limit": "ansi_yellow",
    "alarm": "ansi_black",
    "alarm-ground": "ansi_yellow",
    "live": "ansi_bright_white",
    "live-ground": "ansi_red",
    "paper": "ansi_black",
    "paper-ground": "ansi_cyan",
    "demo": "ansi_black",
    "demo-ground": "ansi_magenta",
    "shade": "ansi_bright_white",
    **_shades("ansi_black ansi_black ansi_blue ansi_blue", "ansi_black ansi_black ansi_red ansi_red"),
}

THEMES = (
    _theme(DEFAULT, DARK),
    _theme("tidegate-light", LIGHT, dark=False),
    _theme("tidegate-contrast", CONTRAST),
    _theme("tidegate-colour-blind", BLUE_ORANGE),
    _theme("tidegate-ansi", ANSI),
)
NAMES = tuple(theme.name for theme in THEMES)
