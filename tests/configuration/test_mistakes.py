"""Mistakes in a configuration: all at once, each with its line, key, allowed values and nearest key."""

from pathlib import Path

import pytest

from tidegate.core.configuration.config import load
from tidegate.core.errors import ConfigError
from tidegate.core.plugins.host import Host

SHIPPED = Path(__file__).parents[2] / "config.toml"


def mistakes(tmp_path: Path, text: str | bytes, *sets: str) -> list[str]:
    """Every problem with a user's file, without the folder it lies in."""
    user = tmp_path / "mine.toml"
    user.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        Host(load(shipped=SHIPPED, user=user, sets=sets)).load()
    assert caught.value.exit_code == 2
    return [problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems]


def test_all_mistakes_are_reported_at_once_wherever_they_are(tmp_path: Path) -> None:
    text = """
mode = "papr"
[alerts]
min_premum = 1
cluster_size = 0
[gates.concentration]
limit_pct = "70"
on_error = "opn"
[gates.igniton]
[scorers.options_flow]
weight = -1.0
= 3
"""
    found = mistakes(tmp_path, text, "engine.tick_s=0", "oops")
    lines = [2, 4, 5, 7, 8, 9, 11, 12]
    assert [each.partition(": ")[0] for each in found] == [*(f"mine.toml:{n}" for n in lines), "--set", "--set"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('mode = "papr"', 'mine.toml:1: mode: is "papr"; must be one of live, paper; did you mean paper?'),
        ("mode = 3", "mine.toml:1: mode: is 3; must be one of live, paper"),
        ("[alert]", "mine.toml:1: alert: unknown key; did you mean alerts?; allowed: alerts, "),
        (
            "[alerts]\nmin_premum = 1",
            "mine.toml:2: alerts.min_premum: unknown key; did you mean min_premium?; allowed: ",
        ),
        ("alerts = 1", "mine.toml:1: alerts: is 1; must be a table with min_premium, "),
        (
            "[alerts]\ncluster_size = 0",
            "mine.toml:2: alerts.cluster_size: is 0; must be a whole number from 1 to 1,000,000,000",
        ),
        (
            "[alerts]\ncluster_size = 2.5",
            "mine.toml:2: alerts.cluster_size: is 2.5; must be a whole number from 1 to 1,000,000,000",
        ),
        (
            "[alerts]\ncluster_size = true",
            "mine.toml:2: alerts.cluster_size: is true; must be a whole number from 1 to 1,000,000,000",
        ),
        ("[[size.tiers]]\nscore = inf\nfactor = 1", "mine.toml:2: size.tiers[0].score: is inf; must be finite"),
        ("[score]\nscale = nan", "mine.toml:2: score.scale: is nan; must be a number > 0"),
        ("[score.panic]\nbulish = 1", "mine.toml:2: score.panic.bulish: unknown key; did you mean bullish?"),
        (
            "score.panic.bearish = -1",
            "mine.toml:1: score.panic.bearish: is -1; must be a number from 0 to 1,000,000,000,000",
        ),
        ("[score]\npanic = 1", "mine.toml:2: score.panic: is 1; must be a table with bullish, bearish"),
        ('[size]\nfractional = "yes"', 'mine.toml:2: size.fractional: is "yes"; must be true or false'),
        ("[regime]\nsymbol = 1", "mine.toml:2: regime.symbol: is 1; must be text in quotes"),
        ("[regime]\npanic_day = 101", "mine.toml:2: regime.panic_day: is 101; must be a number from 0 to 100"),
        (
            '[queue]\nregimes = ["PANIC", "PANIK"]',
            'mine.toml:2: queue.regimes[1]: is "PANIK"; must be one of RISK_ON, MIXED, RISK_OFF, PANIC, UNKNOWN; did ',
        ),
        ("[queue]\nregimes = 1", "mine.toml:2: queue.regimes: is 1; must be a list, each item one of RISK_ON, "),
        (
            "[[size.tiers]]\nscore = 1\nfactor = 1\n[[size.tiers]]\nscore = 1\nfactor = 0",
            "mine.toml:6: size.tiers[1].factor: is 0; must be a number > 0",
        ),
        ("[[size.tiers]]\nscore = 1", "mine.toml:1: size.tiers[0]: factor is missing; it must be a number > 0"),
        ("gates = 1", "mine.toml:1: gates: must be tables of plugins, such as [gates.NAME]"),
        ("[gates]\nhalt = 1", "mine.toml:2: gates.halt: must be a table of a plugin's settings: [gates.halt]"),
        ("[gates.halt]\nenabled = 1", "mine.toml:2: gates.halt.enabled: is 1; must be true or false"),
        ("[gates.halt]\nenabeld = true", "mine.toml:2: gates.halt.enabeld: unknown key; did you mean enabled?"),
        ("[gates.hald]", "mine.toml:1: gates.hald: no such plugin is installed; did you mean gates.halt?"),
        ('[executors.paper]\ncash = "-1"', "mine.toml:2: executors.paper: cash must be above 0"),
        (
            '[executors.paper]\ncash = "x"',
            'mine.toml:2: executors.paper.cash: is "x"; must be a decimal in quotes, such as "1.50"',
        ),
        ('[executors.paper]\ncash = "NaN"', "mine.toml:2: executors.paper.cash: is NaN; must be finite"),
        (
            "[executors.paper]\noutages = [{ start = 2025-03-12T15:00:00, end = 2025-03-12T16:00:00Z }]",
            "mine.toml:2: executors.paper.outages[0].start: ",
        ),
        ("[executors.paper]\nenabled = false", "executors: none is enabled; enable one of executors.paper"),
    ],
)
def test_a_mistake_names_its_line_its_key_what_is_wrong_and_what_is_right(
    tmp_path: Path, text: str, problem: str
) -> None:
    (found,) = mistakes(tmp_path, text)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("mode = \n", "mine.toml:1: 'mode =' is not valid TOML: invalid value"),
        ("\n[gates.halt\nenabled = true\n", "mine.toml:2: '[gates.halt' is not valid TOML: "),
        ("[alerts]\n[alerts]\n", "mine.toml:2: '[alerts]' is not valid TOML: cannot declare ('alerts',) twice"),
        ("[alerts]\ncluster_size = 3\ncluster_size = 4\n", "mine.toml:3: 'cluster_size = 4' is not valid TOML: "),
        ('a = 1\nx = """\n\n', "mine.toml:2: 'x = "),
        ("files = [\n1,\n", "mine.toml:1: 'files = [' is not valid TOML: "),
    ],
)
def test_broken_toml_names_its_line(tmp_path: Path, text: str, problem: str) -> None:
    (found,) = mistakes(tmp_path, text)
    assert found.startswith(problem)


