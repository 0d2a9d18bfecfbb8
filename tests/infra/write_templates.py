"""Writes the template as CloudFormation gets it: ``python -m tests.infra.write_templates DIR``, for tools that ask.

Conditions are decided and parameters filled in, so that a rule sees what is there and not what might be: once as
deployed without a word, and once for each way to run that makes other resources.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Final

from tests.infra.deployed import JWT, deployed

WAYS: Final = {
    "as-it-comes": {},
    "with-a-gateway": {**JWT, "LlmBackend": "litellm", "GatewayUrl": "https://gateway.example"},
    "with-a-guardrail": {"LlmBackend": "bedrock", "GuardrailId": "gr1abc", "GuardrailVersion": "2"},
    "kept-warm": {
        "AlarmEmail": "oncall@example.com",
        "ScoreProvisionedConcurrency": "2",
        "ReservedConcurrency": "5",
        "DeletionProtection": "true",
    },
    "with-shadows": {"ShadowBus": "signals"},
    "without-a-lake": {"Lake": "false"},
}


def main(folder: Path) -> None:
    """Write a template for each way into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for way, parameters in WAYS.items():
        template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": deployed(parameters)}
        (folder / f"{way}.json").write_text(json.dumps(template, indent=2), encoding="utf-8")


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # what SAM has to say of itself
    main(Path(sys.argv[1]))
