#!/usr/bin/python3
"""Tests of the exporter: checkpoints to native files to outputs, and refusals.

Exits with 77, which ctest shows as skipped, where PyTorch is absent.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
EXPORT = os.path.join(HERE, "..", "..", "tools", "export", "export.py")
sys.path.insert(0, os.path.dirname(EXPORT))

try:
    import numpy as np
    import torch
except ImportError as error:
    print(f"SKIPPED: the exporter's tests need python3-torch and python3-numpy ({error})")
    sys.exit(77)

import export  # noqa: E402
import native  # noqa: E402
import evaluate  # noqa: E402
import make_checkpoints as made  # noqa: E402


def run(*arguments):
    """(exit code, stdout, stderr) of the exporter, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = export.main([str(argument) for argument in arguments])
    return code, out.getvalue(), err.getvalue()


class InFolder(unittest.TestCase):
    """A folder of its own for each test."""

    def setUp(self):
        self.folder_object = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder_object.cleanup)
        self.folder = self.folder_object.name
        self.output = os.path.join(self.folder, "out.safetensors")

    def export(self, checkpoint, *more):
        code, out, err = run(checkpoint, "-o", self.output, *more)
        self.assertEqual((code, err), (0, ""), err)
        return out

    def evaluated(self, inputs):
        return evaluate.Evaluator(*native.read_model(self.output)).run(inputs)

    def refused(self, checkpoint, *more):
        """The one line on stderr of a run that must fail and leave nothing behind."""
        before = sorted(os.listdir(self.folder))
        code, out, err = run(checkpoint, "-o", self.output, *more)
        self.assertEqual((code, out), (2, ""))
        self.assertEqual(err.count("\n"), 1, err)
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        return err


class MadeCheckpoints(InFolder):
    """Every layout, from random checkpoint to output."""

    def test_outputs(self):
        for build in made.CASES:
            with self.subTest(build.__name__):
                case = made.make(build)
                self.export(made.write(case, self.folder, build.__name__))
                y = self.evaluated(case["tensors"])
                self.assertEqual(y.shape, case["tensors"]["y"].shape[1:])
                self.assertLess(np.abs(y - case["tensors"]["y"][0]).max(), 5e-6)

    def test_conditions_reach_the_output(self):
        """Guards the test above: an upsampler that gives zeros would agree with anything."""
        for build in (made.r9y9_mel_and_speakers, made.r9y9_older):
            case = made.make(build)
            self.export(made.write(case, self.folder, "model"))
            for name in ("c", "g"):
                changed = {**case["tensors"], name: np.zeros_like(case["tensors"][name])}
                difference = np.abs(self.evaluated(changed) - case["tensors"]["y"][0]).max()
                self.assertGreater(difference, 1e-2, build.__name__)

    def test_what_is_said(self):
        case = made.make(made.r9y9_mel_and_speakers)
        out = self.export(made.write(case, self.folder, "model"))
        for words in ("r9y9", "6, kernel 3", "dilations 1 to 4", "residual 12, gate 18, skip 10", "29 samples",
                      "7 bins, upsampled 12 times", "4 speakers", "categorical, 32 channels"):
            self.assertIn(words, out)

    def test_every_tensor_is_described(self):
        """The exporter writes exactly the tensors of docs/format.md, stored as F32."""
        case = made.make(made.r9y9_older)
        self.export(made.write(case, self.folder, "model"))
        config, tensors = native.read_model(self.output)
        self.assertEqual(config["stacks"][0]["layers"][1]["mixin_bias"], True)
        self.assertEqual(tensors["stacks.0.layers.5.mixin.weight"].shape, (18, 5))
        self.assertEqual(tensors["stacks.0.layers.5.conv.weight"].shape, (18, 12, 3))
        self.assertEqual(tensors["upsampler.1.weight"].shape, (3, 3))
        self.assertEqual(tensors["speakers.weight"].shape, (6, 3))
        self.assertTrue(all(values.dtype == np.float32 for values in tensors.values()))

    def test_first_class_and_output_settings(self):
        case = made.make(made.r9y9_mel_and_speakers)
        self.export(made.write(case, self.folder, "model"))
        self.assertEqual(native.read_model(self.output)[0]["code"], {"kind": "r9y9", "classes": 32, "first": 15})
        case = made.make(made.r9y9_parametrized)
        self.export(made.write(case, self.folder, "model"))
        self.assertEqual(native.read_model(self.output)[0]["output"]["log_scale_min"], -9.0)
        for build, more, kind in ((made.vincentherrmann_current, {}, "vincentherrmann"),
                                  (made.vincentherrmann_earlier, {}, "vincentherrmann"),
                                  (made.vincentherrmann_ungated, {}, "vincentherrmann_linear"),
                                  (made.vincentherrmann_ungated, {"mu_law": True}, "vincentherrmann"),
                                  (made.vincentherrmann_chain, {}, "vincentherrmann_linear")):
            case = made.make(build)
            case["hparams"].update(more)
            out = self.export(made.write(case, self.folder, "model"))
            code = {"kind": kind, "classes": 20, "first": 10}
            self.assertEqual(native.read_model(self.output)[0]["code"], code)
            self.assertEqual("of linear sound" in out, kind == "vincentherrmann_linear")

    def test_mulaw_samples(self):
        """The compression of samples is μ of one less than the levels, and stands beside the preset's shaping."""
        self.export(made.write(made.make(made.r9y9_mulaw), self.folder, "model"))
        config = native.read_model(self.output)[0]
        self.assertEqual(config["waveform"], {"mulaw": 255})
        self.assertEqual(config["output"]["quantize_channels"], 256)
        self.assertEqual(config["input"]["kind"], "signal")


