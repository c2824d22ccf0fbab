#!/usr/bin/python3
"""Tests of tools/performance: that the pages of the project show what docs/performance.json holds, that the figures
come out of `atrous bench`, and how they become tables. ATROUS is the program's path. Exits with 77, which ctest shows
as skipped, where NumPy, which makes the random models, is absent, or where all is well but Matplotlib is.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.join(HERE, "..", "..", "tools", "performance")
sys.path.insert(0, TOOLS)

try:
    import numpy  # noqa: F401
except ImportError as error:
    print(f"SKIPPED: make_random.py needs python3-numpy ({error})")
    sys.exit(77)

import measure  # noqa: E402
import render  # noqa: E402
import tables  # noqa: E402

try:
    import pictures  # noqa: E402
except ImportError:
    pictures = None

ATROUS = os.environ["ATROUS"]


def run(isa="avx512", **more):
    """A run as `atrous bench` has it."""
    return {"model": "m", "isa": isa, "precision": "f32", "block": 64, "streams": 1, "us_per_sample": 0.25,
            "samples_per_second": 4e6, "times_real_time": 83.3, "gflops": 100.0, "fma_share": 0.5,
            "gbytes_per_second": 4.0, "weights_level": 2, "bandwidth_share": 0.02, "fma_peak_gflops": 200.0,
            "l2_gbytes_per_second": 150.0, "l3_gbytes_per_second": 80.0, "ready_ms": 4.0, "read_ms": 2.5, "pack_ms": 0.5,
            "start_ms": 1.0, **more}


def figures():
    voice = {"model": "v", "samples_per_second": 12345.0, "times_real_time": 0.77, "gflops": 50.0,
             "gbytes_per_second": 100.0, "weights_level": 3, "bandwidth_share": 0.8}
    return {
        "machine": {"date": "2026-01-02", "processor": "A Processor", "caches": "L2 1 MiB", "virtual": True, "compiler": "g++ 99"},
        "labels": {"m": "An effect", "v": "A voice"},
        "effects": [run("avx2", us_per_sample=0.5, fma_share=0.4), run()],
        "widths": [run(), run(gflops=80.0)],
        "blocks": [run("avx2", block=1), run(block=1, us_per_sample=1.0), run(block=64, us_per_sample=0.25)],
        "ways": {"f32": [run(**voice)], "16 voices": [run(**{**voice, "samples_per_second": 99999.0})]},
        "stages": [run(stages=[{"name": "convolution", "us_per_sample": 0.2, "share": 0.8}])],
    }


class Tables(unittest.TestCase):
    def row(self, name, index=0):
        lines = tables.BLOCKS[name](figures()).splitlines()
        return [cell.strip() for cell in lines[2 + index].strip("|").split("|")]

    def test_rows(self):
        self.assertEqual(self.row("effects"), ["An effect", "0.250", "83", "50 %", "0.500", "40 %"])
        self.assertEqual(self.row("generators"), ["A voice", "12,345 (0.77 ×)", "99,999 (0.77 ×)"])
        self.assertEqual(self.row("roofline"), ["A voice", "one voice, f32", "0.5", "50.0", "50 %", "100.0", "80 % of L3"])
        self.assertEqual(self.row("blocks"), ["1", "1.000", "4.00"])
        self.assertEqual(self.row("widths", 1), ["m", "0.250", "50 %", "1.25"])
        self.assertEqual(self.row("ready"), ["An effect", "2.5", "0.5", "1.0", "4.0"])
        self.assertIn("| convolution | 0.200 | 80 % |", tables.BLOCKS["stages"](figures()))
        for words in ("A Processor, in a virtual machine", "g++ 99", "200 GFLOP/s", "150 GB/s", "80 GB/s"):
            self.assertIn(words, tables.BLOCKS["machine"](figures()))

    def test_tables_are_whole(self):
        for name, make in tables.BLOCKS.items():
            lines = [line for line in make(figures()).splitlines() if line.startswith("|")]
            self.assertEqual(len({line.count("|") for line in lines}), 0 if name == "machine" else 1, name)

    def test_blocks_of_a_page_are_replaced(self):
        page = "before\n<!-- speed: blocks -->\nold\n<!-- /speed -->\nafter\n"
        new = render.rendered(page, figures())
        self.assertTrue(new.startswith("before\n<!-- speed: blocks -->\n| frames per block"))
        self.assertTrue(new.endswith("|\n<!-- /speed -->\nafter\n"))
        self.assertNotIn("old", new)
        self.assertEqual(render.rendered(new, figures()), new)

    def test_refusals(self):
        for page in ("<!-- speed: nothing -->\n<!-- /speed -->", "<!-- speed: blocks -->\n"):
            with self.assertRaises(render.Refusal):
                render.rendered(page, figures())


@unittest.skipUnless(pictures, "needs python3-matplotlib")
class Pictures(unittest.TestCase):
    def lines(self, picture):
        """Name -> points."""
        return {line.get_label(): line.get_xydata().tolist() for line in picture.axes[0].get_lines()}

    def test_a_line_per_instruction_set(self):
        axes = pictures.blocks(figures()).axes[0]
        self.assertEqual((axes.get_xscale(), axes.get_yscale()), ("log", "log"))
        self.assertEqual(axes.get_xlabel(), "frames per block")
        self.assertEqual(self.lines(pictures.blocks(figures())), {"avx2": [[1, 0.25]], "avx512": [[1, 1], [64, 0.25]]})

    def test_generators_by_streams_and_several_models_by_name(self):
        runs = [run(model=model, streams=n, samples_per_second=1000 * n) for model in ("x/a.nam", "b.json") for n in (1, 2)]
        picture = pictures.sweep(runs)
        self.assertEqual(self.lines(picture), {name: [[1, 1000], [2, 2000]] for name in ("a", "b")})
        self.assertEqual(picture.axes[0].get_xlabel(), "streams")

    def test_the_roof_is_what_bandwidth_and_arithmetic_allow(self):
        axes = pictures.roofline(figures()).axes[0]
        roofs = self.lines(pictures.roofline(figures()))
        for name, bandwidth in (("reads from L2", 150), ("reads from L3", 80)):
            (x, y), ridge, end = roofs[name]
            self.assertAlmostEqual(y, x * bandwidth)
            self.assertEqual(ridge, [200 / bandwidth, 200])
            self.assertEqual(end[1], 200)
        dots = {way.get_label(): way.get_offsets().tolist() for way in axes.collections}
        self.assertEqual(dots, {"one voice, f32": [[0.5, 50]], "16 voices, f32": [[0.5, 50]], "effect": [[25, 100]]})
        names = [text.get_window_extent() for text in axes.texts]
        self.assertEqual(sorted(text.get_text() for text in axes.texts), ["m", "v", "v"])
        self.assertFalse(any(a.overlaps(b) for a in names for b in names if a is not b))

    def test_a_sweep_of_the_program_is_drawn(self):
        runs = json.dumps({"runs": figures()["blocks"]})
        for ending, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
            with tempfile.NamedTemporaryFile(suffix="." + ending) as out:
                call = self.sweep(runs, out.name)
                self.assertEqual((call.returncode, call.stderr), (0, ""))
                self.assertTrue(out.read().startswith(start))

    def test_what_is_no_sweep_is_refused(self):
        both = [run(block=1), run(block=2), run(streams=2)]
        for text, out, words in (("{", "x.png", "JSON"), ("{}", "x.png", "runs"), ('{"runs": [1]}', "x.png", "TypeError"),
                                 (json.dumps({"runs": both}), "x.png", "not both"), ("{}", "x.gif", ".svg")):
            call = self.sweep(text, out)
            self.assertEqual(call.returncode, 2)
            self.assertEqual(call.stderr.count("\n"), 1, call.stderr)
            self.assertIn(words, call.stderr)
            self.assertFalse(os.path.exists(out))

    def sweep(self, text, out):
        return subprocess.run([sys.executable, "-B", os.path.join(TOOLS, "sweep.py"), "-", out], input=text,
                              capture_output=True, text=True)


class Measuring(unittest.TestCase):
    def test_figures_come_from_the_program(self):
        with tempfile.TemporaryDirectory() as folder:
            bench = measure.Bench(ATROUS, folder, 0.01)
            runs = bench.runs(["a1-nano", "models/amp.nam"], "--all-isas")
            self.assertEqual({each["model"] for each in runs}, {"a1-nano", "models/amp.nam"})
            self.assertGreater(min(each["us_per_sample"] for each in runs), 0)
            self.assertIn("stages", bench.runs(["a1-nano"])[0])
            self.assertIsNone(bench.runs_if_possible(["a1-nano"], "--isa", "no-such"))
            with self.assertRaises(subprocess.CalledProcessError):
                bench.runs(["a1-nano"], "--isa", "no-such")
            for name in [*measure.EFFECTS, *measure.WIDTHS, *measure.GENERATORS]:
                self.assertTrue(os.path.isfile(bench.path(name)), name)
        self.assertTrue(measure.machine(ATROUS)["processor"])

    def test_a_machine_that_lscpu_knows_nothing_of_has_a_processor(self):
        with tempfile.TemporaryDirectory() as folder:
            lscpu = os.path.join(folder, "lscpu")
            for fails in (False, True):  # first it is missing
                if fails:
                    with open(lscpu, "w", encoding="utf-8") as file:
                        file.write("#!/bin/sh\nexit 1\n")
                    os.chmod(lscpu, 0o755)
                with self.subTest(fails=fails), mock.patch.dict(os.environ, PATH=folder):
                    machine = measure.machine(ATROUS)
                    self.assertTrue(machine["processor"])
                    self.assertEqual(machine["caches"], "")


class Pages(unittest.TestCase):
    def test_pages_show_the_figures(self):
        result = subprocess.run([sys.executable, "-B", os.path.join(TOOLS, "render.py"), "--check"], capture_output=True,
                                text=True)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    sys.exit(77 if result.wasSuccessful() and result.skipped else not result.wasSuccessful())
