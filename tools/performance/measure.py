#!/usr/bin/python3
"""Measures the speed of Atrous with `atrous bench` and keeps the figures as JSON, for render.py to make tables of."""

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MAKE_RANDOM = os.path.join(ROOT, "tools", "export", "make_random.py")

EXAMPLE = """example:
  /usr/bin/python3 tools/performance/measure.py && /usr/bin/python3 tools/performance/render.py
"""

# What the tables call each model: a shape of make_random.py, or a file of the project.
EFFECTS = {
    "a1-standard": "`.nam` A1 Standard, 16 and 8 channels",
    "a1-lite": "`.nam` A1 Lite, 12 and 6 channels",
    "a1-feather": "`.nam` A1 Feather, 8 and 4 channels",
    "a1-nano": "`.nam` A1 Nano, 4 and 2 channels",
    "a2-full": "`.nam` A2 Full, 8 channels",
    "a2-lite": "`.nam` A2 Lite, 3 channels",
    "wavenet1-16x10": "GuitarML WaveNet1, 16 channels × 10, gated",
    "lstm-1x16": "`.nam` LSTM, 16 cells",
    "convnet-8": "`.nam` ConvNet, 8 channels",
    "linear-2048": "`.nam` Linear, 2048 taps",
    "models/amp.nam": "`models/amp.nam`, A1 Lite",
}
WIDTHS = ["a1-standard", "a1-18", "a1-20", "a1-21", "a1-22", "a1-24", "a1-26", "a1-28", "a1-32"]
GENERATORS = {
    "r9y9-mol": "r9y9 mixture of logistics, 24 layers, 128/256/128, k 3",
    "r9y9-softmax": "r9y9 256 classes, 30 layers, 64/128/64, k 3",
    "deep-voice": "Deep Voice, 40 layers, 64/128/128, k 2",
    "nv-wavenet": "nv-wavenet, 20 layers, 64/128/256, k 2",
    "models/voice.safetensors": "`models/voice.safetensors`, 20 layers, 32 channels",
}
# The ways to generate: what the tables call them, and the arguments of `atrous bench`.
WAYS = {
    "f32": ["--precision", "f32"],
    "bf16": ["--precision", "bf16"],
    "int8": ["--precision", "int8"],
    "16 voices": ["--precision", "f32", "--streams", "16"],
}




class Bench:
    """Runs `atrous bench` on one core, over shapes that are made as they are needed."""

    def __init__(self, atrous, folder, seconds):
        self.atrous, self.folder, self.seconds = atrous, folder, seconds
        _run([sys.executable, "-B", MAKE_RANDOM, "--all", "-d", folder])
        self.files = {os.path.splitext(name)[0]: os.path.join(folder, name) for name in os.listdir(folder)}

    def runs(self, names, *arguments):
        """The runs of several models side by side, each with the name of its model."""
        print(f"measuring {', '.join(names)} {' '.join(arguments)}", flush=True)
        paths = {self.path(name): name for name in names}
        command = ["bench", *paths, "--json", "--seconds", str(self.seconds), *arguments]
        found = json.loads(_run(_on_one_core([self.atrous, *command])))
        runs = found.get("runs", [found])
        for run in runs:
            run["model"] = paths[run["model"]]
        return runs

    def runs_if_possible(self, names, *arguments):
        """None where the program says that it cannot run so (exit code 2)."""
        try:
            return self.runs(names, *arguments)
        except subprocess.CalledProcessError as error:
            if error.returncode != 2:
                raise
            print(f"  left out: {error.stderr.strip()}")
            return None

    def path(self, name):
        return self.files[name] if name in self.files else os.path.join(ROOT, name)


def measure(bench):
    effects, generators = list(EFFECTS), list(GENERATORS)
    ways = {way: bench.runs_if_possible(generators, *arguments) for way, arguments in WAYS.items()}
    return {
        "machine": machine(bench.atrous),
        "labels": {**EFFECTS, **GENERATORS},
        "effects": bench.runs(effects, "--all-isas"),
        "widths": bench.runs(WIDTHS),
        "blocks": bench.runs(["a1-standard"], "--sweep", "--all-isas"),
        "ways": {way: runs for way, runs in ways.items() if runs},
        "stages": [run for name in ("a1-standard", "a2-full", "wavenet1-16x10", "r9y9-mol")
                   for run in bench.runs([name])],
    }


def machine(atrous):
    """What the figures were measured on: processor, its caches, compiler."""
    info = _lscpu()
    family = f", family {info['CPU family']}" if "CPU family" in info else ""
    caches = [f"{name} {_one_cache(info[key])}"
              for name, key in (("L1d", "L1d cache"), ("L2", "L2 cache"), ("L3", "L3 cache")) if key in info]
    return {
        "date": datetime.date.today().isoformat(),
        "processor": info.get("Model name", platform.machine()) + family,
        "caches": ", ".join(caches),
        "virtual": "Hypervisor vendor" in info,
        "compiler": _compiler(atrous),
    }


def _lscpu():
    """Key -> value; nothing where it is missing, or knows nothing, as in a container without /sys."""
    try:
        lines = _run(["lscpu"]).splitlines()
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _one_cache(text):
    """"96 KiB (2 instances)" is 48 KiB each."""
    match = re.fullmatch(r"([\d.]+) (\w+) \((\d+) instances?\)", text)
    return f"{float(match[1]) / int(match[3]):g} {match[2]}" if match else text


def _compiler(atrous):
    """The first line of the compiler's --version, where the program stands in its build folder."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(atrous)))
    try:
        with open(os.path.join(folder, "CMakeCache.txt"), encoding="utf-8") as file:
            match = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", file.read(), re.MULTILINE)
        return _run([match[1], "--version"]).splitlines()[0]
    except (OSError, TypeError, subprocess.CalledProcessError):
        return "unknown compiler"


def _on_one_core(command):
    """Pinned where the system can, so that the caches stay warm."""
    if not shutil.which("taskset"):
        return command
    return ["taskset", "-c", str(min(os.sched_getaffinity(0))), *command]


def _run(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _lines(figures):
    """JSON with a line per run, so that a new measurement shows as changed lines."""
    def text(value):
        return json.dumps(value, ensure_ascii=False)

    def block(value):
        if isinstance(value, list):
            return "[\n" + ",\n".join(f"    {text(each)}" for each in value) + "\n  ]"
        if isinstance(value, dict) and any(isinstance(each, list) for each in value.values()):
            return "{\n" + ",\n".join(f"  {text(key)}: {block(each)}" for key, each in value.items()) + "\n  }"
        return text(value)

    return "{\n" + ",\n".join(f"  {text(key)}: {block(value)}" for key, value in figures.items()) + "\n}\n"


def _rounded(value):
    """Four digits are more than measurements repeat."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="measure.py", description=__doc__, epilog=EXAMPLE,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--atrous", metavar="FILE", default=os.path.join(ROOT, "build", "release", "bin", "atrous"),
                        help="the program (default: that of build/release)")
    parser.add_argument("--seconds", type=float, default=1, help="per row of a table (default 1)")
    parser.add_argument("-o", "--output", metavar="FILE", default=os.path.join(ROOT, "docs", "performance.json"),
                        help="where the figures go (default docs/performance.json)")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            figures = _rounded(measure(Bench(options.atrous, folder, options.seconds)))
        with open(options.output, "w", encoding="utf-8") as file:
            file.write(_lines(figures))
    except subprocess.CalledProcessError as error:
        print(f"measure.py: {' '.join(error.cmd[:4])}: {error.stderr.strip()}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"measure.py: {error.filename}: {error.strerror or error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
