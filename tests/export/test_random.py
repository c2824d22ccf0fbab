#!/usr/bin/python3
"""Tests of make_random.py: every shape that it lists loads in the program, has the size that the shape is known to have,
and sounds. ATROUS is the program's path. Exits with 77, which ctest shows as skipped, where NumPy is absent.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
import wave

HERE = os.path.dirname(os.path.abspath(__file__))
MAKE = os.path.join(HERE, "..", "..", "tools", "export", "make_random.py")
sys.path.insert(0, os.path.dirname(MAKE))

try:
    import numpy as np
except ImportError as error:
    print(f"SKIPPED: make_random.py needs python3-numpy ({error})")
    sys.exit(77)

import make_random  # noqa: E402

ATROUS = os.environ["ATROUS"]
# Numbers in the file: of A1 and A2 as their trainer counts them (with head_scale), else by hand.
WEIGHTS = {"a1-standard": 13802, "a1-lite": 6554, "a1-feather": 3026, "a1-nano": 842, "a2-full": 12146, "a2-lite": 1871,
           "linear-2048": 2049, "lstm-1x16": 4 * 16 * 17 + 4 * 16 + 2 * 16 + 17}


def call(*arguments):
    result = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True)
    return result.returncode, result.stdout, result.stderr


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def atrous(self, *arguments):
        code, out, err = call(ATROUS, *arguments)
        self.assertEqual(code, 0, err)
        return out


class EveryShape(InFolder):
    def test_loads_and_sounds(self):
        self.assertEqual(make_random.main(["--all", "-d", self.folder, "--seed", "5"]), 0)
        names = make_random.shapes()
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(name + shape[0] for name, shape in names.items()))
        self.write_noise()
        np.save(self.path("mel.npy"), np.random.default_rng(2).normal(size=(8, 80)).astype(np.float32))
        for name, shape in names.items():
            with self.subTest(name):
                model = self.path(name + shape[0])
                info = json.loads(self.atrous("info", model, "--json"))
                if name in WEIGHTS:
                    self.assertEqual(self.count_weights(model), WEIGHTS[name])
                sound = self.render(model, info["generates"])
                self.assertGreater(sound.std(), 1e-3)
                self.assertLess((np.abs(sound) > 0.999).mean(), 0.1)
                self.assertGreater(len(np.unique(sound)), 50)

    def count_weights(self, model):
        with open(model, encoding="utf-8") as file:
            return len(json.load(file)["weights"])

    def render(self, model, generates):
        out = self.path("out.wav")
        if generates:
            self.atrous("generate", model, out, "--mel", self.path("mel.npy"), "--samples", "400", "--seed", "1")
        else:
            self.atrous("process", model, self.path("in.wav"), out)
        with wave.open(out) as file:
            return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768

    def write_noise(self):
        with wave.open(self.path("in.wav"), "wb") as file:
            file.setparams((1, 2, 48000, 0, "NONE", ""))
            file.writeframes((4000 * np.random.default_rng(1).normal(size=4800)).astype("<i2").tobytes())


class Calls(InFolder):
    def test_the_seed_decides(self):
        contents = []
        for seed in ("3", "3", "4"):
            self.assertEqual(make_random.main(["a1-nano", "-o", self.path("m.nam"), "--seed", seed]), 0)
            with open(self.path("m.nam"), "rb") as file:
                contents.append(file.read())
        self.assertEqual(contents[0], contents[1])
        self.assertNotEqual(contents[0], contents[2])

    def test_list(self):
        code, out, err = call(sys.executable, "-B", MAKE, "--list")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual([line.split()[0] for line in out.splitlines()], list(make_random.shapes()))

    def test_refusals(self):
        for arguments in (["no-such"], ["a1-nano"], [], ["--all"], ["--list", "a1-nano"],
                          ["no-such", "-o", self.path("m")], ["a1-nano", "-o", self.path("no/m")],
                          ["a1-nano", "-o", self.path("m"), "--seed", "-1"]):
            with self.subTest(arguments):
                code, out, err = call(sys.executable, "-B", MAKE, *arguments)
                self.assertEqual((code, out), (2, ""))
                self.assertIn("make_random.py: ", err.splitlines()[-1])
                self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    unittest.main()
