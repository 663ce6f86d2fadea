"""The `tidegate` command: parse, call, print.

Exit codes: 0 done, 1 our fault (or a plugin's, or the venue's), 2 the user's mistake, 3 a start that was refused.
Errors are plain sentences on stderr; with --json they are one document on stdout: {"error": {...}}.
"""

import os
import sys
import traceback
from collections.abc import Sequence

import typer

from tidegate.commands import asking, backup, lockdown, reconcile, record, sessions, setting
from tidegate.commands.looking import journal as looking
from tidegate.commands.looking import learner, price, quota, regime, score
from tidegate.commands.reports import audit, doctor, health, verify
from tidegate.commands.sandbox import group as sandbox
from tidegate.core.errors import TidegateError
from tidegate.keys import guard, redact, remember_environment
from tidegate.output.presenting import to_json
from tidegate.output.shapes import ErrorShape

USAGE: type[Exception] = typer.BadParameter.__mro__[1]  # the parser's UsageError, wherever this typer keeps it
DEBUG = "TIDEGATE_DEBUG"

app = typer.Typer(
    name="tidegate",
    help="Turns options-flow alerts into guarded orders, remembers everything, and can say why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for register in (
    sessions.register,
    record.register,
    looking.register,
    asking.register,
    lockdown.register,
    reconcile.register,
    regime.register,
    score.register,
    price.register,
    quota.register,
    learner.register,
    setting.register,
    doctor.register,
    verify.register,
    backup.register,
    audit.register,
    health.register,
    sandbox.register,
):
    register(app)


def main() -> None:
    """The console script."""
    guard()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line and return the process's exit code."""
    as_json = "--json" in arguments
    try:
        code = app(args=list(arguments), prog_name="tidegate", standalone_mode=False)
    except TidegateError as error:
        messages = str(error).splitlines() or [type(error).__name__]
        return _fail(type(error).__name__, error.exit_code, messages, as_json=as_json)
    except USAGE as error:
        return _fail("UsageError", 2, _usage(error), as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last stop: a person gets a sentence, not a traceback
        return _fail(type(error).__name__, 1, _our_fault(error), as_json=as_json)
    return code if isinstance(code, int) else 0


def _usage(error: Exception) -> list[str]:
    context = getattr(error, "ctx", None)
    said = error.format_message() if hasattr(error, "format_message") else str(error)
    command = context.command_path if context is not None else "tidegate"
    return [*said.splitlines(), f"{command} --help says more."]


def _our_fault(error: Exception) -> list[str]:
    if os.environ.get(DEBUG):
        return traceback.format_exception(error)
    return [
        f"Tidegate failed: {type(error).__name__}: {error}",
        f"This is our fault. {DEBUG}=1 shows where it happened.",
    ]


def _fail(kind: str, code: int, messages: list[str], *, as_json: bool) -> int:
    remember_environment()
    messages = [redact(each) for each in messages]
    if as_json:
        typer.echo(to_json({"error": ErrorShape(kind=kind, exit_code=code, messages=messages)}))
    else:
        typer.echo("\n".join(messages), err=True)
    return code
