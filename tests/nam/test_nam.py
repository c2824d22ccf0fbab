#!/usr/bin/python3
"""`atrous process` against the evaluator, over random `.nam` files, on every instruction set.

    test_nam.py ATROUS [--seed N] [--count N] [--keep FOLDER]
    test_nam.py --golden FOLDER

Every file must render with an error-to-signal ratio of at most 5e-12, and to the same bytes whatever the block. --golden
holds the evaluator itself to the golden files. Exits with 77, which ctest shows as skipped, where numpy or the folder of
golden cases is absent. --keep leaves the files of what failed in a folder.
"""

import argparse
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError as error:
    print(f"SKIPPED: the evaluator of .nam files needs python3-numpy ({error})")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import evaluate  # noqa: E402
import instruction_sets  # noqa: E402
import make_models  # noqa: E402

FRAMES = 700
LARGEST_ERROR = 5e-12


def write_wav(path, rows, rate):
    """Rows (channels, T) as a WAV of 32-bit floats."""
    channels = len(rows)
    data = np.ascontiguousarray(rows.T, dtype="<f4").tobytes()
    form = struct.pack("<HHIIHH", 3, channels, rate, 4 * channels * rate, 4 * channels, 32)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", len(body)) + body)


def read_wav(path):
    with open(path, "rb") as file:
        content = file.read()
    at, channels = 12, 0
    while at < len(content):
        name, size = content[at:at + 4], struct.unpack("<I", content[at + 4:at + 8])[0]
        if name == b"fmt ":
            channels = struct.unpack("<H", content[at + 10:at + 12])[0]
        if name == b"data":
            samples = np.frombuffer(content[at + 8:at + 8 + size], dtype="<f4")
            return samples.reshape(-1, channels).T.astype(np.float64)
        at += 8 + size + size % 2
    raise ValueError(f"{path}: no samples")


def error_to_signal(found, wanted):
    if not np.all(np.isfinite(found)):
        return np.inf
    return np.sum((found - wanted) ** 2) / max(np.sum(wanted ** 2), 1e-30)


class Renderer:
    """Calls the program over files in a folder of its own."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.put({"version": "0.7.0", "architecture": "Linear", "config": {"receptive_field": 1, "bias": False},
                  "weights": [1.0], "sample_rate": 48000}, np.zeros((1, 1)))
        self.sets = instruction_sets.available(lambda name: self.process("--isa", name))

    def path(self, name):
        return os.path.join(self.folder, name)

    def process(self, *options):
        command = [self.program, "process", *map(self.path, ("model.nam", "in.wav", "out.wav")), *options]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def put(self, document, rows):
        with open(self.path("model.nam"), "w", encoding="utf-8") as file:
            json.dump(document, file)
        write_wav(self.path("in.wav"), rows, int(document.get("sample_rate", 48000)))

    def render(self, *options):
        result = self.process(*options)
        if result.returncode != 0:
            raise RuntimeError(result.stderr.strip())
        return read_wav(self.path("out.wav"))


def sound(document, seed):
    """Noise for every input of a model."""
    if document["architecture"] == "SlimmableContainer":
        return sound(document["config"]["submodels"][0]["model"], seed)
    inputs = document["config"].get("in_channels", document["config"].get("input_size", 1))
    return np.random.default_rng(seed).uniform(-1, 1, (inputs, FRAMES)).astype("<f4").astype(np.float64)


def check_size(renderer, document, rows, size):
    """What is wrong with how a document renders at a size, or at its full one."""
    wanted = evaluate.run(document, rows, size)
    options = [] if size is None else ["--size", repr(size)]
    problems, found = [], None
    for name in renderer.sets:
        found = renderer.render("--isa", name, *options)
        ratio = error_to_signal(found, np.broadcast_to(wanted, found.shape))
        if not ratio <= LARGEST_ERROR:
            problems.append(f"{name}, size {size}: ESR {ratio:.3g}")
    for block in ("1", "17", "64"):
        if not np.array_equal(renderer.render("--isa", renderer.sets[-1], "--block", block, *options), found):
            problems.append(f"size {size}: blocks of {block} differ")
    return problems


def check(renderer, document, seed):
    """What is wrong with how a document renders; empty where nothing is."""
    rows = sound(document, seed)
    renderer.put(document, rows)
    sizes = [None]
    if make_models.has_sizes(document):
        sizes += [0.0, 1.0, *np.random.default_rng(seed).random(2).tolist()]
    try:
        return [problem for size in sizes for problem in check_size(renderer, document, rows, size)]
    except RuntimeError as error:
        return [str(error)]


def notices_a_change(renderer):
    """Whether a weight that is one per cent off would be found out."""
    document = make_models.make(0)
    rows = sound(document, 0)
    wanted = evaluate.run(document, rows)
    document["weights"][-1] *= 1.01
    renderer.put(document, rows)
    return error_to_signal(renderer.render(), wanted) > LARGEST_ERROR


def check_golden(golden):
    """Whether the evaluator renders the golden files as the original runtime did; the exit code."""
    if not os.path.isdir(golden):
        print(f"SKIPPED: no folder of golden cases at {golden!r}")
        return 77
    folder = os.path.join(golden, "nam")
    names = sorted(name for name in os.listdir(folder) if name.endswith(".nam"))
    failures, worst = 0, 0.0
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            document = json.load(file)
        values = np.fromfile(os.path.join(folder, name[:-4] + ".bin"), dtype="<f4")[1:].astype(np.float64)
        sound, wanted = np.split(values, 2)
        ratio = error_to_signal(evaluate.run(document, sound[None, :])[0], wanted)
        worst = np.maximum(worst, ratio)
        if not ratio <= 2 * LARGEST_ERROR:
            failures += 1
            print(f"FAILED: the evaluator renders {name} with ESR {ratio:.3g}")
    print(f"{failures} failures; {len(names)} golden files evaluated, the worst with ESR {worst:.3g}")
    return 1 if failures or not names else 0


def cases(arguments):
    """(name, seed, document)"""
    for n, (name, document) in enumerate(make_models.known_shapes()):
        if arguments.seed == 0:
            yield name, n, document
    for seed in range(arguments.seed, arguments.seed + arguments.count):
        yield f"seed {seed}", seed, make_models.make(seed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("atrous", nargs="?")
    parser.add_argument("--golden")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--keep")
    arguments = parser.parse_args()
    if arguments.golden is not None:
        return check_golden(arguments.golden)
    failures = total = 0
    with tempfile.TemporaryDirectory() as folder:
        renderer = Renderer(arguments.atrous, folder)
        if not notices_a_change(renderer):
            failures += 1
            print("FAILED: a changed weight went unnoticed")
        for name, seed, document in cases(arguments):
            total += 1
            problems = check(renderer, document, seed)
            if not problems:
                continue
            failures += 1
            print(f"FAILED: {name} ({document['architecture']}): {'; '.join(problems)}", flush=True)
            if arguments.keep:
                os.makedirs(arguments.keep, exist_ok=True)
                shutil.copy(renderer.path("model.nam"), os.path.join(arguments.keep, f"{name}.nam"))
    print(f"{failures} failures; {total} models rendered on {', '.join(renderer.sets)}")
    return 1 if failures or total == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
