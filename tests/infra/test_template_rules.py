"""The rules of others see what is wrong: a template made worse is refused, by the name of the rule."""

import copy
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.infra.deployed import ROOT, deployed

SECURITY: Final = ROOT / "tools/security"
WORSE: Final[dict[str, Callable[[dict[str, Any]], object]]] = {
    "CKV_AWS_28": lambda it: it["StateTable"]["Properties"].pop("PointInTimeRecoverySpecification"),
    "CKV_AWS_56": lambda it: it["PromptBucket"]["Properties"].pop("PublicAccessBlockConfiguration"),
    "CKV_AWS_66": lambda it: it["ScoreLogs"]["Properties"].pop("RetentionInDays"),
    "CKV_AWS_95": lambda it: it["ApiApiGatewayDefaultStage"]["Properties"].pop("AccessLogSettings"),
    "CKV_AWS_45": lambda it: it["ScoreFunction"]["Properties"]["Environment"]["Variables"].update(
        AWS_KEY="AKIAIOSFODNN7EXAMPLE", SECRET="wJalrXUtnFEMIzK7MDENGzbPxRfiCYEXAMPLEKEY"
    ),
    "CKV_AWS_107": lambda it: it["ScoreRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Action": "*", "Resource": "*"}
    ),
    "CKV_AWS_60": lambda it: it["ScoreRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    ),
}


@pytest.mark.deep
def test_checkov_sees_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resources = copy.deepcopy(deployed())
    for worsen in WORSE.values():
        worsen(resources)
    (tmp_path / "worse.json").write_text(json.dumps({"Resources": resources}), "utf-8")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    command: list[str | Path] = [SECURITY / ".venv/bin/checkov", "--config-file", SECURITY / "checkov.yaml"]
    ran = subprocess.run([*command, "-d", tmp_path], capture_output=True, text=True, check=False)

    assert ran.returncode == 1
    assert set(re.findall(r"Check: (\w+):", ran.stdout)) >= set(WORSE)


@pytest.mark.deep
def test_cfn_lint_knows_the_rules_for_serverless_applications(tmp_path: Path) -> None:
    written = (ROOT / "template.yaml").read_text("utf-8")
    (tmp_path / "template.yaml").write_text(re.sub(r"\n    (MemorySize|Timeout): \d+", "", written), "utf-8")
    command: list[str | Path] = [SECURITY / ".venv/bin/cfn-lint", "--config-file", SECURITY / "cfnlint.yaml"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ran.returncode != 0
    assert {"ES1005", "ES1006"} <= set(re.findall(r"^(\w+) ", ran.stdout, re.MULTILINE))
