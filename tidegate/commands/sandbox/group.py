"""The commands of `tidegate sandbox`: one for each venue."""

import typer

from tidegate.commands.sandbox.alpaca import alpaca
from tidegate.commands.sandbox.unusual_whales import uw


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Run a venue of our own on this machine, to rehearse with.", no_args_is_help=True)
    group.command()(alpaca)
    group.command()(uw)
    app.add_typer(group, name="sandbox")