def test_broken_lines_do_not_hide_the_other_mistakes(tmp_path: Path) -> None:
    text = "mode paper\n[gates.halt\nreason = 1\n[alerts]\ncluster_size = 0\nmin_premium == 1\n"
    assert [each.partition(": ")[0] for each in mistakes(tmp_path, text)] == [
        "mine.toml:1",
        "mine.toml:2",
        "mine.toml:5",
        "mine.toml:6",
    ]


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    assert mistakes(tmp_path, b"a = 1\nb = '\xff'\n") == ["mine.toml:2: is not UTF-8 text"]
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        load(shipped=SHIPPED, user=tmp_path / "none.toml").check()


def test_a_users_file_that_is_the_shipped_one_is_told_of_once(tmp_path: Path) -> None:
    only = tmp_path / "config.toml"
    only.write_text("[alerts\n")
    assert len(load(shipped=only, user=only).problems) == 1


def test_windows_line_ends_are_line_ends(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, "[alerts]\r\n\r\ncluster_size = 0\r\n")
    assert found.startswith("mine.toml:3: ")


def test_the_table_of_a_plugin_that_is_off_is_not_checked(tmp_path: Path) -> None:
    user = tmp_path / "mine.toml"
    user.write_text("[gates.pace]\nenabled = false\nnonsense = 1\n")
    Host(load(shipped=SHIPPED, user=user)).load()


def test_two_executors_are_named_with_their_lines(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "[executors.other]\n")
    assert found[0].startswith("mine.toml:1: executors.other: no such plugin is installed")
    assert "config.toml:" in found[1]
    assert found[1].endswith("and executors.other (mine.toml:1) are enabled; exactly one may be")


@pytest.mark.parametrize("text", ["ignition", "no:", "yes:ignition"])
def test_p_wants_no_and_a_name(text: str) -> None:
    with pytest.raises(ConfigError, match="is not no:NAME"):
        load(shipped=SHIPPED, without=[text]).check()


def test_p_no_with_an_unknown_name_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"'igniton' is configured; did you mean ignition\?"):
        load(shipped=SHIPPED, without=["no:igniton"]).check()
