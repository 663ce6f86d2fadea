"""How the whole suite runs: examples by profile, long tests first, and nothing that is left out in silence."""

import gc
import os
from collections import defaultdict
from collections.abc import Generator
from itertools import islice
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests.demo import Demo, of_the_run
from tests.needs import LEFT_OUT, NEEDS, told

# Few examples, the same in every run: a property never fails at random. `make fuzz` asks for many, at random.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no finding
settings.register_profile("few", PATIENT, max_examples=25, derandomize=True, database=None)
settings.register_profile("many", PATIENT, max_examples=500, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "few"))
Report = pytest.TestReport | pytest.CollectReport
T = TypeVar("T")
SELDOM = 10_000, 20, 20


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo that all tests of the run share. Read only."""
    return of_the_run(tmp_path_factory)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every worker begins with its share of the long tests, so that none ends alone with one."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if item.get_closest_marker("long")]
    items[:] = dealt(long, [item for item in items if item not in set(long)], workers)


def dealt(long: list[T], short: list[T], workers: int) -> list[T]:
    """The tests in as many equal hands as xdist deals, the long ones on top of each."""
    others, whole = iter(short), len(long) + len(short)
    found: list[T] = []
    for worker in range(workers):
        left = whole - len(found)
        hand = long[worker::workers]
        found += hand
        found += islice(others, left // (workers - worker) - len(hand))
    return [*found, *others]


def pytest_collection_finish() -> None:
    """What was collected stays to the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what needs something that is not here."""
    for mark in item.iter_markers("needs"):
        if not (need := NEEDS[mark.args[0]]).there:
            pytest.skip(LEFT_OUT + need.words)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that is skipped for another reason than a need has failed."""
    report = yield
    _not_in_silence(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole file."""
    report = yield
    _not_in_silence(report)
    return report


def _not_in_silence(report: Report) -> None:
    reason = _reason(report)
    if report.skipped and not reason.startswith(LEFT_OUT):
        report.outcome, report.longrepr = "failed", f"Skipped, and only what a need leaves out may be: {reason}"


def _reason(report: Report) -> str:
    why = report.longrepr
    return why[2].removeprefix("Skipped: ") if isinstance(why, tuple) else str(why)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for everything that was left out for want of the same thing."""
    files = defaultdict[str, list[str]](list)
    for report in terminalreporter.stats.get("skipped", []):
        files[_reason(report)].append(report.location[0])
    for reason, those in files.items():
        terminalreporter.write_line(told(reason, those), yellow=True)
