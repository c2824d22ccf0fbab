"""Small files that ask for much. Every command must take at most 1 s of CPU time and 1 s more per MB of its files, and
256 MB and 100 times their size in memory; it ends well, or refuses the file in one line. Usage: test_bombs.py ATROUS"""
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import files

SECONDS, SECONDS_PER_MB = 1, 1
BYTES, TIMES_THE_SIZE = 256 << 20, 100


def json_files():
    """What a parser might not read in linear time."""
    yield "objects.nam", b'{"architecture":"x",' + b",".join(b'"%d":{}' % n for n in range(100000)) + b"}", "architecture"
    yield "numbers.nam", files.linear_nam([0.5] * 1000000), None
    yield "keys.nam", b'{"architecture":"x",' + b",".join(b'"k%d":0' % n for n in range(200000)) + b"}", "architecture"
    yield "empty.nam", b'{"config":[' + b",".join([b"[]"] * 700000) + b"]}", "architecture"
    yield "deep.nam", b'{"config":' + b"[" * 1000000, "nested"
    yield "long.nam", b'{"config":"' + b"x" * 3000000 + b'"}', "architecture"
    yield "nested.json", b'{"in_shape":[1],"layers":[{"type":"dense","shape":[1],"weights":[[' + \
        b",".join([b"[0]"] * 500000) + b"]]}]}", "weights"


def effects():
    yield "layers.nam", files.layers_nam(1, [1000] * 1000), None
    yield "many_layers.nam", files.layers_nam(1, [250] * 4000), "silence"
    yield "wide.nam", files.layers_nam(300, [1, 1000]), None
    yield "sizes.nam", slimmable(range(46, 301, 2)), None
    yield "many_sizes.nam", slimmable(range(46, 301)), "sizes"
    yield "cells.safetensors", cells(200, 1 << 20), "silence"
    yield "few_cells.safetensors", cells(15, 1 << 20), None
    yield "taps.nam", files.linear_nam([0] * (1 << 20)), None
    yield "front_end.safetensors", files.filter_with(features={"fft": 1 << 20, "window": 1 << 20, "hop": 1}), "fft"
    yield "hop.safetensors", files.filter_with(features={"fft": 4096, "window": 4096, "hop": 1}), "features.hop"
    yield "highpass.safetensors", files.filter_with(
        sample_rate=1000000, waveform={"highpass_hz": 50, "highpass_taps": 65535}), "highpass_taps"


def slimmable(widths):
    kwargs = {"allowed_channels": list(widths)}
    return files.layers_nam(300, [1], slimmable={"method": "slice_channels_uniform", "kwargs": kwargs})


def cells(count, silence):
    """LSTMs of one cell, one after the other."""
    lstm = {"kind": "lstm", "conv": files.conv(bias=True)}
    shapes = {}
    for n in range(count):
        shapes.update({f"post.{n}.weight": [4, 2], f"post.{n}.bias": [4]})
        shapes.update({f"post.{n}.hidden": [1], f"post.{n}.cell": [1]})
    shapes[f"post.{count}.weight"] = [1, 1, 1]
    config = {"architecture": "LSTM", "sample_rate": 48000, "prewarm": True, "prewarm_samples": silence,
              "post": [lstm] * count + [{"conv": files.conv()}]}
    return files.native(config, shapes)


def generators():
    yield "phases.safetensors", files.vocoder(
        [{"kind": "transposed", "in": 1, "out": 16384, "stride": 65536}, {"kind": "conv", "in": 16384, "out": 1}],
        {"upsampler.0.weight": [1, 16384, 1], "upsampler.1.weight": [1, 16384, 1]}), "stride"
    yield "stretch.safetensors", files.vocoder(
        [{"kind": "stretch", "kernel": 4095, "stride": 4096}], {"upsampler.0.weight": [1, 4095]}), None
    yield "long_stretch.safetensors", files.vocoder(
        [{"kind": "stretch", "kernel": 65535, "stride": 65536}], {"upsampler.0.weight": [1, 65535]}), "kernel"
    # Small weights, many products: taps of taps, and rows of many bins.
    yield "taps_of_taps.safetensors", files.vocoder(
        [{"kind": "transposed2d", "kernel": 16384}] * 2,
        {"upsampler.0.weight": [1, 16384], "upsampler.1.weight": [1, 16384]}), "condition.upsampler"
    yield "one_stage.safetensors", files.vocoder(
        [{"kind": "transposed2d", "kernel": 4096}], {"upsampler.0.weight": [1, 4096]}), None
    yield "activations.safetensors", activations(64, 16384), "condition.upsampler"
    yield "few_activations.safetensors", activations(8, 512), None


