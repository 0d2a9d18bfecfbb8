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


def test_what_was_learned_the_keys_and_the_prompts_outlive_the_stack() -> None:
    resources = deployed({"LlmBackend": "litellm"})

    for name in ("StateTable", "TokenKey", "GatewayKey", "PromptBucket", "PromptBucketPolicy"):
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


def test_the_key_of_the_gateway_is_generated_only_where_there_is_a_gateway() -> None:
    secret = deployed({"LlmBackend": "litellm"})["GatewayKey"]["Properties"]

    assert "GatewayKey" not in {**deployed(), **deployed({"LlmBackend": "template"})}
    assert "SecretString" not in secret
    assert secret["GenerateSecretString"] == {"PasswordLength": 64, "ExcludePunctuation": True}


def test_the_prompts_are_encrypted_kept_when_overwritten_and_nobody_elses() -> None:
    bucket = deployed()["PromptBucket"]["Properties"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert bucket["BucketEncryption"] == {
        "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    }
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert "BucketName" not in bucket


def test_the_prompts_are_reached_over_tls_only() -> None:
    policy = deployed()["PromptBucketPolicy"]["Properties"]
    (statement,) = policy["PolicyDocument"]["Statement"]

    assert policy["Bucket"] == {"Ref": "PromptBucket"}
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [
        {"Fn::GetAtt": ["PromptBucket", "Arn"]},
        {"Fn::Sub": "${PromptBucket.Arn}/*"},
    ]
