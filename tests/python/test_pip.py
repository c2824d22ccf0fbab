#!/usr/bin/python3
"""pip, offline and with the system's packages, installs what works: the module of the build folder ATROUS_BUILD_DIR, or where
ATROUS_PIP_WHOLE=1 one that it builds itself, which takes minutes.
"""

import importlib.util
import os
import shutil
import subprocess
import sys

from common import AMP, ROOT, Case, atrous, main

SOURCES = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "CMakeLists.txt", "apps", "cmake", "include", "src")

for package in ("pip", "setuptools", "wheel"):
    if importlib.util.find_spec(package) is None:
        print(f"SKIPPED: needs python3-{package}")
        sys.exit(77)


class Installed(Case):
    def test_it_is_the_same_package(self):
        source, target = self.path("source"), self.path("target")
        os.mkdir(source)
        for name in SOURCES:  # pip writes beside them
            path = os.path.join(ROOT, name)
            copy = shutil.copytree if os.path.isdir(path) else shutil.copy
            copy(path, os.path.join(source, name))
        environment = dict(os.environ, HOME=self.folder)
        if environment.get("ATROUS_PIP_WHOLE") == "1":
            del environment["ATROUS_BUILD_DIR"]
        # Of a folder of its own, pip does not count what the system has: NumPy.
        call = subprocess.run([sys.executable, "-m", "pip", "install", "--no-index", "--no-build-isolation", "--no-deps",
                               "--target", target, "."], cwd=source, env=environment, capture_output=True, text=True)
        self.assertEqual(call.returncode, 0, call.stdout + call.stderr)
        self.assertIn(f"atrous-{atrous.__version__}", call.stdout)
        self.assertTrue({"__init__.py", "__init__.pyi", "py.typed"} < set(os.listdir(os.path.join(target, "atrous"))))
        program = "import atrous, sys; print(atrous.__file__); print(atrous.Effect(sys.argv[1]))"
        environment["PYTHONPATH"] = target
        said = subprocess.run([sys.executable, "-B", "-c", program, AMP], cwd=self.folder, env=environment, check=True,
                              capture_output=True, text=True).stdout.splitlines()
        self.assertEqual(said, [os.path.join(target, "atrous", "__init__.py"), repr(atrous.Effect(AMP))])


if __name__ == "__main__":
    main()
