"""What stands between a caller and the functions: where the API is, who may call, what API Gateway says itself."""

from typing import Any, Final

Schema = dict[str, Any]

SERVERS: Final[list[Schema]] = [
    {
        "url": "https://{api}.execute-api.{region}.amazonaws.com",
        "description": "Deployed: the address is an output of the stack",
        "variables": {"api": {"default": "api-id"}, "region": {"default": "eu-central-1"}},
    },
    {"url": "http://127.0.0.1:3000", "description": "`make run`, where nobody asks who is calling"},
]

SCHEMES: Final[Schema] = {
    "sigv4": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The default: IAM. The request is signed with AWS Signature Version 4, service `execute-api`.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
    "jwt": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Instead of IAM, where the stack was deployed with an issuer and audience of JSON web tokens.",
    },
}

MESSAGE: Final[Schema] = {
    "title": "GatewayMessage",
    "description": "What API Gateway itself answers, before or instead of a function.",
    "type": "object",
    "properties": {"message": {"type": ["string", "null"]}},
    "required": ["message"],
}
MESSAGE_REF: Final[Schema] = {"$ref": f"#/components/schemas/{MESSAGE['title']}"}


def _refusal(description: str, message: str) -> Schema:
    content = {"application/json": {"schema": MESSAGE_REF, "example": {"message": message}}}
    return {"description": description, "content": content}


REFUSALS: Final[Schema] = {
    "Unauthorized": _refusal("The JSON web token is missing, expired or not for this API.", "Unauthorized"),
    "Forbidden": _refusal("The signature is missing or wrong, or the caller may not use this route.", "Forbidden"),
    "TooManyRequests": _refusal("The route is throttled; try again later.", "Too Many Requests"),
    "Gateway": _refusal("Anything else that API Gateway answers by itself.", "Internal Server Error"),
}
REFUSALS_BY_STATUS: Final[Schema] = {
    status: {"$ref": f"#/components/responses/{name}"}
    for status, name in zip(("401", "403", "429", "default"), REFUSALS, strict=True)
}
