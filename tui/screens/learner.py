"""What was learned: every belief with its multiplier; enter lists what moved it."""

from collections.abc import Callable, Iterator, Sequence

from textual.css.scalar import Scalar
from textual.widget import Widget

from tidegate.core.domain.events import Recorded
from tidegate.core.domain.views.beliefs import CellMove, cell_moves
from tidegate.tui.screens.base import DeskScreen
from tidegate.tui.screens.messages import OpenCell
from tidegate.tui.viewmodel.learner import beliefs as learners
from tidegate.tui.viewmodel.learner import moves
from tidegate.tui.viewmodel.learner.beliefs import Believed
from tidegate.tui.viewmodel.view import View
from tidegate.tui.widgets.lines import Lines
from tidegate.tui.widgets.live_grid import LiveGrid

MOST_LEARNERS = 3  # that are told of above the table


class LearnerScreen(DeskScreen):
    """The learners, the table of cells, and the belief under the cursor."""

    where = "learner"

    def __init__(self) -> None:
        super().__init__()
        self._view: View | None = None

    def content(self) -> Iterator[Widget]:
        """Learners, table, one belief."""
        yield Lines(id="title", classes="panel-title")
        yield LiveGrid(learners.CELLS, empty=learners.NO_CELLS, id="list")
        yield Lines(id="belief-title", classes="panel-title")
        yield Lines(id="belief")

    def draw_body(self, view: View) -> None:
        """Show the beliefs as of now."""
        self._view = view
        title = self.query_one("#title", Lines)
        height = min(len(learners.learner_lines(view, 80)), MOST_LEARNERS)
        if title.styles.height != Scalar.from_number(height):
            title.styles.height = height
        title.show(lambda width: learners.learner_lines(view, width))
        self.query_one("#list", LiveGrid).show(learners.cell_rows(view), empty=learners.no_cells(view))
        self.on_live_grid_moved()

    def on_live_grid_moved(self) -> None:
        """Show the belief under the cursor."""
        view, chosen = self._view, self._chosen()
        if view is None:
            return
        self.query_one("#belief-title", Lines).show(lambda width: learners.belief_lines(chosen, view, width)[:1])
        self.query_one("#belief", Lines).show(lambda width: learners.belief_lines(chosen, view, width)[1:])

    def action_open(self) -> None:
        """List what moved the cell under the cursor."""
        if (chosen := self._chosen()) is not None:
            self.app.post_message(OpenCell(chosen.learner, f"{chosen.regime}/{chosen.component}"))

    def _chosen(self) -> Believed | None:
        row = self.query_one("#list", LiveGrid).row
        if row is None or self._view is None:
            return None
        return next((each for each in learners.believed(self._view) if each.key == row.key), None)


class MovesScreen(DeskScreen):
    """What moved one cell; `read` gives the moves after an event and is asked again when the journal grew."""

    where = "moves"

    def __init__(self, learner: str, cell: str, read: Callable[[int], Sequence[Recorded]]) -> None:
        super().__init__()
        self._learner, self._cell, self._read = learner, cell, read
        self._recorded: list[Recorded] = []
        self._since: int | None = None
        self._read_to = self._seq = -1

    def content(self) -> Iterator[Widget]:
        """Title and list."""
        yield Lines(id="title", classes="panel-title")
        yield LiveGrid(moves.MOVES, empty=moves.NO_MOVES, id="moves")

    def draw_body(self, view: View) -> None:
        """Show the moves as of now."""
        if self._seq == view.state.seq:
            return
        self._seq = view.state.seq
        if self._since is None:  # as far back as a rollback can go
            self._since = view.state.moves_from.get(self._learner, 0)
        told, since = self._moves(self._since), self._since
        ledger = {row.trace: row for row in view.state.ledger}
        name = self._learner.partition(".")[2]
        self.query_one("#moves", LiveGrid).show(moves.move_rows(told, ledger))
        self.query_one("#title", Lines).show(
            lambda width: [moves.moves_title(self._cell, name, len(told), since, width)],
        )

    def _moves(self, since: int) -> list[CellMove]:
        page = self._read(max(since, self._read_to))
        self._read_to = page[-1].seq if page else self._read_to
        self._recorded += [each for each in page if any(cell_moves([each], self._learner, self._cell))]
        return list(cell_moves(self._recorded, self._learner, self._cell))
