"""The language model that the settings choose. Only its own module is loaded: each costs cold start."""

from tipbandit.adapters.llm.settings import ModelSettings
from tipbandit.ports import Clock
from tipbandit.ports.generation import LanguageModel

_DRAFT = "DRAFT"
"""Bedrock's name for the version of a guardrail that is being worked on: there always is one."""


def connect(settings: ModelSettings, clock: Clock) -> LanguageModel:
    """Return the language model, ready to be asked; nothing is sent yet.

    Raises:
        SettingsError: if the gateway's address is none.
    """
    match settings.backend:
        case "bedrock":
            return _bedrock(settings)
        case "litellm":
            return _gateway(settings, clock)
        case "template":
            from tipbandit.adapters.llm.template import TemplateModel  # noqa: PLC0415  see the module's docstring

            return TemplateModel()


def _bedrock(settings: ModelSettings) -> LanguageModel:
    from tipbandit.adapters.llm.bedrock import BedrockModel, Guardrail  # noqa: PLC0415  see the module's docstring

    guardrail = None
    if settings.guardrail_id:
        guardrail = Guardrail(settings.guardrail_id, settings.guardrail_version or _DRAFT)
    return BedrockModel.connect(settings.bedrock_model_id, guardrail, settings.call_s)


def _gateway(settings: ModelSettings, clock: Clock) -> LanguageModel:
    from tipbandit.adapters.llm.gateway import GatewayModel  # noqa: PLC0415  see the module's docstring

    secret_id = settings.gateway_key_secret_id
    return GatewayModel.connect(settings.gateway_url, settings.gateway_model, secret_id, clock)
