"""``AWS::SecretsManager::Secret``, the one resource type moto's CloudFormation does not know."""

import json
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.secretsmanager.models import secretsmanager_backends
from moto.secretsmanager.utils import random_password


class Secret(CloudFormationModel):
    """A secret of a stack.

    Defining the class registers it: moto asks `CloudFormationModel` for its subclasses.
    """

    def __init__(self, arn: str) -> None:
        self.physical_resource_id = arn

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that names the resource."""
        return "Name"

    @staticmethod
    def cloudformation_type() -> str:
        """The resource type."""
        return "AWS::SecretsManager::Secret"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Whether ``Fn::GetAtt`` may name `attr`."""
        return attr == "Id"

    def get_cfn_attribute(self, _attribute: str) -> str:
        """The value of the one attribute there is."""
        return self.physical_resource_id

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_kwargs: object,
    ) -> "Secret":
        """Create the secret, with the generated value its properties ask for."""
        backend = secretsmanager_backends[account_id][region_name]
        properties = cloudformation_json["Properties"]
        created = backend.create_secret(
            name=resource_name,
            secret_string=_secret_string(properties),
            secret_binary=None,
            description=properties.get("Description"),
            tags=None,
            kms_key_id=None,
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        return cls(json.loads(created)["ARN"])


def _secret_string(properties: dict[str, Any]) -> str | None:
    """The value the properties give or ask to be generated."""
    asked = properties.get("GenerateSecretString")
    if asked is None:
        return properties.get("SecretString")
    password = random_password(
        password_length=int(asked.get("PasswordLength", 32)),
        exclude_characters=asked.get("ExcludeCharacters", ""),
        exclude_numbers=_flag(asked, "ExcludeNumbers", default=False),
        exclude_punctuation=_flag(asked, "ExcludePunctuation", default=False),
        exclude_uppercase=_flag(asked, "ExcludeUppercase", default=False),
        exclude_lowercase=_flag(asked, "ExcludeLowercase", default=False),
        include_space=_flag(asked, "IncludeSpace", default=False),
        require_each_included_type=_flag(asked, "RequireEachIncludedType", default=True),
    )
    if "GenerateStringKey" not in asked:
        return password
    return json.dumps({**json.loads(asked["SecretStringTemplate"]), asked["GenerateStringKey"]: password})


def _flag(asked: dict[str, Any], name: str, *, default: bool) -> bool:
    return str(asked.get(name, default)).lower() == "true"
