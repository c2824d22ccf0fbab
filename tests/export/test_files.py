#!/usr/bin/python3
"""Tests of how the exporter reads files: what training loops save, what attackers write, what is broken, and what is
something else.

Exits with 77, which ctest shows as skipped, where PyTorch is absent: it writes the files here, and reads none.
"""

import argparse
import collections
import io
import json
import os
import pickle
import random
import struct
import sys
import tarfile
import unittest
import warnings
import zipfile

try:
    import numpy as np
    import torch
except ImportError as error:
    print(f"SKIPPED: the exporter's tests need python3-torch and python3-numpy ({error})")
    sys.exit(77)

import make_checkpoints as made  # noqa: E402
from test_export import InFolder, run  # noqa: E402
import native  # noqa: E402
import stats as statistics  # noqa: E402
from refusal import Refusal  # noqa: E402


def trained(build=made.r9y9_plain):
    """(case, model) after a few steps of Adam on a made-up loss, with what the training loop has besides."""
    case = made.make(build)
    model = build_model(build)
    model.load_state_dict(case["state"])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    for _ in range(2):
        optimizer.zero_grad()
        sum((parameter ** 2).sum() for parameter in model.parameters()).backward()
        optimizer.step()
    model.load_state_dict(case["state"])  # the weights that the outputs are known for
    return case, model, optimizer


def build_model(build):
    assert build is made.r9y9_plain
    return made.without_weight_norm(made.R9y9(made.SIZES, 5, 5))


def noam(step, lr=1e-3, warmup=4000):
    """The learning rate of r9y9's schedule: a NumPy scalar."""
    return lr * warmup ** 0.5 * np.minimum((step + 1) * warmup ** -1.5, (step + 1) ** -0.5)


def rewritten(path, change, **options):
    """The zip archive at `path` with its entries as `change` makes them of (name, bytes): None drops one."""
    with zipfile.ZipFile(path) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in entries:
            content = change(name, content)
            if content is not None:
                archive.writestr(name, content)


