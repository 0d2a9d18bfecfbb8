"""Who writes the tips on this machine: rules, or the models of a LiteLLM gateway that runs beside the stack."""

import contextlib
import secrets
from collections.abc import Callable, Mapping
from typing import Final

from local.litellm import CONFIG, LiteLLM, LiteLLMError
from local.options import Options, StartError
from local.storage import Configured, StorageStack
from local.template import Template

BACKENDS: Final = ("template", "litellm")
_PARAMETER: Final = "LlmBackend"
_KEY: Final = "GATEWAY_KEY_SECRET_ID"
_URL: Final = "GATEWAY_URL"


def parameters(template: Template, options: Options) -> dict[str, str]:
    """The parameters to run `template` with; rules write the tips where it has a choice and nobody made one."""
    is_asked = options.llm != BACKENDS[0] or _PARAMETER in (template.document.get("Parameters") or {})
    return {**({_PARAMETER: options.llm} if is_asked else {}), **options.parameters}


class ModelGateway:
    """The gateway, where the options ask for one: started at once, since that takes it seconds.

    Attributes:
        values: what the secrets are to hold that these outputs of the storage stack name.
        url: where it serves; empty until it is `ready`, or where there is none.
    """

    def __init__(self, options: Options, stack: StorageStack, cleanup: contextlib.ExitStack) -> None:
        self._litellm: LiteLLM | None = None
        self.values: Mapping[str, str] = {}
        self.url = ""
        if options.llm != "litellm" or stack.parameters[_PARAMETER] != "litellm":
            return
        key = f"sk-{secrets.token_urlsafe(32)}"
        self.values = dict.fromkeys(stack.outputs_for(_KEY), key)
        try:
            self._litellm = LiteLLM(CONFIG, key, options.logs / "litellm.log")
        except LiteLLMError as error:
            raise StartError(str(error)) from error
        cleanup.callback(self._litellm.close)

    def ready(self, progress: Callable[[str], None]) -> None:
        """Wait until it serves, where there is one.

        Raises:
            StartError: it cannot.
        """
        if self._litellm is None:
            return
        progress("starting LiteLLM")
        try:
            self.url = self._litellm.ready()
        except LiteLLMError as error:
            raise StartError(str(error)) from error

    def variables(self, configured: Configured) -> dict[str, str]:
        """What a function is told of it, if it has the key."""
        return {_URL: self.url} if self.url and _KEY in configured.environment else {}
