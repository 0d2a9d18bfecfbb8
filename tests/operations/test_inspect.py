"""What an operator is shown about a user: what there is and whether it can be used, and nothing that was learned."""

from tests.operations.conftest import Deployment, Run
from tipbandit.policies.registry import POLICIES

USER = "u-0"


def rows(said: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in said.splitlines())


def test_each_item_is_named_with_what_it_is(deployment: Deployment, run: Run) -> None:
    deployment.fill(1)
    deployment.teach(deployment.decide(USER))
    deployment.put(USER, "tokens#2026-11-26", used={"N": "4200"}, expires_at={"N": "1795910400"})
    deployment.put(USER, "damaged#linucb/v1#5", blob={"B": b"\x01" * 700}, ver={"N": "3"}, epoch={"N": "0"})
    deployment.put(USER, "later#1", something={"S": "the user's own words"})
    status, said, _ = run("inspect", USER, deployment.table)
    found = rows(said)

    assert status == 0
    assert found["state#linucb/v1"].startswith("learned; n 2; remembered 2; ver 2; bytes ")
    assert found["state#egreedy/v1"].startswith("learned; n 1; remembered 1; ver 1; bytes ")
    assert found["damaged#linucb/v1#5"].startswith("kept as it was; ver 3; bytes 7")
    assert found["tokens#2026-11-26"].startswith("used 4200")
    assert found["tokens#2026-11-26"].endswith("2026-11-29 00:00:00Z")
    assert found["later#1"].startswith("something (S)")
    assert "own words" not in said


def test_a_state_that_cannot_be_used_says_why(deployment: Deployment, run: Run) -> None:
    deployment.fill(1)
    item = next(it for it in deployment.items() if it["kind"]["S"] == "state#linucb/v1")
    blob = bytearray(item["blob"]["B"])
    blob[100] ^= 1
    deployment.put(USER, "state#linucb/v1", blob={"B": bytes(blob)}, ver=item["ver"], epoch=item["epoch"])
    deployment.put(USER, "state#egreedy/v1", blob={"B": b"\x01"})
    deployment.put(USER, "state#egreedy/v2", blob={"S": "text"}, ver={"N": "1"}, epoch={"N": "0"})
    deployment.put(USER, "state#gone/v1", blob={"B": b"\x01"}, ver={"N": "1"}, epoch={"N": "0"})
    found = rows(run("inspect", USER, deployment.table)[1])

    assert found["state#linucb/v1"].startswith("corrupt: the stored state fails its check")
    assert found["state#egreedy/v1"].startswith("corrupt: no record of this service")
    assert found["state#egreedy/v2"].startswith("corrupt: the blob is not binary")
    assert found["state#gone/v1"].startswith("of a policy that is not registered")


def test_a_user_who_was_reset_has_tombstones_that_say_until_when(deployment: Deployment, run: Run) -> None:
    deployment.reset.post("/reset", {"user_id": USER})
    found = rows(run("inspect", USER, deployment.table)[1])

    assert set(found) == {f"state#{key}" for key in POLICIES}
    for row in found.values():
        assert row.startswith("tombstone; ver 1; ")
        assert row.count("Z") == 3


def test_a_kind_cannot_drive_the_terminal(deployment: Deployment, run: Run) -> None:
    deployment.put(USER, "evil\x1b[2J#1")

    assert "\x1b" not in run("inspect", USER, deployment.table)[1]


def test_a_user_of_whom_there_is_nothing(deployment: Deployment, run: Run) -> None:
    assert run("inspect", USER, deployment.table) == (0, "nothing is stored about this user\n", "")
