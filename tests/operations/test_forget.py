"""Forgotten is forgotten: nothing but empty tombstones stays, and nothing decided before teaches anything after."""

import json
from pathlib import Path
from typing import Any

import pytest

from operations import forgetting
from operations.errors import OperationsError
from operations.table import open_table
from tests.operations.conftest import Deploy, Deployment, Run
from tipbandit.policies.registry import POLICIES

USER = "u-0"


def of_user(deployment: Deployment, user_id: str = USER) -> list[dict[str, Any]]:
    return [item for item in deployment.items() if item["user_id"]["S"] == user_id]


def filled(deployment: Deployment) -> str:
    """Have two users taught, one with all there can be of a user; return a decision that waits for its reward."""
    deployment.fill(2)
    deployment.put(USER, "tokens#2026-11-26", used={"N": "4200"}, expires_at={"N": "1795910400"})
    deployment.put(USER, "damaged#linucb/v1#5", blob={"B": b"\x01"}, ver={"N": "3"}, epoch={"N": "0"})
    deployment.put(USER, "state#gone/v1", blob={"B": b"\x01"}, ver={"N": "3"}, epoch={"N": "0"})
    return deployment.decide(USER)


def test_without_yes_nothing_is_deleted_and_all_that_would_be_is_shown(deployment: Deployment, run: Run) -> None:
    filled(deployment)
    before = deployment.items()
    status, said, _ = run("forget", USER, deployment.table)

    assert status == 0
    assert all(item["kind"]["S"] in said for item in of_user(deployment))
    assert "nothing was deleted" in said
    assert deployment.items() == before


def test_only_empty_tombstones_stay_and_they_vanish(deployment: Deployment, run: Run) -> None:
    filled(deployment)
    others = of_user(deployment, "u-1")
    status, said, _ = run("forget", USER, deployment.table, "--yes")
    left = of_user(deployment)

    assert (status, f"what stays is {len(POLICIES) + 1} empty tombstones" in said) == (0, True)
    assert {item["kind"]["S"] for item in left} == {f"state#{key}" for key in (*POLICIES, "gone/v1")}
    for item in left:
        assert set(item) == {"user_id", "kind", "ver", "epoch", "updated_at", "expires_at"}
    assert of_user(deployment, "u-1") == others != []


def test_a_decision_made_before_teaches_nothing_after(deployment: Deployment, run: Run) -> None:
    waiting = filled(deployment)
    run("forget", USER, deployment.table, "--yes")

    assert deployment.teach(waiting).code == "decision_before_reset"
    assert deployment.teach(deployment.decide(USER)).body["n"] == 1


def test_a_user_about_whom_nothing_is_stored_is_forgotten_ahead_of_what_may_still_arrive(
    deployment: Deployment, run: Run
) -> None:
    waiting = deployment.decide(USER)
    status, said, _ = run("forget", USER, deployment.table, "--yes")

    assert (status, "nothing is stored about this user" in said) == (0, True)
    assert deployment.teach(waiting).code == "decision_before_reset"


def test_a_user_of_a_tenant_is_forgotten_and_the_same_id_elsewhere_is_not(deployment: Deployment, run: Run) -> None:
    deployment.fill(1)
    mine = of_user(deployment)
    for item in mine:
        deployment.put(f"acme/{USER}", item["kind"]["S"], blob=item["blob"], ver=item["ver"], epoch=item["epoch"])

    assert run("forget", f"acme/{USER}", deployment.table, "--yes")[0] == 0
    assert not any("blob" in item for item in of_user(deployment, f"acme/{USER}"))
    assert of_user(deployment) == mine


def test_what_is_no_record_of_the_service_does_not_stop_it(deployment: Deployment, run: Run) -> None:
    deployment.put(USER, "state#linucb/v1", blob={"S": "text"})
    waiting = deployment.decide(USER)

    assert run("forget", USER, deployment.table, "--yes")[0] == 0
    assert deployment.teach(waiting).code == "decision_before_reset"


def test_a_user_who_is_active_meanwhile_is_not_called_forgotten(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = open_table(deployment.table)
    delete = table.delete

    def meanwhile(item: dict[str, Any]) -> None:
        delete(item)
        deployment.teach(deployment.decide(USER))

    monkeypatch.setattr(table, "delete", meanwhile)
    filled(deployment)

    with pytest.raises(OperationsError, match="was active meanwhile"):
        forgetting.forget(USER, table, forgetting.resetting(deployment.table, 7))


def test_resets_made_after_the_export_are_made_again(
    deployment: Deployment, deploy: Deploy, run: Run, tmp_path: Path
) -> None:
    deployment.fill(4)
    early = deployment.reset.post("/reset", {"user_id": "u-3"})
    deployment.teach(deployment.decide("u-3"))
    run("export", deployment.table, tmp_path / "export")
    late = [deployment.reset.post("/reset", {"user_id": user}) for user in ("u-0", "u-1")]
    other = deploy()
    run("restore", tmp_path / "export", other.table)
    before = {user: of_user(other, user) for user in ("u-2", "u-3")}
    log = tmp_path / "resets.log"
    log.write_text("\n".join(f"2026-11-26T14:12:51 {it.printed}" for it in (early, *late)) + "\nSTART\n", "utf-8")

    status, said, _ = run("reset-again", log, other.table)

    assert (status, said.startswith("reset 2 of 3 users")) == (0, True)
    assert all("blob" not in item for user in ("u-0", "u-1") for item in of_user(other, user))
    assert {user: of_user(other, user) for user in before} == before
    assert run("reset-again", log, other.table)[1].startswith("reset 0 of 3 users")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("START\n{}\n", "holds no reset"),
        (json.dumps({"message": "reset", "data": {"event": "reset"}}), "line 1: a reset that this version cannot read"),
    ],
)
def test_a_log_that_cannot_be_used_is_refused_in_one_line(
    deployment: Deployment, run: Run, tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "log").write_text(text, "utf-8")
    status, _, complaint = run("reset-again", tmp_path / "log", deployment.table)

    assert (status, complaint.count("\n"), says in complaint) == (1, 1, True)
