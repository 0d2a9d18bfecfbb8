"""Asks the vulnerability database about every pinned requirement: ``python audit.py FILE ...``.

pip-audit answers with the same exit status where it found something and where it could not ask, and with success
where the database knew none of the packages, as behind a mirror that has no such service. Told apart here:

- 0: it knows of nothing;
- 1: it knows of something, or a requirement could not be audited;
- 75: it was not reached, so that nothing is known either way.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
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
    """Audit the files and return the exit status."""
    parser = argparse.ArgumentParser(prog="audit", description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", metavar="FILE", help="requirements, each pinned and with its hashes")
    parser.add_argument("--osv-url", help="ask this OSV database, instead of the package index's own")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        asked = subprocess.run(_command(options, told), capture_output=True, text=True, check=False)
        return verdict(asked.stderr, json.loads(told.read_text("utf-8")) if told.exists() else None)


def _command(options, told):
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--progress-spinner=off"]
    command += [f"--timeout={TIMEOUT_S}", "--format=json", f"--output={told}"]
    if options.osv_url:
        command += ["--vulnerability-service=osv", f"--osv-url={options.osv_url}"]
    return command + [f"--requirement={file}" for file in options.files]


def verdict(said, told):
    """Say what pip-audit's words and its answer (None where there is none) come to, and return the exit status."""
    if told is None:
        if UNREACHED.search(said):
            return _say(NOT_REACHED, f"skipped: the vulnerability database was not reached: {said.splitlines()[-1]}")
        return _say(FOUND, f"failed: {said.strip()}")
    packages = told["dependencies"]
    unknown = [it["name"] for it in packages if "skip_reason" in it]
    found = [(it, vulnerability) for it in packages for vulnerability in it.get("vulns", ())]
    for package, vulnerability in found:
        fixed = ", ".join(vulnerability["fix_versions"]) or "none yet"
        _say(FOUND, f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in: {fixed}")
    if found:
        return FOUND
    if unknown and len(unknown) == len(packages):
        return _say(NOT_REACHED, "skipped: what answers has no vulnerability database: it knows none of the packages")
    if unknown:
        return _say(FOUND, f"failed: the vulnerability database does not know {', '.join(unknown)}")
    return _say(SOUND, f"nothing is known against {len(packages)} packages")


def _say(status, words):
    print(f"audit: {words}", file=sys.stderr if status else sys.stdout)
    return status


if __name__ == "__main__":
    sys.exit(main())