class FrontEnd(InFolder):
    """r9y9's preset turns into `features` and `waveform`."""

    PRESET = {"fft_size": 64, "hop_size": 12, "win_length": 48, "num_mels": 7, "fmin": 125, "fmax": 7600,
              "global_gain_scale": 0.55, "preprocess": "preemphasis", "highpass_cutoff": 70.0}

    def checkpoint(self, **more):
        case = made.make(made.r9y9_mel_and_speakers)
        case["hparams"].update({**self.PRESET, **more})
        return made.write(case, self.folder, "model")

    def test_with_statistics(self):
        mean, scale = np.arange(7.0), np.arange(1.0, 8.0)
        stats = os.path.join(self.folder, "stats.npz")
        np.savez(stats, mean=mean, scale=scale)
        self.export(self.checkpoint(), "--stats", stats)
        config, tensors = native.read_model(self.output)
        self.assertEqual(config["features"], {
            "sample_rate": 16000, "fft": 64, "window": 48, "hop": 12, "bins": 7, "centered": True,
            "fmin": 125, "fmax": 7600, "mel_scale": "slaney", "slaney_norm": True, "power": 1,
            "log_base": "ten", "floor": 1e-10, "log_scale": 1, "log_offset": 0, "normalized": True,
            "of_shaped_audio": False})
        self.assertEqual(config["waveform"], {"highpass_hz": 70.0, "gain": 0.55, "preemphasis": 0.85})
        np.testing.assert_array_equal(tensors["features.mean"], mean.astype(np.float32))
        np.testing.assert_array_equal(tensors["features.scale"], scale.astype(np.float32))

    def test_without_statistics(self):
        out = self.export(self.checkpoint())
        config, tensors = native.read_model(self.output)
        self.assertFalse(config["features"]["normalized"])
        self.assertNotIn("features.mean", tensors)
        self.assertIn("without normalisation", out)

    def test_refusals(self):
        self.assertIn("hop_size: expected 12", self.refused(self.checkpoint(hop_size=10)))
        self.assertIn("num_mels: 9", self.refused(self.checkpoint(num_mels=9)))
        self.assertIn("win_length: expected 1 to fft_size 64", self.refused(self.checkpoint(win_length=65)))
        self.assertIn("preprocess", self.refused(self.checkpoint(preprocess="other")))
        stats = os.path.join(self.folder, "stats.npy")
        np.save(stats, np.ones((2, 6)))
        self.assertIn("mean: expected 7 values", self.refused(self.checkpoint(), "--stats", stats))
        np.save(stats, np.zeros((2, 7)))
        self.assertIn("every scale above zero", self.refused(self.checkpoint(), "--stats", stats))
        for content in (b"\x80\x04 no pickle", b"text", b""):
            with open(stats, "wb") as file:
                file.write(content)
            self.assertIn("stats.npy: ", self.refused(self.checkpoint(), "--stats", stats))


