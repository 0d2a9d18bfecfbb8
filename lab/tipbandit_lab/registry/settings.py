"""What the template says so that the champion serves: a small file, and the line of the template.

The template names the priors in a literal and not in a parameter, so that a change is a new version of the functions,
which goes out in steps, with alarms, and comes back the same way.
"""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tipbandit.policies.registry import DEFAULT_KEY
from tipbandit_lab.errors import RunError
from tipbandit_lab.files import replacing
from tipbandit_lab.registry.versions import Version

_LINE: Final = re.compile(r'^(?P<indent> +)PRIORS: *"[^"\n]*" *$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What makes one version serve.

    Attributes:
        champion: its name; None: nobody of the registry.
        policy: its key.
        route: that callers ask for a decision.
        priors: the value of PRIORS: the prior of new users by policy; empty: the plain ridge.
    """

    champion: str | None
    policy: str
    route: str
    priors: str

    @property
    def line(self) -> str:
        """The line of the template's ``Globals`` that says so."""
        return f'PRIORS: "{self.priors}"'


def setting(version: Version | None) -> Setting:
    """Return what makes a version serve; without one, what the service does by itself."""
    policy = DEFAULT_KEY if version is None else version.policy
    return Setting(
        champion=None if version is None else version.name,
        policy=policy,
        route="/score" if policy == DEFAULT_KEY else f"/score/{policy}",
        priors=f"{policy}={version.prior}" if version is not None and version.prior else "",
    )


def write(path: Path, wanted: Setting) -> None:
    """Write a setting as JSON: a reader sees the whole file or the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as written:
        written.write_text(json.dumps(asdict(wanted), indent=2, sort_keys=True) + "\n", encoding="utf-8")


def write_template(path: Path, wanted: Setting) -> None:
    """Have a template say it: its one line ``PRIORS: "..."``, and nothing else.

    Raises:
        RunError: if it has no such line, or several.
    """
    text = path.read_text("utf-8")
    found = _LINE.findall(text)
    if len(found) != 1:
        raise RunError(f'{path} has {len(found)} lines PRIORS: "...", and not one')
    with replacing(path) as written:
        written.write_text(_LINE.sub(lambda line: line["indent"] + wanted.line, text), encoding="utf-8")