class Reading(InFolder):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.folder, "model.pth")
        case = made.make(made.r9y9_plain)
        self.case = case
        with open(os.path.join(self.folder, "hparams.json"), "w", encoding="utf-8") as file:
            json.dump(case["hparams"], file)

    def save(self, content, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.save(content, self.path, **options)

    def gives(self, tolerance=2e-6, *more):
        """Exports the file and compares with the case's outputs; returns what was said."""
        out = self.export(self.path, *more)
        y = self.evaluated(self.case["tensors"])
        self.assertLess(np.abs(y - self.case["tensors"]["y"][0]).max(), tolerance)
        return out

    def write(self, content):
        with open(self.path, "wb") as file:
            file.write(content)

    def both_forms(self, content):
        """Saves in the zip form, then in the older one."""
        for new in (True, False):
            self.save(content, _use_new_zipfile_serialization=new)
            yield


class TrainingLoops(Reading):
    """The forms in which trainers save."""

    def r9y9(self):
        """r9y9's train.py: state dict, optimizer, counters."""
        _, model, optimizer = trained()
        optimizer.param_groups[0]["lr"] = noam(17)
        self.assertIsInstance(optimizer.param_groups[0]["lr"], np.floating)
        return {"state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "global_step": 17,
                "global_epoch": 1, "global_test_step": 0}

    def test_with_optimizer_and_schedule(self):
        for _ in self.both_forms(self.r9y9()):
            self.gives()

    def test_more_of_what_loops_keep(self):
        _, model, optimizer = trained()
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, noam)
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
        content = {
            "model": model.state_dict(), "optim": optimizer.state_dict(), "sched": schedule.state_dict(),
            "plateau": plateau.state_dict(), "best": np.float64(0.5), "losses": np.arange(6.0).reshape(2, 3),
            "big_endian": np.arange(3, dtype=">i4"), "args": argparse.Namespace(lr=1e-3, name="run", betas=(0.9, 0.99)),
            "rng": torch.get_rng_state(), "numpy_rng": np.random.RandomState(1).get_state(), "python_rng":
            random.getstate(), "device": torch.device("cpu"), "dtype": torch.float16, "size": torch.Size([2, 3]),
            "counts": collections.Counter("aab"), "default": collections.defaultdict(list, a=[1]), "set": {1, 2},
            "complex": 1 + 2j, "none": None, "nested": [{"a": (1, [2.5, True])}], "bytes": b"\x00\xff"}
        for _ in self.both_forms(content):
            self.gives()

    def test_data_parallel_and_compiled(self):
        _, model, _ = trained()
        for wrapped in ({f"module.{name}": value for name, value in model.state_dict().items()},
                        {f"_orig_mod.module.{name}": value for name, value in model.state_dict().items()},
                        torch.nn.DataParallel(model).state_dict()):
            for content in (wrapped, {"state_dict": wrapped}, {"model": wrapped, "epoch": 1.5}):
                self.save(content)
                self.gives()

    def test_lightning(self):
        """Its hyper-parameters serve where no file stands beside the checkpoint."""
        _, model, optimizer = trained()
        state = {f"model.{name}": value for name, value in model.state_dict().items()}
        state["loss.window"] = torch.ones(4)
        content = {"epoch": 1, "global_step": 2, "pytorch-lightning_version": "2.0.1", "state_dict": state,
                   "loops": {"fit_loop": {"state_dict": {}}}, "callbacks": {"ModelCheckpoint": {"best": torch.tensor(.1)}},
                   "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [],
                   "hparams_name": "kwargs", "hyper_parameters": {**self.case["hparams"], "lr": np.float64(1e-3)}}
        os.unlink(os.path.join(self.folder, "hparams.json"))
        for hyper_parameters in (content["hyper_parameters"], argparse.Namespace(**content["hyper_parameters"])):
            self.save({**content, "hyper_parameters": hyper_parameters})
            out = self.gives()
            self.assertIn("model.pth: its hyper-parameters", out)
            self.assertIn("1 tensors beside those named model.… are not used", out)

    def test_moving_averages(self):
        _, model, _ = trained()
        average = model.state_dict()
        last = {name: value + 1 for name, value in average.items()}
        shadow = {name: value for name, value in average.items() if name.endswith("weight")}
        mixed = {name: value if name.endswith("weight") else average[name] for name, value in last.items()}
        for content in ({"state_dict": last, "ema": average}, {"model": last, "ema_state_dict": average},
                        {"state_dict": last, "model_ema": {"module": average, "decay": 0.999}},
                        {"state_dict": mixed, "ema": {"shadow": shadow, "decay": 0.9, "num_updates": 7}},
                        {"state_dict": {**{f"model.{name}": value for name, value in last.items()},
                                        **{f"ema_model.{name}": value for name, value in average.items()}}},
                        {"ema": {f"module.{name}": value for name, value in average.items()}, "step": 3}):
            self.save(content)
            self.gives(2e-6, "--ema")
            if len(content) > 1 and "step" not in content:
                self.assertIn("--ema takes it", self.export(self.path))
                with self.assertRaises(AssertionError):
                    self.gives()  # the last weights are others
        self.assertIn("moving average of the weights alone: --ema takes it", self.refused(self.path))
        self.save(average)
        self.assertIn("--ema: no moving average found", self.refused(self.path, "--ema"))

    def test_half_precision(self):
        for dtype, tolerance in ((torch.float16, 5e-4), (torch.bfloat16, 5e-3), (torch.float64, 2e-6)):
            state = {name: value.to(dtype) for name, value in trained()[1].state_dict().items()}
            for _ in self.both_forms({"state_dict": state}):
                self.gives(tolerance)
                weight = native.read_model(self.output)[1]["stacks.0.input.weight"]
                expected = state["first_conv.weight"].to(torch.float32).numpy()
                np.testing.assert_array_equal(weight, expected)

    def test_layouts_of_memory(self):
        """Transposed tensors, and tensors that share a storage."""
        state = trained()[1].state_dict()
        name = "conv_layers.0.conv.weight"
        turned = state[name].permute(2, 0, 1).contiguous().permute(1, 2, 0)
        self.assertFalse(turned.is_contiguous())
        long = torch.cat([torch.zeros(7), state["first_conv.bias"], torch.zeros(3)])
        state = {**state, name: turned, "first_conv.bias": long[7:7 + len(state["first_conv.bias"])]}
        for _ in self.both_forms(state):
            self.gives()

    def test_whole_modules(self):
        model = trained()[1]
        for module in (model, torch.nn.DataParallel(model)):
            for content in (module, {"model": module, "epoch": 2}):
                for _ in self.both_forms(content):
                    self.gives()

    def test_whole_module_with_weight_norm(self):
        """The old form's hooks are records like everything else."""
        case = made.make(made.r9y9_parametrized)
        model = made.R9y9({**made.SIZES, "outputs": 2, "bins": 6}, 4, 1,
                          made.ConvIn(6, 1, scales=[5, 2], activation=torch.nn.LeakyReLU(0.4)))
        renamed = {name.replace(".parametrizations.weight.original0", ".weight_g")
                   .replace(".parametrizations.weight.original1", ".weight_v"): value
                   for name, value in case["state"]["state_dict"].items()}
        model.load_state_dict(renamed)
        with open(os.path.join(self.folder, "hparams.json"), "w", encoding="utf-8") as file:
            json.dump(case["hparams"], file)
        self.case = case
        for _ in self.both_forms(model):
            self.gives()

    def test_pickled_without_torch(self):
        state = dict(trained()[1].state_dict())
        arrays = {name: value.numpy() for name, value in state.items()}
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            for content in (state, {"params": arrays, "step": np.int64(3)}):
                with self.subTest(protocol=protocol, kind=len(content)):
                    self.write(pickle.dumps(content, protocol))
                    self.gives()

    def test_safetensors(self):
        state = trained()[1].state_dict()
        self.path = os.path.join(self.folder, "model.safetensors")
        native.write_tensors(self.path, {f"module.{name}": value.numpy() for name, value in state.items()})
        self.gives()
        self.export(self.path)
        self.path = self.output
        self.assertIn("a native model file, which needs no export", run(self.output, "-o", self.output)[2])

    def test_archives_written_by_others(self):
        """Deflated, under another folder's name, and from a big-endian machine."""
        self.save({"state_dict": trained()[1].state_dict()})
        rewritten(self.path, lambda _, content: content, compression=zipfile.ZIP_DEFLATED)
        self.gives()

        def swapped(name, content):
            if name.endswith("byteorder"):
                return None
            return np.frombuffer(content, "<f4").astype(">f4").tobytes() if "/data/" in name else content
        rewritten(self.path, swapped)
        with zipfile.ZipFile(self.path, "a") as archive:
            archive.writestr(f"{archive.namelist()[0].split('/')[0]}/byteorder", "big")
        self.gives()