class Refusals(InFolder):
    def write(self, build=made.r9y9_mel_and_speakers, change=None, hparams=None):
        """A made checkpoint with `change` applied to its state dict, and hyper-parameters replaced by `hparams`."""
        case = made.make(build)
        if change:
            change(case["state"].get("state_dict", case["state"]))
        case["hparams"].update(hparams or {})
        case["hparams"] = {key: value for key, value in case["hparams"].items() if value is not None}
        return made.write(case, self.folder, "model")

    def test_missing_and_unexpected_tensors_are_listed(self):
        def change(state):
            del state["module.conv_layers.1.conv.bias"]
            del state["module.conv_layers.5.conv1x1_skip.weight_g"]
            state["module.conv_layers.2.extra.weight"] = torch.zeros(3)
        err = self.refused(self.write(change=change))
        self.assertIn("missing tensors: conv_layers.1.conv.bias, conv_layers.5.conv1x1_skip.weight;", err)
        self.assertIn("unexpected tensors: conv_layers.2.extra.weight, conv_layers.5.conv1x1_skip.weight_v", err)

    def test_a_lost_layer_is_missing(self):
        def change(state):
            for name in [name for name in state if "_convs.7." in name]:
                del state[name]
        err = self.refused(self.write(made.vincentherrmann_current, change))
        self.assertIn("missing tensors: filter_convs.7.weight, gate_convs.7.weight, residual_convs.7.weight, "
                      "skip_convs.7.weight", err)
        self.assertNotIn("unexpected", err)

    def test_lost_conditioning_is_missing(self):
        def change(state):
            for name in [name for name in state if "conv1x1g" in name]:
                del state[name]
        self.assertIn("missing tensors: conv_layers.0.conv1x1g.weight", self.refused(self.write(change=change)))

    def test_shapes_and_values(self):
        def shape(state):
            state["conv_layers.2.conv.weight"] = torch.ones(18, 12, 2)
        self.assertIn("conv_layers.2.conv.weight: expected shape [18, 12, 3], found [18, 12, 2]",
                      self.refused(self.write(made.r9y9_plain, shape)))

        def value(state):
            bits = state["conv_layers.2.conv.weight"].view(torch.int32)
            bits[0, 0, 0] = 0x7fa00000  # a signalling NaN, of which NumPy warns
        self.assertIn("conv_layers.2.conv.weight: not every value is finite",
                      self.refused(self.write(made.r9y9_plain, value)))

        def huge(state):
            state["conv_layers.2.conv.weight"] = torch.full((18, 12, 3), 1e300, dtype=torch.float64)
        self.assertIn("not every value is finite as float32", self.refused(self.write(made.r9y9_plain, huge)))

    def test_hyper_parameters(self):
        for build, hparams, words in (
                (made.r9y9_plain, {"stacks": None}, "no 'stacks'"),
                (made.r9y9_plain, {"sample_rate": None}, "no 'sample_rate'"),
                (made.r9y9_plain, {"input_type": None}, "no 'input_type'"),
                (made.r9y9_plain, {"input_type": "mulaw-quantize"}, "expected 'raw' or 'mulaw' for one input channel"),
                (made.r9y9_mulaw, {"quantize_channels": None}, "no 'quantize_channels'"),
                (made.vincentherrmann_chain, {"residual": None}, "no 'residual'"),
                (made.vincentherrmann_chain, {"residual": 1}, "residual: expected one of false, true, \"all\", found 1"),
                (made.r9y9_plain, {"stacks": 2}, "layers: expected a multiple of stacks 2, found 5"),
                (made.r9y9_plain, {"kernel_size": 2}, "kernel_size: 2, but the checkpoint has 3 taps"),
                (made.r9y9_plain, {"output_distribution": "Normal"}, "output_distribution"),
                (made.r9y9_plain, {"stacks": "five"}, "stacks: expected a number, found \"five\""),
                (made.r9y9_parametrized, {"upsample_params": {"upsample_activation": "ELU"}}, "upsample_activation"),
                (made.r9y9_parametrized, {"cin_pad": 2}, "cin_pad: 2, but the checkpoint has 1 frames"),
                (made.r9y9_without_conv_in, {"upsample_params": {"cin_pad": 1}}, "cin_pad: expected 0"),
                (made.vincentherrmann_current, {"layers": None, "blocks": None}, "no 'layers_per_block'"),
                (made.vincentherrmann_current, {"sample_rate": None}, "no 'sample_rate'"),
                (made.vincentherrmann_current, {"layers": 3}, "layers × blocks: 3 × 2, but the checkpoint has 8")):
            with self.subTest(words):
                self.assertIn(words, self.refused(self.write(build, hparams=hparams)))

    def test_files_of_hyper_parameters(self):
        checkpoint = self.write(made.r9y9_plain)
        beside = os.path.join(self.folder, "model.json")
        absent = os.path.join(self.folder, "no.json")
        self.assertIn("no.json: No such file", self.refused(checkpoint, "--hparams", absent))
        os.rename(beside, os.path.join(self.folder, "hparams.json"))
        self.export(checkpoint)  # the second place to look
        os.unlink(self.output)
        os.unlink(os.path.join(self.folder, "hparams.json"))
        self.assertIn("give --hparams FILE", self.refused(checkpoint))
        for text in ("{", "[1]", '{"stacks": NaN}', ""):
            with open(beside, "w", encoding="utf-8") as file:
                file.write(text)
            self.assertIn("model.json", self.refused(checkpoint))

    def test_families(self):
        other = os.path.join(self.folder, "other.pth")
        torch.save({"encoder.weight": torch.ones(2, 2)}, other)
        self.assertIn("no known family (r9y9, vincentherrmann, vincentherrmann-chain) has tensors named like these: "
                      "encoder.weight", self.refused(other))
        relative = {"causal.conv.weight": torch.ones(2), "dil_sigmoid.0.conv.weight": torch.ones(2)}
        torch.save({"model": relative, "optimizer": {"param_groups": [{"lr": 1e-4}]}, "iterations": 1}, other)
        self.assertIn("tensors named as in kan-bayashi/PytorchWaveNetVocoder, which is not read", self.refused(other))
        err = self.refused(self.write(made.vincentherrmann_current, hparams={"stacks": 1}), "--family", "r9y9")
        self.assertIn("missing tensors: conv_layers.0.conv.bias, conv_layers.0.conv.weight", err)
        err = self.refused(self.write(made.r9y9_plain, hparams={"blocks": 1}), "--family", "vincentherrmann")
        self.assertIn("missing tensors: end_conv_1.bias", err)

    def test_files_that_hold_no_state_dict(self):
        path = os.path.join(self.folder, "model.pth")
        self.assertIn("No such file", self.refused(path))
        for content in (b"", b"\x00" * 64, b"\x80", b"hello, this is a text"):
            with open(path, "wb") as file:
                file.write(content)
            self.assertIn("model.pth: not a PyTorch checkpoint", self.refused(path))
        torch.save([torch.ones(2)], path)
        self.assertIn("no state dict found: expected names and tensors, at the top or under 'state_dict' or 'model'; "
                      "the file holds a list", self.refused(path))
        torch.save({"epoch": 3}, path)
        self.assertIn("; at the top are epoch", self.refused(path))
        torch.save({"state_dict": {}}, path)
        self.assertIn("no state dict found", self.refused(path))

    def test_output_that_cannot_be_written(self):
        checkpoint = self.write(made.r9y9_plain)
        code, _, err = run(checkpoint, "-o", os.path.join(self.folder, "absent", "out.safetensors"))
        self.assertEqual(code, 2)
        self.assertEqual(err.count("\n"), 1)
        os.mkdir(self.output)  # a folder in the way: the temporary file goes too
        self.refused(checkpoint)


