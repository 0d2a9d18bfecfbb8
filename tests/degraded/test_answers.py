"""Every dependency fails in every way, and every route answers as docs/reliability.md says, by its own deadlines."""

from typing import Final

import pytest

from tests.degraded import table
from tests.degraded.__main__ import DOCUMENT
from tests.degraded.cells import DEGRADED, Cell, cells
from tests.degraded.faults import Fault
from tests.degraded.world import Account, ask, run, timeout_ms, variables

BUSY_S: Final = 2.0
"""What a machine with other work may add."""
QUICK_S: Final = 1.0
GATEWAY_S: Final = 30.0
"""API Gateway waits no longer for an HTTP API's function."""
CELLS: Final = cells()
QUICK: Final = [
    cell
    for _, alike in table.rows(CELLS)
    for cell in alike
    if cell.limit_s <= QUICK_S and (cell is alike[0] or cell.fault is Fault.BABBLES)
]
"""One of each row that no deadline holds up, and all that the SDK alone would take for answers."""

pytestmark = pytest.mark.xdist_group("degraded")


def _is_kept(account: Account, cell: Cell) -> None:
    ran = run(account, cell)
    assert ran.outcome == cell.promised
    assert ran.took_s <= cell.limit_s + BUSY_S


@pytest.mark.slow
@pytest.mark.parametrize("cell", QUICK, ids=lambda cell: cell.name)
def test_a_route_answers_as_promised(running: Account, cell: Cell) -> None:
    _is_kept(running, cell)


@pytest.mark.deep
@pytest.mark.parametrize("cell", [each for each in CELLS if each not in QUICK], ids=lambda cell: cell.name)
def test_a_route_answers_as_promised_in_every_other_case(running: Account, cell: Cell) -> None:
    _is_kept(running, cell)


@pytest.mark.slow
def test_a_reward_and_a_reset_that_wait_in_vain_answer_by_their_deadline(running: Account) -> None:
    """One of each; the others are ``deep``."""
    silent = [each for each in CELLS if each.fault is Fault.SILENT and each.service == "DYNAMODB"]
    for cell in silent:
        if cell.route in {"reward", "reset"}:
            _is_kept(running, cell)


def test_the_documented_table_is_what_is_promised() -> None:
    assert table.promised(DOCUMENT.read_text("utf-8")) == [row for row, _ in table.rows(CELLS)]


def test_no_promise_is_longer_than_lambda_and_the_gateway_wait() -> None:
    for cell in CELLS:
        assert cell.limit_s * 1000 < timeout_ms(cell.route) < GATEWAY_S * 1000


def test_score_waits_for_its_table_no_longer_than_is_promised() -> None:
    deployed = variables("score")
    waits_ms = int(deployed["STORE_CONNECT_TIMEOUT_MS"]) + int(deployed["STORE_READ_TIMEOUT_MS"])
    assert waits_ms / 1000 < max(each.limit_s for each in CELLS if each.promised == DEGRADED and each.route == "score")


def test_every_route_is_asked_about_every_dependency_it_has() -> None:
    asked = {(each.route, each.service) for each in CELLS}
    table_users = {(route, "DYNAMODB") for route in ("score", "reward", "stats", "reset", "generate")}
    keys = {("score", "SECRETS_MANAGER"), ("reward", "SECRETS_MANAGER")}
    assert asked == table_users | keys | {("generate", "S3"), ("generate", "BEDROCK_RUNTIME")}


def test_an_environment_goes_on_as_before_once_its_table_is_back(running: Account) -> None:
    """The same environment, connections kept and all."""
    with running.behind("score", "DYNAMODB") as (function, standin):
        user, token = running.taught()
        said = []
        for fault in (None, Fault.HANGS_UP, Fault.SLOW, Fault.SILENT, None):
            standin.fault = fault
            said.append(ask(function, user, token).body["degraded"])
            standin.let_go()
    assert said == [False, True, True, True, False]