class Action:
    """Unpickled without care, it calls a function."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


class Hostile(Reading):
    """Files that try to make a file named `trace`, and files that try to be expensive."""

    def setUp(self):
        super().setUp()
        self.trace = os.path.join(self.folder, "trace")
        self.state = trained()[1].state_dict()

    def actions(self):
        code = f"open({self.trace!r}, 'w').close()"
        yield "posix.mkdir", Action(os.mkdir, self.trace)
        yield "posix.system", Action(os.system, f"touch {self.trace}")
        yield "builtins.exec", Action(exec, code)
        yield "builtins.eval", Action(eval, code)
        yield f"{open.__module__}.open", Action(open, self.trace, "w")
        yield "builtins.__import__", Action(__import__, "os")
        yield "operator.methodcaller", Action(__import__("operator").methodcaller, "system")

    def harmless(self):
        """Every file of the folder but those that were there is absent, and so is the trace."""
        self.assertFalse(os.path.exists(self.trace))

    def test_calls(self):
        for name, action in self.actions():
            for content in ({"state_dict": action}, {"state_dict": self.state, "optimizer": action}, action,
                            {"state_dict": {**self.state, "first_conv.weight": action}}):
                for _ in self.both_forms(content):
                    self.assertIn(f"holds pickled code ({name})", self.refused(self.path))
                    self.harmless()

    def test_the_calls_are_live(self):
        """Guards the test above: the standard loader runs them."""
        pickle.loads(pickle.dumps(Action(os.mkdir, self.trace)))
        self.assertTrue(os.path.exists(self.trace))

    def test_calls_by_every_opcode(self):
        trace = self.trace.encode()
        text = b"X" + struct.pack("<I", len(trace)) + trace
        for body in (b"cposix\nmkdir\n" + text + b"\x85R.",            # GLOBAL, REDUCE
                     b"(" + text + b"iposix\nmkdir\n.",                # INST
                     b"(cposix\nmkdir\n" + text + b"o.",               # OBJ
                     b"\x8c\x05posix\x8c\x05mkdir\x93" + text + b"\x85R.",  # STACK_GLOBAL
                     b"cposix\nmkdir\n" + text + b"\x85\x81.",         # NEWOBJ
                     b"cposix\nmkdir\n" + text + b"\x85}\x92.",        # NEWOBJ_EX
                     b"cnt\nmkdir\n.", b"c__builtin__\neval\n.", b"ccommands\ngetoutput\n.",
                     b"csubprocess\nPopen\n.", b"cctypes\nCDLL\n.", b"cos.path\nos.system\n."):
            self.write(b"\x80\x04" + body)
            self.assertIn("model.pth: holds pickled code", self.refused(self.path), body)
            self.harmless()

    def test_calls_of_unknown_classes_are_records(self):
        """Whatever is not Python's own stays a note of its name, methods of it too."""
        unknown = b"cevil.module\nClass.method\n" + b"X\x01\x00\x00\x00a\x85R}X\x01\x00\x00\x00bK\x01sb"
        for body in (unknown + b".", b"c__builtin__\ngetattr\n" + unknown + b"X\x01\x00\x00\x00m\x86R)R."):
            self.write(b"\x80\x02" + body)
            self.assertIn("no state dict found", self.refused(self.path))

    def torchscript(self):
        """A TorchScript archive that writes a file as it is loaded."""
        trace = self.trace

        class Script(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.path: str = trace

            @torch.jit.export
            def __getstate__(self):
                return (self.path, self.training)

            @torch.jit.export
            def __setstate__(self, state: tuple[str, bool]):
                self.path = state[0]
                self.training = state[1]
                torch.save(torch.ones(1), self.path)

            def forward(self, x):
                return x

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.jit.script(Script()).save(self.path)

    def test_torchscript(self):
        self.torchscript()
        self.assertIn("model.pth: a TorchScript archive: it holds code, which is not run here", self.refused(self.path))
        self.harmless()
        torch.jit.load(self.path)  # guards the test: the archive does what it is to do
        self.assertTrue(os.path.exists(self.trace))

    def test_code_beside_a_checkpoint(self):
        self.save(self.state)
        for name in ("archive/constants.pkl", "archive/code/__torch__.py", "archive/.data/extern_modules",
                     "archive/helper.py"):
            self.save(self.state)
            with zipfile.ZipFile(self.path, "a") as archive:
                archive.writestr(name, b"")
            self.assertIn("it holds code, which is not run here", self.refused(self.path))

    def test_tar_forms(self):
        for name, words in (("sys_info", "a tar archive, the form of PyTorch before"), ("other", "a tar archive: unpack")):
            with tarfile.open(self.path, "w", format=tarfile.USTAR_FORMAT) as archive:
                content = pickle.dumps(Action(os.mkdir, self.trace))
                for member in (name, "pickle"):
                    info = tarfile.TarInfo(member)
                    info.size = len(content)
                    archive.addfile(info, io.BytesIO(content))
            self.assertIn(words, self.refused(self.path))
            self.harmless()

    def test_no_advice_to_load_what_is_not_trusted(self):
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "export")
        for name in os.listdir(folder):
            if name.endswith(".py"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = file.read()
                for word in ("torch.load", "pickle.load", "joblib.load", "weights_only", "import torch\n"):
                    self.assertNotIn(word, text, name)

    def test_storages_that_are_not_there(self):
        """Sizes, strides and offsets are held to the storage, and the storage to the file."""
        self.save({"a.weight": torch.ones(8)})
        with zipfile.ZipFile(self.path) as archive:
            content = archive.read("model/data.pkl" if "model/data.pkl" in archive.namelist() else "archive/data.pkl")
        eight = b"K\x08"
        self.assertEqual(content.count(eight), 2)  # the storage's elements, the tensor's size
        for number in (b"K\x09", b"J\xff\xff\xff\x7f", b"\x8a\x08" + b"\x00" * 6 + b"\xff\x00", b"J\xff\xff\xff\xff",
                       b"G?\xf0\x00\x00\x00\x00\x00\x00", b"N"):
            for which in (0, 1):
                parts = content.split(eight)
                joined = parts[0] + (number if which == 0 else eight) + parts[1] + (
                    number if which == 1 else eight) + parts[2]
                self.save({"a.weight": torch.ones(8)})
                rewritten(self.path, lambda name, old: joined if name.endswith("data.pkl") else old)
                self.assertIn("model.pth: holds ", self.refused(self.path))

    def test_expanded_tensors(self):
        self.save({"a.weight": torch.ones(1).expand(1 << 30)})
        self.assertIn("beyond its storage", self.refused(self.path))
        base = torch.ones(1 << 18)
        self.save({f"a.{index}.weight": base[:] for index in range(40)})
        self.assertIn("share their storages so often", self.refused(self.path))

    def test_deflated_bombs(self):
        self.save({"a.weight": torch.zeros(1 << 25)})  # 128 MiB
        rewritten(self.path, lambda _, content: content, compression=zipfile.ZIP_DEFLATED)
        self.assertLess(os.path.getsize(self.path), 1 << 18)
        self.assertIn("too large for the file", self.refused(self.path))

    def test_entries_that_lie(self):
        self.save({"a.weight": torch.zeros(1 << 16)})
        rewritten(self.path, lambda _, content: content, compression=zipfile.ZIP_DEFLATED)
        with open(self.path, "rb") as file:
            content = file.read()
        for said in (1 << 10, 1 << 19, 1 << 31):
            self.write(content.replace(struct.pack("<I", 1 << 18), struct.pack("<I", said)))
            self.refused(self.path)

    def test_expensive_pickles(self):
        deep = b"\x80\x02}" + b")" + b"\x85" * 100000 + b"K\x01s."  # a key of a hundred thousand levels
        wide = b"\x80\x02]q\x00" + b"".join(
            b"]q" + bytes([level + 1]) + b"(" + b"h" + bytes([level]) + b"h" + bytes([level]) + b"e"
            for level in range(200)) + b"."  # 2^200 lists, sharing
        memo = b"\x80\x02K\x01r\xff\xff\xff\x7f."
        length = b"\x80\x04B\xff\xff\xff\x7fabc."
        module = self.modules(60)
        text = b"a" * 100000
        encoded = (b"\x80\x02]c_codecs\nencode\nq\x00X" + struct.pack("<I", len(text)) + text + b"q\x01" + b"(" +
                   b"h\x00h\x01\x85R" * 100000 + b"e.")  # 10 GB of bytes
        dicts = (b"\x80\x02]ccollections\nOrderedDict\nq\x00](" + b"".join(
            b"K" + bytes([n % 256]) + b"K\x01\x86" for n in range(20000)) + b"eq\x01(" +
                 b"h\x00h\x01\x85R" * 100000 + b"ee.")
        settings = b"\x80\x02}X\x06\x00\x00\x00config]q\x00(" + b"K\x01" * 100 + b"e" + b"".join(
            b"](" + b"h" + bytes([level]) * 1 + (b"h" + bytes([level])) * 99 + b"eq" + bytes([level + 1])
            for level in range(9)) + b"s."  # lists of a hundred lists, nine deep
        for content in (encoded, dicts, settings):
            self.write(content)
            self.refused(self.path)
        for content in (deep, wide, memo, length, module, b"\x80\x02" + b"(" * 1000000, b"\x80\x02" + b"]" * 1000 + b"."):
            self.write(content)
            self.refused(self.path)

    @staticmethod
    def modules(levels):
        """A pickled module whose parts hold each next one twice: 2^levels names."""
        text = b"\x80\x02"
        for level in range(levels):
            text += (b"cx\nM\n)\x81}(X\x0b\x00\x00\x00_parameters}X\x08\x00\x00\x00_modules}("
                     + (b"X\x01\x00\x00\x00ah" + bytes([level - 1]) + b"X\x01\x00\x00\x00bh" + bytes([level - 1])
                        if level else b"") + b"uub" + b"q" + bytes([level]))
        return text + b"."


class Broken(Reading):
    """Whatever is cut off or changed costs one line, or gives a model."""

    def check(self, content):
        self.write(content)
        if os.path.exists(self.output):
            os.unlink(self.output)
        code, out, err = run(self.path, "-o", self.output)
        self.assertIn(code, (0, 2))
        self.assertEqual((out == "", err.count("\n")), (code == 2, 1 if code == 2 else 0), err)
        return code

    def contents(self):
        torch.manual_seed(int(os.environ.get("ATROUS_EXPORT_FUZZ_SEED", 1)))
        model = made.without_weight_norm(made.R9y9({**made.SIZES, "residual": 2, "gate": 2, "skip": 2}, 1, 1))
        hparams = made.r9y9_hparams({**made.SIZES, "residual": 2, "gate": 2, "skip": 2}, 1, 1)
        with open(os.path.join(self.folder, "hparams.json"), "w", encoding="utf-8") as file:
            json.dump(hparams, file)
        content = {"state_dict": model.state_dict(), "lr": np.float64(0.1), "step": 3}
        for _ in self.both_forms(content):
            with open(self.path, "rb") as file:
                yield file.read()
        self.write(pickle.dumps(model, 4))
        with open(self.path, "rb") as file:
            yield file.read()

    def test_cut_off(self):
        for content in self.contents():
            self.assertEqual(self.check(content), 0)
            for size in range(1, len(content), max(1, len(content) // 120)):
                self.assertEqual(self.check(content[:size]), 2, size)

    def test_changed(self):
        numbers = random.Random(int(os.environ.get("ATROUS_EXPORT_FUZZ_SEED", 1)))
        for content in self.contents():
            codes = set()
            for _ in range(int(os.environ.get("ATROUS_EXPORT_FUZZ", 300))):
                changed = bytearray(content)
                for _ in range(numbers.choice((1, 1, 2, 8))):
                    changed[numbers.randrange(len(changed))] = numbers.randrange(256)
                codes.add(self.check(bytes(changed)))
            self.assertEqual(codes, {0, 2})


class OtherFiles(Reading):
    """What a file is that is no checkpoint."""

    def zipped(self, *names):
        with zipfile.ZipFile(self.path, "w") as archive:
            for name in names:
                archive.writestr(name, b"{}")
        with open(self.path, "rb") as file:
            return file.read()

    def test_kinds(self):
        onnx = b"\x08\x07\x12\x07pytorch\x1a\x051.13.0:\x10"
        for content, words in (
                (self.zipped("pack/amp.nam", "pack/other.nam"), "a zip archive of 2 files (amp.nam, …), not a checkpoint; "
                                                                "unpack it"),
                (self.zipped("mean.npy", "scale.npy"), "an archive of NumPy arrays (.npz)"),
                (self.zipped("metadata.json", "config.json", "model.weights.h5"), "a Keras archive (.keras)"),
                (b"<!DOCTYPE html>\n<html>", "a web page"), (b"\n  <HTML lang=en>", "a web page"),
                (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "a Git LFS pointer"),
                (b"\x89HDF\r\n\x1a\n" + bytes(99), "an HDF5 file"), (onnx, "an ONNX model"),
                (b'{"version": "0.5.4"}', "JSON text"), (b"\x1f\x8b\x08" + bytes(20), "compressed by gzip"),
                (b"RIFF\x24\x00\x00\x00WAVEfmt ", "a sound or video file"), (b"PK\x05\x06" + bytes(18), "an empty zip"),
                (b"\x1c\x00\x00\x00TFL3", "a TensorFlow Lite model"), (b"garbage", "not a PyTorch checkpoint")):
            self.write(content)
            self.assertIn(f"model.pth: {words}", self.refused(self.path))

    def test_folders_and_pipes(self):
        self.assertIn("expected a file, found a folder", self.refused(self.folder))
        os.mkfifo(self.path)
        self.assertIn("expected a file, found a pipe or device", self.refused(self.path))


class Scalers(Reading):
    """scikit-learn's scaler as r9y9's recipes save it: by joblib, whose arrays stand between the opcodes."""

    def scaler(self, aligned, array):
        """The bytes of a pickle of StandardScaler with arrays in joblib's form."""
        class Wrapper:
            pass

        class StandardScaler:
            pass

        for kind, module, name in ((Wrapper, "joblib.numpy_pickle", "NumpyArrayWrapper"),
                                   (StandardScaler, "sklearn.preprocessing._data", "StandardScaler")):
            kind.__module__, kind.__qualname__, kind.__name__ = module, name, name

        class Pickler(pickle._Pickler):
            def save_global(self, obj, name=None):  # of classes that are not installed
                if obj in (Wrapper, StandardScaler):
                    self.write(f"c{obj.__module__}\n{obj.__name__}\n".encode())
                    return self.memoize(obj)
                return super().save_global(obj, name)

            def save(self, obj, save_persistent_id=True):
                if not isinstance(obj, np.ndarray):
                    return super().save(obj, save_persistent_id)
                wrapper = Wrapper()
                order = "F" if obj.flags.f_contiguous and not obj.flags.c_contiguous else "C"
                wrapper.__dict__.update(subclass=np.ndarray, shape=obj.shape, order=order, dtype=obj.dtype,
                                        allow_mmap=True)
                if aligned:
                    wrapper.numpy_array_alignment_bytes = 16
                super().save(wrapper)
                if aligned:
                    self.write(b"\x05" + b"\xff" * 5)
                return self.write(obj.tobytes(order))
        scaler = StandardScaler()
        scaler.__dict__.update(with_mean=True, with_std=True, n_samples_seen_=np.int64(9), mean_=array,
                               var_=array ** 2, scale_=array + 1)
        stream = io.BytesIO()
        pickler = Pickler(stream, 3)
        pickler.dispatch = {**pickler.dispatch, type: Pickler.save_global}
        pickler.dump(scaler)
        return stream.getvalue()

    def test_scalers(self):
        array = np.arange(7.0)
        for aligned in (False, True):
            self.write(self.scaler(aligned, array))
            mean, scale = statistics.read(self.path)
            np.testing.assert_array_equal(mean, array)
            np.testing.assert_array_equal(scale, array + 1)

    def test_scalers_that_are_none(self):
        content = self.scaler(True, np.arange(7.0))
        for wrong in (content[:len(content) // 2], pickle.dumps({"mean_": 1}), pickle.dumps(Action(os.mkdir, self.path)),
                      content.replace(b"mean_", b"mode_")):
            self.write(wrong)
            with self.assertRaises(Refusal):
                statistics.read(self.path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
