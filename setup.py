"""Builds the module of the Python package by CMake (see pyproject.toml). Of the environment, CMAKE_ARGS holds more arguments
for it; ATROUS_BUILD_DIR is a build folder, configured with -DATROUS_PYTHON=ON, to take instead of a new one.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent


def version():
    """The one place where it stands is the header."""
    header = (ROOT / "include/atrous/version.h").read_text()
    return ".".join(re.search(rf"define ATROUS_VERSION_{part} (\d+)", header)[1] for part in ("MAJOR", "MINOR", "PATCH"))


class BuildByCMake(build_ext):
    def build_extension(self, extension):
        folder = Path(os.environ.get("ATROUS_BUILD_DIR", self.build_temp)).resolve()
        if "ATROUS_BUILD_DIR" not in os.environ:
            self.configure(folder)
        subprocess.check_call(["cmake", "--build", folder, "--target", "atrous_python"])
        built, = folder.glob("python/atrous/_atrous.*")
        target = Path(self.get_ext_fullpath(extension.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(built, target)

    def configure(self, folder):
        arguments = ["-DCMAKE_BUILD_TYPE=Release", "-DATROUS_PYTHON=ON", "-DATROUS_TESTS=OFF", "-DATROUS_APPS=OFF", "-DATROUS_PICTURES=OFF",
                     "-DATROUS_INSTALL=OFF", f"-DPython_EXECUTABLE={sys.executable}",
                     *shlex.split(os.environ.get("CMAKE_ARGS", ""))]
        subprocess.check_call(["cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, *arguments])


setup(version=version(), ext_modules=[Extension("atrous._atrous", [])], cmdclass={"build_ext": BuildByCMake})
