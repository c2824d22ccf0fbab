#!/usr/bin/python3
"""`atrous score --logits` against the evaluator in double precision, over random models that generate sound, on every
instruction set. ATROUS is the program's path.

    test_generators.py [FIRST_SEED COUNT]

Exits with 77, which ctest shows as skipped, where NumPy is absent.
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..", "tools", "export")]

try:
    import numpy as np
except ImportError as error:
    print(f"SKIPPED: the evaluator needs python3-numpy ({error})")
    sys.exit(77)

import evaluate  # noqa: E402
import instruction_sets  # noqa: E402
import make_generators  # noqa: E402
import native  # noqa: E402

WHOLE = 80  # models, among which everything is found
LARGEST_ERROR = 2e-6  # of the largest output, or of 1


class Program:
    """Scores what stands in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def put(self, config, tensors, reduced, inputs):
        native.write_model(self.path("m.safetensors"), config, tensors, reduced)
        native.write_tensors(self.path("x.safetensors"), inputs)

    def call(self, isa):
        arguments = ["score", self.path("m.safetensors"), self.path("x.safetensors"), "--logits",
                     self.path("y.safetensors"), "--isa", isa, "--quiet"]
        return subprocess.run([os.environ["ATROUS"], *arguments], capture_output=True, text=True, check=False)

    def logits(self, isa):
        result = self.call(isa)
        if result.returncode != 0:
            raise RuntimeError(f"{isa}: {result.stderr.strip()}")
        return native.read_tensors(self.path("y.safetensors"))["y"][0]


def inputs_of(config, tensors, random):
    """Random ones, as samples and as classes where there are any (one is heard, the other predicted), as long as the frames last: at least 80 samples."""
    inputs, length = {}, 150
    if config["condition"]["kind"] == "features":
        evaluator, frames, length = evaluate.Evaluator(config, tensors), 5, 0
        while length < 80:
            frames *= 2
            inputs["c"] = random.normal(size=(1, config["condition"]["bins"], frames)).astype(np.float32)
            length = evaluator.upsampled(inputs).shape[1]
    if "speakers" in config:
        inputs["g"] = np.array([random.integers(config["speakers"]["count"])], dtype=np.int32)
    inputs["x"] = random.uniform(-1, 1, (1, 1, length)).astype(np.float32)
    if "code" in config:
        inputs["classes"] = random.integers(0, config["code"]["classes"], length).astype(np.int32)
    return inputs


def distance(found, wanted):
    """The largest difference as a part of the largest value; NaN where anything is."""
    if found.shape != wanted.shape:
        return np.inf
    return np.abs(found - wanted).max() / np.maximum(1, np.abs(wanted).max())


def check(program, sets, seed):
    """What is wrong with a model; its worst distance; what it has."""
    made = make_generators.Maker(seed)
    inputs = inputs_of(made.config, made.tensors, np.random.default_rng([seed, 1]))
    program.put(made.config, made.tensors, made.reduced, inputs)
    config, tensors = native.read_model(program.path("m.safetensors"))  # as they were rounded
    wanted = evaluate.Evaluator(config, tensors).run(inputs)
    distances = {}
    try:
        distances = {isa: distance(program.logits(isa), wanted) for isa in sets}
    except RuntimeError as error:
        return [str(error)], 0.0, made.has
    problems = [f"{isa}: {far:.3g}" for isa, far in distances.items() if not far <= LARGEST_ERROR]
    return problems, np.max(list(distances.values())), made.has


def unnoticed(program):
    """The part of some models' tensors in which one weight could be a per cent off without being found out.

    It is never none: nothing reads the residual of the last layer, and activations saturate.
    """
    missed, tensors = 0, 0
    for seed in range(1, 4):
        made = make_generators.Maker(seed)
        inputs = inputs_of(made.config, made.tensors, np.random.default_rng([seed, 1]))
        right = evaluate.Evaluator(made.config, made.tensors).run(inputs)
        for name, values in made.tensors.items():
            off = values.copy()
            off.flat[np.abs(off).argmax()] *= 1.01
            program.put(made.config, {**made.tensors, name: off}, made.reduced, inputs)
            missed += distance(program.logits("reference"), right) <= LARGEST_ERROR
        tensors += len(made.tensors)
    return missed / tensors


def main(first=0, count=WHOLE):
    failures, worst, had = 0, 0.0, set()
    with tempfile.TemporaryDirectory() as folder:
        program = Program(folder)
        made = make_generators.Maker(0)
        program.put(made.config, made.tensors, made.reduced,
                    inputs_of(made.config, made.tensors, np.random.default_rng(0)))
        sets = instruction_sets.available(program.call)
        for seed in range(first, first + count):
            problems, far, has = check(program, sets, seed)
            worst, had = np.maximum(worst, far), had | has
            failures += bool(problems)
            if problems:
                print(f"FAILED: seed {seed}: {'; '.join(problems)}", flush=True)
        if (missed := unnoticed(program)) > 0.1:
            failures += 1
            print(f"FAILED: a change goes unnoticed in {missed:.0%} of the tensors")
    if first == 0 and count >= WHOLE and (lacking := make_generators.EVERYTHING - had):
        failures += 1
        print(f"FAILED: no model had {sorted(lacking)}")
    print(f"{failures} failures; {count} models on {', '.join(sets)}; the farthest by {worst:.2g}")
    return 1 if failures or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
