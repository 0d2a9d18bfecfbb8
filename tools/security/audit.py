"""Asks the vulnerability database about every pinned requirement: ``python audit.py FILE ... --offline FILE``.

pip-audit answers with the same exit status where it found something and where it could not ask, and with success
where the database knew none of the packages, as behind a mirror that has no such service. Told apart here:

- 0: it knows of nothing;
- 1: it knows of something, or a requirement could not be audited;
- 75: it was not reached, so that nothing is known either way.

What is installed offline (``--offline``, each lock by itself: two may pin one package differently) is never shipped.
There it is an error only where something can be done: what no version fixes is told, and what is let pass is named in
``--ignored``, with the reason and the day on which that ends.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from datetime import date
from pathlib import Path

SOUND, FOUND, NOT_REACHED = 0, 1, 75
TIMEOUT_S = 15
UNREACHED = re.compile(
    r"^(requests\.exceptions\.(ConnectionError|ConnectTimeout|ProxyError|ReadTimeout|SSLError|TooManyRedirects)"
    r"|pip_audit\._service\.interface\.(ConnectionError|ServiceError))"
    r"|Could not connect to|not redirecting properly",
    re.MULTILINE,
)


def main(arguments=None):
    """Audit the files and return the exit status: the worst of all."""
    parser = argparse.ArgumentParser(prog="audit", description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", metavar="FILE", help="requirements, each pinned and with its hashes")
    parser.add_argument("--offline", action="append", default=[], metavar="FILE", help="likewise, but never shipped")
    parser.add_argument("--ignored", metavar="TOML", help="what is known of offline requirements and let pass")
    parser.add_argument("--osv-url", help="ask this OSV database, instead of the package index's own")
    options = parser.parse_args(arguments)
    try:
        ignored = let_pass(Path(options.ignored).read_text("utf-8")) if options.ignored else {}
    except (KeyError, TypeError, ValueError) as error:
        return _say(FOUND, f"failed: {options.ignored} is no list of what is let pass: {error}")
    found = {verdict(*_told(options.files, options.osv_url))}
    for file in options.offline:
        found.add(verdict(*_told([file], options.osv_url), offline=Path(file).stem, ignored=ignored))
    return FOUND if FOUND in found else max(found)


def let_pass(text, today=None):
    """Return what a list lets pass today: by package and id, why.

    Raises:
        KeyError, TypeError, ValueError: if an entry lacks its package, id, reason or last day, or has no reason.
    """
    found = {}
    for each in tomllib.loads(text).get("ignored", ()):
        package, known, why, until = (each[name] for name in ("package", "id", "why", "until"))
        if not str(why).strip():
            raise ValueError(f"{known} is let pass without a reason")
        if until >= (today or date.today()):  # noqa: DTZ011 - the day where it runs
            found[package, known] = why
    return found


def _told(files, osv_url):
    """Return what pip-audit says of requirements, and its answer."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        asked = subprocess.run(_command(files, osv_url, told), capture_output=True, text=True, check=False)
        return asked.stderr, json.loads(told.read_text("utf-8")) if told.exists() else None


def _command(files, osv_url, told):
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner=off"]
    command += [f"--timeout={TIMEOUT_S}", "--format=json", f"--output={told}"]
    if osv_url:
        command += ["--vulnerability-service=osv", f"--osv-url={osv_url}"]
    return command + [f"--requirement={file}" for file in files]


def verdict(said, told, *, offline="", ignored=None):
    """Say what pip-audit's words and its answer (None where there is none) come to, and return the exit status.

    ``offline`` names requirements that are not shipped, and ``ignored`` is what is let pass there.
    """
    where = f"{offline}: " if offline else ""
    if told is None:
        if UNREACHED.search(said):
            why = f"the vulnerability database was not reached: {said.splitlines()[-1]}"
            return _say(NOT_REACHED, f"{where}skipped: {why}")
        return _say(FOUND, f"{where}failed: {said.strip()}")
    packages = told["dependencies"]
    unknown = [it["name"] for it in packages if "skip_reason" in it]
    found = [_known(it, each, where, ignored or {}) for it in packages for each in it.get("vulns", ())]
    if FOUND in found:
        return FOUND
    if unknown and len(unknown) == len(packages):
        why = "what answers has no vulnerability database: it knows none of the packages"
        return _say(NOT_REACHED, f"{where}skipped: {why}")
    if unknown:
        return _say(FOUND, f"{where}failed: the vulnerability database does not know {', '.join(unknown)}")
    return _say(SOUND, f"{where}nothing {'else ' if found else ''}is known against {len(packages)} packages")


def _known(package, vulnerability, where, ignored):
    """Say what is known against a package, and return whether that is an error."""
    fixed = ", ".join(vulnerability["fix_versions"])
    names = {vulnerability["id"], *vulnerability.get("aliases", ())}
    why = next((ignored[key] for key in ((package["name"], name) for name in names) if key in ignored), None)
    said = f"{where}{package['name']} {package['version']}: {vulnerability['id']}, fixed in: {fixed or 'none yet'}"
    if not where or (fixed and why is None):
        return _say(FOUND, said)
    _say(FOUND, f"{said}; {f'let pass: {why}' if why else 'nothing can be done'}")
    return SOUND


def _say(status, words):
    print(f"audit: {words}", file=sys.stderr if status else sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main())
