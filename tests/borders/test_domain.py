"""The domain is pure, provably: what each of its files may import is listed here."""

import ast
from pathlib import Path

import pytest

from tests.borders.house import ROOT, files, imports

DOMAIN = "tidegate.core.domain"
ALLOWED = {
    *("collections", "contextlib", "datetime", "decimal", "enum", "fractions", "functools", "hashlib", "itertools"),
    *("math", "re", "types", "typing", "zoneinfo", "msgspec"),
}


@pytest.mark.parametrize("file", files("core/domain"), ids=lambda path: str(path.relative_to("core/domain")))
def test_a_file_of_the_domain_imports_nothing_that_knows_the_world(file: Path) -> None:
    strange = {
        name
        for name in imports(file)
        if name.partition(".")[0] not in ALLOWED and not f"{name}.".startswith(f"{DOMAIN}.")
    }
    assert strange == set()


def test_the_list_itself_lets_no_clock_socket_chance_or_system_in() -> None:
    world = {"time", "socket", "random", "os", "sys", "io", "pathlib", "asyncio", "threading", "subprocess", "logging"}
    assert world & ALLOWED == set()


@pytest.mark.parametrize("file", files("core/domain"), ids=lambda path: str(path.relative_to("core/domain")))
def test_a_file_of_the_domain_never_asks_what_time_it_is(file: Path) -> None:
    asked = [node.attr for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.Attribute)]
    assert {"today", "utcnow", "fromtimestamp"} & {*asked} == set()
    assert "datetime.now" not in (ROOT / file).read_text()
