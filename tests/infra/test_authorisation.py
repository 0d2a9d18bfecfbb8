"""The roles at work: moto authorises each request by the policy of whoever signed it, as IAM does.

moto does not know which table or secret a request is for, nor that IAM takes a transaction for its parts; it is told
here. Conditions it ignores: they are held against the calls in ``test_permissions``.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import boto3
import pytest
from moto.core.authorization import ActionAuthenticatorMixin
from moto.dynamodb.responses import DynamoHandler
from moto.secretsmanager.models import secretsmanager_backends
from moto.secretsmanager.responses import SecretsManagerResponse

from tests.infra.deployed import FUNCTIONS, ROOT
from tests.infra.grants import GATEWAY, statements
from tests.support import cloud
from tests.support.lambdas import Function, Invocation, load
from tests.support.payload import ACCOUNT
from tipbandit.adapters import sdk

ANYBODY: Final = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}
TABLE: Final = f"arn:aws:dynamodb:{cloud.REGION}:{ACCOUNT}:table/{cloud.TABLE}"
NEEDED: Final = [
    ("score", "secretsmanager:GetSecretValue"),
    ("score", "dynamodb:GetItem"),
    ("reward", "secretsmanager:GetSecretValue"),
    ("reward", "dynamodb:GetItem"),
    ("reward", "dynamodb:PutItem"),
    ("stats", "dynamodb:GetItem"),
    ("stats", "dynamodb:Query"),
    ("reset", "dynamodb:Query"),
    ("reset", "dynamodb:PutItem"),
    ("generate", "s3:GetObject"),
]


def resolved(tree: Any, arns: Mapping[str, str]) -> Any:  # noqa: ANN401  a template is a tree of anything
    """A policy with the names of resources in it replaced, as CloudFormation does."""
    match tree:
        case {"Ref": name} | {"Fn::GetAtt": [name, "Arn"]}:
            return arns.get(name, f"arn:aws:logs:{cloud.REGION}:{ACCOUNT}:log-group:{name}")
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{([\w:]+?)(\.Arn)?\}", lambda it: arns.get(it[1], it[1]), text)
        case dict():
            return {key: resolved(value, arns) for key, value in tree.items()}
        case list():
            return [resolved(value, arns) for value in tree]
    return tree


def policy(name: str, secret: str, *, without: str = "") -> dict[str, Any]:
    """What the template lets a function do, save one action."""
    arns = {
        "StateTable": TABLE,
        "TokenKey": secret,
        "PromptBucket": f"arn:aws:s3:::{cloud.PROMPT_BUCKET}",
        "PriorBucket": f"arn:aws:s3:::{cloud.PRIOR_BUCKET}",
        "AWS::Partition": "aws",
    }
    granted = resolved(list(statements(name, {**GATEWAY, "LlmBackend": "template"})), arns)
    kept = [{**it, "Action": [action for action in it["Action"] if action != without]} for it in granted]
    return {"Version": "2012-10-17", "Statement": [it for it in kept if it["Action"]]}


def credentials(name: str, document: Mapping[str, Any]) -> dict[str, str]:
    """The variables by which an environment acts in a role with this policy."""
    iam = boto3.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [ANYBODY]}))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(document))
    given = boto3.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName=name)["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


@contextmanager
def authorising() -> Iterator[None]:
    """Have moto take account of tables, secrets and the parts of transactions."""
    authorise: Callable[[DynamoHandler, str], None] = DynamoHandler._authenticate_and_authorize_normal_action  # noqa: SLF001

    def by_parts(request: DynamoHandler, _: str) -> None:
        parts = [next(iter(item.items())) for item in request.body.get("TransactItems", ())]
        for kind, part in parts or [("", request.body)]:
            needed = f"{kind.removesuffix('Item')}Item" if kind and kind != "ConditionCheck" else kind
            with pytest.MonkeyPatch.context() as patch:
                if needed:
                    patch.setattr(request, "_get_action", lambda needed=needed: needed)
                authorise(request, f"arn:aws:dynamodb:{request.region}:{ACCOUNT}:table/{part['TableName']}")

    def secret(request: SecretsManagerResponse) -> str:
        arn: str = secretsmanager_backends[ACCOUNT][request.region].secrets[request._get_param("SecretId")].arn  # noqa: SLF001
        return arn

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DynamoHandler, "_authenticate_and_authorize_normal_action", by_parts)
        patch.setattr(SecretsManagerResponse, "_determine_resource", secret, raising=False)
        yield


@contextmanager
def acting(name: str, *, as_role: str = "", without: str = "") -> Iterator[Function]:
    """Load a function in the role of a function: its own, unless told otherwise."""
    with cloud.emulated() as account:
        secret = account.secrets.describe_secret(SecretId=cloud.SECRET_ID)["ARN"]
        sdk.session.cache_clear()  # a session keeps the credentials it has found
        yield load(name, **credentials(name, policy(as_role or name, secret, without=without)))
    sdk.session.cache_clear()


def answers(function: Function) -> Iterator[Invocation]:
    """What a function answers to each event there is for it, with moto authorising."""
    invoke: Callable[..., Invocation] = ActionAuthenticatorMixin.set_initial_no_auth_action_count(0)(function.invoke)
    for path in sorted((ROOT / "events" / function.name).glob("*.json")):
        with authorising():
            yield invoke(json.loads(path.read_text("utf-8")), remaining_ms=300)


def is_refused(answer: Invocation) -> bool:
    """Whether moto denied a call: it gives S3 a code to say so, the others a status."""
    return re.search(r"DynamoDB: 403|Secrets Manager: 403|AccessDenied", answer.printed) is not None


@pytest.mark.parametrize("name", FUNCTIONS)
def test_in_its_role_a_function_is_refused_nothing(name: str) -> None:
    with acting(name) as function:
        given = list(answers(function))

    assert {answer.status for answer in given} >= {200, 422}
    assert not any(map(is_refused, given))


@pytest.mark.parametrize(("name", "action"), NEEDED)
def test_without_one_of_its_actions_a_function_is_refused(name: str, action: str) -> None:
    with acting(name, without=action) as function:
        assert any(map(is_refused, answers(function)))


def test_who_only_reads_is_refused_when_it_writes() -> None:
    with acting("reset", as_role="stats") as function:
        assert any(map(is_refused, answers(function)))
