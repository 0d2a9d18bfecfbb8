"""The LiteLLM proxy on loopback: a program of its own, for the Python that has LiteLLM.

It is started by path and imports nothing of the project. Standard input brings one order, a JSON line, and then
nothing: its end means that the parent is gone, and then so is this process. The descriptor named by the last
argument takes one answer, the port, once the proxy serves; where it cannot, the last lines printed say why. The key
that clients must send comes in the variable ``LITELLM_MASTER_KEY``, so that it is on no command line.

What is served is LiteLLM's own application with its own reading of the configuration; left out are only its
command line, and the start-up banner with it. Nothing goes out but calls to the models of the configuration.
"""

import gc
import importlib
import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

SETTINGS: Final = {
    # The tables that LiteLLM would fetch from the web; the package has a copy of each.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_LOCAL_AUTOROUTER_PRESETS": "True",
    "LITELLM_LOCAL_BLOG_POSTS": "True",
    "LITELLM_LOCAL_POLICY_TEMPLATES": "True",
    "HF_HUB_OFFLINE": "1",  # nor a model's own tokenizer, to count with
    # Pages for people: the log-in to the admin pages, and three forms of documentation.
    "DISABLE_ADMIN_UI": "True",
    "NO_DOCS": "True",
    "NO_REDOC": "True",
    "NO_OPENAPI": "True",
    # Else a file .env in any directory above the package would be read into the environment.
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOG": "WARNING",
}


def _application() -> Any:  # noqa: ANN401  (FastAPI's, which only the other environment has)
    """LiteLLM's proxy, imported in the least time: an import makes no garbage worth looking for."""
    gc.disable()
    litellm: Any = importlib.import_module("litellm")
    litellm.telemetry = False
    litellm.disable_hf_tokenizer_download = True
    application = importlib.import_module("litellm.proxy.proxy_server").app
    gc.freeze()
    gc.enable()
    return application


def _server(application: Any, announce: Callable[[], None]) -> Any:  # noqa: ANN401  (uvicorn's)
    """A uvicorn server that calls `announce` once it serves."""
    uvicorn: Any = importlib.import_module("uvicorn")

    class Server(uvicorn.Server):  # type: ignore[misc]
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            announce()

    return Server(uvicorn.Config(application, lifespan="on", ws="none", access_log=False, log_level="warning"))


def _problem() -> str:
    """What is wrong with the configuration as LiteLLM has taken it: what it cannot use, it passes over."""
    proxy: Any = importlib.import_module("litellm.proxy.proxy_server")
    configured = {model["model_name"] for model in proxy.proxy_config.get_config_state().get("model_list") or ()}
    served = set(proxy.llm_router.get_model_names()) if configured else set()
    if not served or configured - served:
        return f"LiteLLM can serve no model group {', '.join(sorted(configured - served)) or 'at all'}"
    if proxy.master_key != os.environ["LITELLM_MASTER_KEY"]:
        return "the configuration has a master_key of its own: take it out, a new one is made at every start"
    return ""


def main() -> None:
    """Take the order, serve, and say so."""
    answers = int(sys.argv[-1])
    os.set_inheritable(answers, False)  # noqa: FBT003  (positional in the standard library)
    order = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    os.environ.update(SETTINGS, CONFIG_FILE_PATH=order["config"])
    with socket.create_server((order["host"], order["port"])) as sock:

        def announce() -> None:
            if problem := _problem():
                print(problem, flush=True)  # noqa: T201  (the log)
                os._exit(1)  # at once, or the reason would be buried under the end of everything else
            os.write(answers, json.dumps({"ok": {"port": sock.getsockname()[1]}}).encode() + b"\n")

        _server(_application(), announce).run(sockets=[sock])


def _leave_with_parent() -> None:
    """Leave at once, whatever is being answered, when the parent is gone."""
    while os.read(0, 1):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