def activations(stages, channels):
    """Stages without weights, after one that makes channels of a bin."""
    first = {"kind": "conv", "in": 1, "out": channels}
    repeat = {"kind": "repeat", "in": channels, "out": channels, "activation": {"type": "Tanh"}}
    return files.vocoder([first] + [repeat] * (stages - 1), {"upsampler.0.weight": [channels, 1, 1]}, channels)


class Bombs:
    def __init__(self, program, folder):
        self.program, self.folder, self.failures = program, folder, 0

    def run(self, refusal, *arguments):
        """`refusal` is part of the one line that a refused file gives; None where all is well."""
        size = sum(os.path.getsize(self.folder / each) for each in arguments if (self.folder / each).is_file())
        seconds, memory = SECONDS + SECONDS_PER_MB * size / 1e6, BYTES + TIMES_THE_SIZE * size
        limit = int(2 * seconds) + 10  # the measure is below; this only ends what would take for ever
        child = subprocess.Popen([self.program, *arguments], cwd=self.folder, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)))
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        taken, most = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
        self.check(arguments, taken <= seconds, f"{taken:.2f} s of CPU time, expected at most {seconds:.2f}")
        self.check(arguments, most <= memory, f"{most >> 20} MB, expected at most {int(memory) >> 20}")
        self.check(arguments, code == (2 if refusal else 0), f"exit code {code}: {said}")
        if refusal:
            one_line = said.count("\n") == 1 and re.search(re.escape(refusal), said)
            self.check(arguments, one_line, f"expected one line with '{refusal}', found: {said}")

    def check(self, arguments, holds, problem):
        if not holds:
            self.failures += 1
            print("FAILED:", " ".join(arguments), "-", problem)

    def write(self, name, content):
        (self.folder / name).write_bytes(content)
        return name


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        bombs = Bombs(program, Path(folder))
        files.write_wav(bombs.folder / "one.wav", 1, 480)
        files.write_wav(bombs.folder / "many.wav", 64, 480)
        for name, content, refusal in json_files():
            bombs.run(refusal, "info", bombs.write(name, content))
        for name, content, refusal in effects():
            bombs.run(refusal, "info", bombs.write(name, content))
            bombs.run(refusal, "process", name, "one.wav", "out.wav")
        bombs.run("channels", "process", bombs.write("queues.safetensors", queues(1 << 19)), "many.wav", "out.wav")
        bombs.run(None, "process", "queues.safetensors", "one.wav", "out.wav")
        bombs.run("channels", "process", bombs.write("long.safetensors", queues(1 << 20)), "one.wav", "out.wav")
        files.write_npz(bombs.folder / "frames.npz", 20000)
        for name, content, refusal in generators():
            bombs.run(refusal, "info", bombs.write(name, content))
            bombs.run(refusal or "", "generate", name, "out.wav", "--mel", "frames.npz", "--seconds", "1")
        bombs.write("voice.safetensors", files.vocoder([], {}))
        files.write_npz(bombs.folder / "archive.npz", 100_000_000)
        bombs.run("archive", "generate", "voice.safetensors", "out.wav", "--mel", "archive.npz", "--samples", "10")
    print(f"{bombs.failures} failures")
    return 1 if bombs.failures else 0


def queues(samples):
    """31 channels that each remember so many samples."""
    layer = {"conv": files.conv(**{"in": 31}, kernel=2, dilation=samples - 1), "bottleneck": 1}
    config = {"architecture": "WaveNet", "sample_rate": 48000, "prewarm": True, "prewarm_samples": 1,
              "stacks": [{"input": files.conv(out=31), "layers": [layer]}], "post": [{"conv": files.conv()}]}
    return files.native(config, {"stacks.0.input.weight": [31, 1, 1], "stacks.0.layers.0.conv.weight": [1, 31, 2],
                                 "post.0.weight": [1, 1, 1]})


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
