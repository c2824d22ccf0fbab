"""What a script needs: it says which Debian packages to install where something is missing, in place of a traceback.

    import packages
    packages.need("numpy", "torch", "flite")  # before the imports of them
"""
import importlib.util
import shutil
import sys
from pathlib import Path

MODULES = {"numpy": "python3-numpy", "pocketsphinx": "python3-pocketsphinx", "scipy": "python3-scipy", "torch": "python3-torch"}
PROGRAMS = {"bible": "bible-kjv", "ffmpeg": "ffmpeg", "flite": "flite"}
FOLDERS = {"/usr/share/pocketsphinx/model/en-us": "pocketsphinx-en-us"}  # of data
FOLDERS |= {f"/usr/share/asterisk/sounds/{speaker}": f"asterisk-core-sounds-{language}-g722" for language, speaker in (
    ("en", "en_US_f_Allison"), ("es", "es_MX_f_Allison"), ("fr", "fr_CA_f_June"), ("it", "it_IT_m_Carlo"), ("ru", "ru_RU_f_IvrvoiceRU"))}
PROMPTS = [folder for folder in FOLDERS if "asterisk" in folder]


def missing(names):
    """The packages of those modules, programs and folders that are not there."""
    gone = [MODULES[name] for name in names if name in MODULES and importlib.util.find_spec(name) is None]
    gone += [PROGRAMS[name] for name in names if name in PROGRAMS and shutil.which(name) is None]
    return gone + [FOLDERS[name] for name in names if name in FOLDERS and not Path(name).exists()]


def need(*names):
    """Ends the program with a line on what to install, unless all is there."""
    gone = missing(names)
    if not gone:
        return
    python = "" if Path(sys.executable).resolve() == Path("/usr/bin/python3").resolve() else f" (for /usr/bin/python3; this is {sys.executable})"
    sys.exit(f"{Path(sys.argv[0]).name}: something is missing, install it with: sudo apt-get install {' '.join(gone)}{python}")
