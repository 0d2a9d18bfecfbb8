"""What the stack keeps."""

import json

from tests.infra.deployed import deployed


def test_the_table_costs_nothing_idle_and_can_be_put_back_to_any_second() -> None:
    table = deployed()["StateTable"]["Properties"]

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}


def test_the_table_is_keyed_by_user_and_kind_and_drops_what_has_expired() -> None:
    table = deployed()["StateTable"]["Properties"]

    assert [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]] == [
        ("user_id", "HASH"),
        ("kind", "RANGE"),
    ]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_what_was_learned_and_the_token_keys_outlive_the_stack() -> None:
    resources = deployed()

    for name in ("StateTable", "TokenKey"):
        assert resources[name]["DeletionPolicy"] == "Retain"
        assert resources[name]["UpdateReplacePolicy"] == "Retain"


def test_deletion_protection_is_a_parameter() -> None:
    for value in ("true", "false"):
        table = deployed({"DeletionProtection": value})["StateTable"]["Properties"]
        assert table["DeletionProtectionEnabled"] == value


def test_the_token_key_is_made_by_the_stack_and_written_down_nowhere() -> None:
    secret = deployed()["TokenKey"]["Properties"]
    generated = secret["GenerateSecretString"]

    assert "SecretString" not in secret
    assert json.loads(generated["SecretStringTemplate"]) == {"active": generated["GenerateStringKey"]}
    assert generated["PasswordLength"] >= 32
    assert generated["ExcludePunctuation"] is True
