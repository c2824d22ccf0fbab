"""What a script needs: it says which Debian packages to install where something is missing, in place of a traceback.

    import packages
    packages.need("numpy", "torch", "flite")  # before the imports
"""
import importlib.util
import shutil
import sys
from pathlib import Path

MODULES = {"numpy": "python3-numpy", "scipy": "python3-scipy", "torch": "python3-torch"}
PROGRAMS = {"bible": "bible-kjv", "flite": "flite"}


def missing(names):
    """The packages of those modules and programs that are not there."""
    gone = [MODULES[name] for name in names if name in MODULES and importlib.util.find_spec(name) is None]
    return gone + [PROGRAMS[name] for name in names if name in PROGRAMS and shutil.which(name) is None]


def need(*names):
    """Ends the program with a line on what to install, unless all is there."""
    gone = missing(names)
    if not gone:
        return
    python = "" if Path(sys.executable).resolve() == Path("/usr/bin/python3").resolve() else f" (for /usr/bin/python3; this is {sys.executable})"
    sys.exit(f"{Path(sys.argv[0]).name}: something is missing, install it with: sudo apt-get install {' '.join(gone)}{python}")
