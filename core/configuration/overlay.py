"""The overlay: what commands and screens change, in a file of its own, so that nobody's comments are ever lost."""

import os
import tempfile
import tomllib
from pathlib import Path

import tomli_w

from tidegate.core.configuration.layers import Layer, merge, nested
from tidegate.core.configuration.lines import parts_of
from tidegate.core.errors import ConfigError

HEAD = "# Written by Tidegate's commands and screens. Your own settings belong in config.toml.\n\n"


def write_overlay(path: Path, key: str, value: object) -> None:
    """Set one dotted key in the overlay file and keep the rest of it; atomic, mode 0600.

    Raises:
        ConfigError: The file is not valid TOML, or cannot be written.
    """
    try:
        before = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        layers = [Layer("overlay", str(path), said) for said in (before, nested(parts_of(key), value))]
        _replace(path, HEAD + tomli_w.dumps(merge(layers).data))
    except ValueError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from error


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