class CommandLine(InFolder):
    def command(self, *arguments, **environment):
        return subprocess.run([sys.executable, EXPORT, *arguments], capture_output=True, text=True, check=False,
                              env={**os.environ, **environment})

    def test_runs_as_a_program(self):
        checkpoint = made.write(made.make(made.r9y9_plain), self.folder, "model")
        done = self.command(checkpoint, "-o", self.output)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(os.path.getsize(self.output))
        done = self.command(checkpoint)
        self.assertEqual(done.returncode, 2)
        self.assertIn("example:", self.command("--help").stdout)

    def without(self, name, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, f"{name}.py"), "w", encoding="utf-8") as file:
                file.write(f"raise ImportError('no {name} here')\n")
            return self.command(*arguments, PYTHONPATH=folder)

    def test_says_when_numpy_is_absent(self):
        done = self.without("numpy", "any.pth", "-o", self.output)
        self.assertEqual(done.returncode, 2)
        self.assertIn("apt-get install python3-numpy", done.stderr)
        self.assertIn("no numpy here", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_needs_no_pytorch(self):
        checkpoint = made.write(made.make(made.r9y9_plain), self.folder, "model")
        done = self.without("torch", checkpoint, "-o", self.output)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_evaluator_runs_as_a_program(self):
        made.write(made.make(made.r9y9_older), self.folder, "model")
        self.export(os.path.join(self.folder, "model.pth"))
        inputs, y = (os.path.join(self.folder, name) for name in ("model.safetensors", "y.safetensors"))
        subprocess.run([sys.executable, os.path.join(HERE, "evaluate.py"), self.output, inputs, "-o", y], check=True)
        np.testing.assert_allclose(native.read_tensors(y)["y"], native.read_tensors(inputs)["y"], atol=5e-6)


class NativeFiles(InFolder):
    def test_round_trip(self):
        tensors = {"b": np.float32(3), "a": np.arange(6, dtype=np.int32).reshape(2, 3), "half": np.float16([1.5]),
                   "empty": np.zeros((0, 4), dtype=np.float64)}
        native.write_tensors(self.output, tensors, {"atrous.version": "1"})
        read = native.read_tensors(self.output)
        self.assertEqual(sorted(read), sorted(tensors))
        for name, values in tensors.items():
            np.testing.assert_array_equal(read[name], values)
            self.assertEqual(read[name].dtype, np.asarray(values).dtype)
        with open(self.output, "rb") as file:
            self.assertEqual(int.from_bytes(file.read(8), "little") % 8, 0)
        self.assertEqual(native.read_metadata(self.output), {"atrous.version": "1"})
        self.assertEqual(os.listdir(self.folder), ["out.safetensors"])

    def test_bfloat16_is_read(self):
        header = json.dumps({"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}).encode()
        with open(self.output, "wb") as file:
            file.write(len(header).to_bytes(8, "little") + header + b"\xc0\x3f\x00\xc0")
        np.testing.assert_array_equal(native.read_tensors(self.output)["a"], np.float32([1.5, -2]))

    def test_broken_files(self):
        native.write_tensors(self.output, {"a": np.ones(8, dtype=np.float32)})
        with open(self.output, "rb") as file:
            content = file.read()
        for broken in (b"", content[:20], content[:-4], b"\xff" * 8 + content[8:]):
            with open(self.output, "wb") as file:
                file.write(broken)
            self.assertRaises(ValueError, native.read_tensors, self.output)

    def test_values_that_are_not_finite(self):
        for bad in (np.array([np.nan]), np.array([1e300])):
            with np.errstate(over="ignore"):
                self.assertRaises(ValueError, native.write_model, self.output, {}, {"a": bad})
        self.assertEqual(os.listdir(self.folder), [])


class Upsamplers(unittest.TestCase):
    """The evaluator's upsampling stages against PyTorch's, over random settings."""

    def setUp(self):
        self.random = np.random.default_rng(7)

    def stage(self, stage, weight, c, bias):
        evaluator = evaluate.Evaluator({}, {"u.weight": weight, "u.bias": bias})
        return evaluator._upsample(c, {**stage, "bias": True}, "u")

    def test_transposed(self):
        for groups, kernel, stride, padding, extra, dilation in (
                (1, 4, 2, 1, 0, 1), (2, 5, 3, 2, 1, 2), (3, 1, 1, 2, 0, 1), (1, 2, 5, 0, 4, 3)):
            c, weight = self.random.normal(size=(6, 9)), self.random.normal(size=(6, 12 // groups, kernel))
            bias = self.random.normal(size=12)
            stage = {"kind": "transposed", "in": 6, "out": 12, "kernel": kernel, "stride": stride, "padding": padding,
                     "output_padding": extra, "dilation": dilation, "groups": groups}
            due = torch.nn.functional.conv_transpose1d(
                torch.from_numpy(c)[None], torch.from_numpy(weight), torch.from_numpy(bias), stride, padding, extra,
                groups, dilation)
            np.testing.assert_allclose(self.stage(stage, weight, c, bias), due[0].numpy(), atol=1e-12)

    def test_transposed2d(self):
        for height, kernel, stride, padding, extra, dilation in (
                (3, 4, 4, 0, 0, 1), (5, 8, 4, 2, 0, 1), (1, 3, 5, 1, 2, 2)):
            c, weight = self.random.normal(size=(6, 9)), self.random.normal(size=(height, kernel))
            bias = np.array([0.3])
            stage = {"kind": "transposed2d", "in": 6, "out": 6, "kernel": kernel, "stride": stride, "padding": padding,
                     "output_padding": extra, "dilation": dilation, "frequency_kernel": height}
            due = torch.nn.functional.conv_transpose2d(
                torch.from_numpy(c)[None, None], torch.from_numpy(weight)[None, None], torch.from_numpy(bias),
                (1, stride), (height // 2, padding), (0, extra), 1, (1, dilation))
            np.testing.assert_allclose(self.stage(stage, weight, c, bias), due[0, 0].numpy(), atol=1e-12)

    def test_conv(self):
        c, weight = self.random.normal(size=(6, 19)), self.random.normal(size=(4, 3, 5))
        bias = self.random.normal(size=4)
        stage = {"kind": "conv", "in": 6, "out": 4, "kernel": 5, "dilation": 2, "groups": 2}
        due = torch.nn.functional.conv1d(torch.from_numpy(c)[None], torch.from_numpy(weight), torch.from_numpy(bias),
                                         dilation=2, groups=2)
        np.testing.assert_allclose(self.stage(stage, weight, c, bias), due[0].numpy(), atol=1e-12)


if __name__ == "__main__":
    unittest.main(verbosity=2)
