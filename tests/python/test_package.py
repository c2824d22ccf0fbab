#!/usr/bin/python3
"""The package around the module: what its stubs say is what is there; every object says what it is."""

import ast
import contextlib
import os
import re
import shutil
import subprocess
import sys
import unittest

from common import AMP, GUITAR, ROOT, VOICE, Case, atrous, main, np


def public(names):
    return {name for name in names if not name.startswith("_")}


class Stubs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = os.path.dirname(atrous.__file__)
        with open(os.path.join(cls.folder, "__init__.pyi")) as file:
            cls.tree = ast.parse(file.read())

    def test_they_are_there(self):
        self.assertTrue(os.path.exists(os.path.join(self.folder, "py.typed")))

    def test_they_name_what_there_is(self):
        defined = {node.name: node for node in self.tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
        self.assertEqual(set(defined), public(atrous.__all__))
        said, = (node.value for node in self.tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "__all__")
        self.assertEqual(ast.literal_eval(said), atrous.__all__)
        for name, node in defined.items():
            if not isinstance(node, ast.ClassDef) or name == "Error":
                continue
            stated = {item.name for item in node.body}
            self.assertEqual(public(stated), public(vars(getattr(atrous, name))), name)

    def test_arguments_are_those_of_the_signatures(self):
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.ClassDef) or node.name == "Error":
                continue
            for function in node.body:
                documentation = getattr(getattr(atrous, node.name), function.name).__doc__ or ""
                signature = documentation.split("\n")[0]
                if function.decorator_list or function.name.startswith("__") and \
                        function.name not in ("__init__", "__call__"):
                    continue
                names = [argument.arg for argument in function.args.args[1:] + function.args.kwonlyargs]
                found = re.findall(r"(\w+): ", signature)
                self.assertEqual([name for name in found if name != "self"], names, signature)

    def test_all_is_documented(self):
        for name in public(atrous.__all__):
            self.assertGreater(len(getattr(atrous, name).__doc__), 20, name)
            for member in public(vars(getattr(atrous, name))) if isinstance(getattr(atrous, name), type) else ():
                lines = (getattr(getattr(atrous, name), member).__doc__ or "").strip().split("\n")
                said = [line for line in lines if not line.startswith(member + "(")]
                self.assertTrue("".join(said).strip(), f"{name}.{member}")
        for kind in (atrous.Effect, atrous.Generator, atrous.Bank):
            self.assertEqual(kind.__module__, "atrous")


@unittest.skipUnless(shutil.which("mypy"), "no mypy")
class Types(Case):
    GOOD = """
from pathlib import Path
from typing import Iterator
import numpy as np
from numpy.typing import NDArray
import atrous

def frames() -> Iterator[NDArray[np.float32]]:
    yield np.zeros((3, 80), np.float32)

effect = atrous.Effect(Path("amp.nam"), sample_rate=48000)
wet: NDArray[np.float32] = effect(np.zeros(100))
wet = effect.render(np.zeros((2, 100), np.float32))
voice = atrous.Generator(atrous.Network(b"voice.safetensors", precision="int8"))
chunks = voice.stream(frames(), seed=1, chunk=10)
lengths: list[int] = [chunk.size for chunk in chunks] + [chunks.left or 0]
sounds: list[NDArray[np.float32]] = atrous.Bank(voice.network).generate([atrous.Voice(wet, seed=3)])
nats: float = atrous.score("voice.safetensors", wet).nll_nats
"""
    WRONG = ('atrous.Effect("amp.nam", 48000, 2)', 'atrous.Effect("amp.nam")([1.0])', 'atrous.Network("x", precision="f16")',
             'atrous.Generator("x").generate(iter([]))', 'atrous.Model("x").info.layers = 3')

    def test_programs(self):
        """One that is right, and one of whose lines each is wrong."""
        programs = {"good.py": self.GOOD, "wrong.py": "\n".join(("import atrous",) + self.WRONG)}
        for name, text in programs.items():
            with open(self.path(name), "w") as file:
                file.write(text)
        said = subprocess.run(["mypy", "--strict", "--cache-dir", self.path("cache"), *programs], cwd=self.folder, text=True,
                              capture_output=True, env=dict(os.environ, MYPYPATH=os.environ["PYTHONPATH"])).stdout
        errors = {(name, int(line)) for name, line in re.findall(r"^(.*):(\d+): error", said, re.MULTILINE)}
        self.assertEqual(errors, {("wrong.py", 2 + line) for line in range(len(self.WRONG))}, said)


class Sayings(Case):
    def test_representations(self):
        effect = atrous.Effect(AMP, 44100)
        self.assertEqual(repr(effect), f"<atrous.Effect WaveNet, 44100 Hz, channels 1, latency {effect.latency}>")
        network = atrous.Network(VOICE)
        generator = atrous.Generator(network)
        mel = np.zeros((3, 80), np.float32)
        for value, words in ((atrous.Model(AMP), "nam"), (network, "bf16"), (network.info, "bins 80"),
                             (generator, "hop 200"), (atrous.Bank(network, threads=2), "threads 2"),
                             (atrous.Voice(mel, seed=5), "seed 5"), (generator.stream(mel), "600 samples"),
                             (atrous.score(network, np.zeros(4000, np.float32)), "steps 3999")):
            self.assertRegex(repr(value), f"^<atrous.{type(value).__name__} .*{words}.*>$")

    def test_version(self):
        self.assertEqual(self.atrous("--version").split()[-1], atrous.__version__)


class Pages(Case):
    def test_their_lines_run(self):
        """The blocks of README.md, which stands beside models/, and of docs/python.md, beside the models themselves."""
        for page, folder in (("README.md", ROOT), ("docs/python.md", os.path.join(ROOT, "models"))):
            sound, dry = self.noise(600), self.noise(3000)
            names = {"atrous": atrous, "dry": dry, "block": dry[:100], "sound": sound, "mel": atrous.mel(VOICE, sound),
                     "mels": lambda: iter([atrous.mel(VOICE, sound)])}
            with open(os.path.join(ROOT, page)) as file:
                blocks = re.findall(r"```python\n(.*?)```", file.read(), re.DOTALL)
            self.assertTrue(blocks)
            with contextlib.chdir(folder):
                for block in blocks:
                    exec(block, names)
            self.assertEqual(names["wet"].shape, names["dry"].shape)


class Sample(Case):
    def test_it_runs(self):
        sample = os.path.join(ROOT, "samples", "embed_effect.py")
        subprocess.run([sys.executable, sample, AMP, GUITAR, self.path("mine.wav")], check=True)
        self.atrous("process", AMP, GUITAR, "theirs.wav")
        mine, theirs = (atrous.read_audio(self.path(name)) for name in ("mine.wav", "theirs.wav"))
        self.assertEqual(mine[1], theirs[1])
        np.testing.assert_allclose(mine[0], theirs[0], atol=2.0 ** -15)


if __name__ == "__main__":
    main()
