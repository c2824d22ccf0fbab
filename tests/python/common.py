"""What the tests of the Python package share. Exits with 77, which ctest shows as skipped, where the
package was not built; where it was, it must load. By themselves they test what build/release has: pytest tests/python."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tools", "export"))

if os.environ.get("ATROUS_PYTHON") == "OFF":
    print("SKIPPED: needs the package, built with -DATROUS_PYTHON=ON")
    sys.exit(77)
BUILD = os.environ.setdefault("ATROUS_BUILD_DIR", os.path.abspath(os.path.join(ROOT, "build", "release")))
sys.path.insert(0, os.environ.setdefault("PYTHONPATH", os.path.join(BUILD, "python")))

import atrous  # noqa: E402
import numpy as np  # noqa: E402

ATROUS = os.environ.get("ATROUS", os.path.join(BUILD, "bin", "atrous"))
AMP = os.path.join(ROOT, "models", "amp.nam")
VOICE = os.path.join(ROOT, "models", "voice.safetensors")
SPEECH = os.path.join(ROOT, "samples", "speech.wav")
GUITAR = os.path.join(ROOT, "samples", "guitar.wav")


def same(a, b):
    """Whether two arrays hold the same bits."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def linear(taps, sample_rate=48000):
    """A `.nam` that convolves with `taps`."""
    return {"version": "0.5.4", "architecture": "Linear", "sample_rate": sample_rate,
            "config": {"receptive_field": len(taps), "bias": False}, "weights": [float(tap) for tap in taps]}


def two_sizes(small, large):
    """A `.nam` of two models: `small` below size 0.5."""
    return {"version": "0.7.0", "architecture": "SlimmableContainer", "sample_rate": 48000, "weights": [],
            "config": {"submodels": [{"max_value": 0.5, "model": small}, {"max_value": 1.0, "model": large}]}}


class Case(unittest.TestCase):
    """A folder of its own, in which the program runs."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.random = np.random.default_rng(20)

    def path(self, name):
        return os.path.join(self.folder, name)

    def atrous(self, *arguments):
        """Runs the program; what it prints."""
        call = subprocess.run([ATROUS, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(call.returncode, 0, call.stderr)
        return call.stdout

    def write_json(self, name, content):
        with open(self.path(name), "w") as file:
            json.dump(content, file)
        return self.path(name)

    def noise(self, *shape):
        return (0.1 * self.random.standard_normal(shape)).astype(np.float32)

    def assert_same_bytes(self, a, b):
        with open(self.path(a), "rb") as file, open(self.path(b), "rb") as other:
            self.assertTrue(file.read() == other.read(), f"{a} and {b} differ")

    def assert_refused(self, kind, words, function, *arguments, **named):
        """That a call raises `kind` with a message in which every one of `words` stands."""
        with self.assertRaises(kind) as caught:
            function(*arguments, **named)
        for word in words:
            self.assertIn(word, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))
        return caught.exception


def main():
    """By pytest where that is there, which says more of what differs."""
    if importlib.util.find_spec("pytest") is None:
        unittest.main("__main__")
    import pytest
    sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", sys.argv[0]]))
