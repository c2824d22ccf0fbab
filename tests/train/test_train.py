#!/usr/bin/python3
"""Tests of tools/train: that a network says in PyTorch what the engine says of its file, that training goes on from a checkpoint as if it had not
stopped, and that the job for another machine runs from its folder alone. The job lasts ATROUS_DRY_RUN minutes (0.5 unless said). ATROUS is the
program's path, where it is built. Exits with 77, which ctest shows as skipped, where a package is absent.
"""

import hashlib
import importlib.util
import json
import math
import os
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

TRAIN = Path(__file__).resolve().parents[2] / "tools" / "train"
sys.path[:0] = [str(TRAIN), str(TRAIN.parent / "export")]

try:
    import numpy as np
    import scipy.io.wavfile
    import torch
except ImportError as error:
    print(f"SKIPPED: training needs python3-torch and python3-scipy ({error})")
    sys.exit(77)

import checkpoints  # noqa: E402
import fast  # noqa: E402
import g722  # noqa: E402
import measures  # noqa: E402
import native  # noqa: E402
import people  # noqa: E402
import sound  # noqa: E402
import vocoder  # noqa: E402
import voice  # noqa: E402

ATROUS = os.environ.get("ATROUS")
MINUTES = float(os.environ.get("ATROUS_DRY_RUN", 0.5))


def hum(seconds, seed):
    """Something voiced, that starts and ends in silence."""
    draw, t = np.random.default_rng(seed), np.arange(int(seconds * sound.RATE)) / sound.RATE
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(3 * t + seed)) / sound.RATE
    audio = sum(np.sin(k * phase) / k for k in range(1, 20)) + 0.02 * draw.standard_normal(len(t))
    return (0.1 * audio * np.sin(np.pi * t / seconds) ** 2).astype(np.float32)


def corpus(count=4):
    heard = [people.hear(index, np.round(32767 * hum(1 + index % 3, index)).astype(np.int16)) for index in range(count)]
    return people.Corpus(heard, ["en", "slt"] * (count // 2))


def network(head, shape=vocoder.Shape(layers=4, cycle=3, channels=8, skip=16)):
    """With random weights, biases too."""
    torch.manual_seed(5)
    model = vocoder.WaveNet(vocoder.dataclasses.replace(shape, head=head))
    model.start(corpus())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model


class Network(unittest.TestCase):
    @unittest.skipUnless(ATROUS, "needs the program")
    def test_the_engine_says_the_same(self):
        for head in ("softmax", "mol"):
            with self.subTest(head=head), tempfile.TemporaryDirectory() as folder:
                model, path, wav, logits = network(head), f"{folder}/m.safetensors", f"{folder}/a.wav", f"{folder}/y.safetensors"
                vocoder.write(path, model.shape, model.state_dict(), "test")
                vocoder.read(path, model)  # as it was rounded
                pcm = np.round(32767 * hum(1, 3)).astype(np.int16)
                scipy.io.wavfile.write(wav, sound.RATE, pcm)
                told = json.loads(subprocess.run([ATROUS, "score", path, wav, "--json", "--logits", logits], capture_output=True, check=True).stdout)
                engine = native.read_tensors(logits)["y"][0].T
                heard = sound.emphasise(pcm / np.float32(32768))
                frames = np.pad(sound.mel(heard), ((2, 2), (0, 0)), mode="edge")
                x = torch.from_numpy(heard)[None]
                with torch.no_grad():
                    outputs = model(x, torch.from_numpy(frames.T)[None])
                    nats = model.nll(outputs[:, :-1], x[:, 1:])[0, model.shape.receptive_field():].mean().item()
                known = sound.RATE - 3 * sound.HOP  # the engine has one more frame, which begins where the sound ends
                self.assertLess(np.abs(outputs[0].numpy() - engine)[:known].max(), 2e-3)
                self.assertAlmostEqual(nats, told["nll_nats_after_receptive_field"], delta=2e-3)

    def test_a_gpu_s_layout_gives_the_same(self):
        """(B, T, channels) in place of (B, channels, T), on the CPU."""
        x, mel = 0.1 * torch.randn(2, 800), torch.randn(2, sound.BINS, 8)
        for head in ("softmax", "mol"):
            model = network(head)
            with torch.no_grad():
                outputs = model(x, mel)
                with unittest.mock.patch.object(fast, "channels_last", lambda _: True):
                    self.assertLess((model(x, mel) - outputs).abs().max().item(), 1e-4, head)

    def test_mixture_is_integrated_over_the_classes(self):
        model, draw = network("mol"), np.random.default_rng(1)
        outputs = torch.from_numpy(draw.standard_normal((1, 64, model.shape.outputs())).astype(np.float32))
        outputs[..., 20:] -= 4
        every = torch.from_numpy(sound.decode(np.append(np.arange(255) + 0.5, 255.0)).astype(np.float32))  # a value of each class
        total = sum(torch.exp(-model.nll_of_codes(outputs, value.expand(1, 64))) for value in every)
        self.assertLess((total - 1).abs().max().item(), 1e-3)
        values = torch.from_numpy(draw.uniform(-0.3, 0.3, 64).astype(np.float32))[None]
        numpys = measures.mixture_nats(outputs[0].numpy(), sound.encode(values[0].numpy()))
        self.assertAlmostEqual(model.nll_of_codes(outputs, values).mean().item(), numpys, delta=0.02)

    def test_a_file_is_read_back(self):
        for head in ("softmax", "mol"):
            with tempfile.TemporaryDirectory() as folder:
                path, model = Path(folder) / "m.safetensors", network(head)
                vocoder.write(path, model.shape, model.state_dict(), "test")
                other = vocoder.WaveNet(model.shape)
                vocoder.read(path, other)
                self.assertEqual(vocoder.shape_of(native.read_model(path)[0]), model.shape)
                for name, value in model.state_dict().items():
                    if not name.startswith(f"out.{model.shape.layers - 1}."):  # which nothing hears
                        self.assertTrue(((other.state_dict()[name] - value).abs() <= value.abs() * 2**-8).all(), name)


class Checkpoints(unittest.TestCase):
    def training(self):
        torch.manual_seed(1)
        shape = vocoder.Shape(layers=4, cycle=3, channels=8, skip=16)
        return voice.Training(shape, corpus(), corpus(2), "cpu", plan=math.inf, peak=1e-3)

    def test_training_goes_on_as_if_it_had_not_stopped(self):
        with tempfile.TemporaryDirectory() as folder:
            path, through, stopped = Path(folder) / "c.safetensors", self.training(), self.training()
            for training, steps in ((through, 6), (stopped, 3)):
                torch.manual_seed(9)
                for _ in range(steps):
                    training.step()
            checkpoints.save(path, stopped)
            resumed = self.training()
            checkpoints.load(path, resumed)
            for _ in range(3):
                resumed.step()
            self.assertEqual(resumed.state["steps"], 6)
            self.assertGreater(resumed.state["seconds"], stopped.state["seconds"])
            for name, value in through.smooth.state_dict().items():
                self.assertTrue(torch.equal(value, resumed.smooth.state_dict()[name]), name)

    def test_one_in_bf16_is_small_and_near(self):
        with tempfile.TemporaryDirectory() as folder:
            whole, half, training = Path(folder) / "c.safetensors", Path(folder) / "h.safetensors", self.training()
            training.step()
            checkpoints.save(whole, training)
            checkpoints.save(half, training, half=True)
            self.assertLess(6 * half.stat().st_size, whole.stat().st_size)
            self.assertEqual(checkpoints.shape(half), training.model.shape)
            resumed = self.training()
            checkpoints.load(half, resumed)
            self.assertEqual((resumed.state["steps"], resumed.state["warm"]), (1, 0))
            for name, value in training.smooth.state_dict().items():
                near = resumed.smooth.state_dict()[name]
                self.assertTrue(((near - value).abs() <= value.abs() * 2**-8).all(), name)
                self.assertTrue(torch.equal(near, resumed.model.state_dict()[name]), name)


class People(unittest.TestCase):
    def test_who_is_held_out(self):
        sounds = people.SOUNDS
        for path, held in (("en_US_f_Allison/vm-intro", False), ("en_US_f_Allison/demo-thanks", True), ("en_US_f_Allison/digits/1", True),
                           ("en_US_f_Allison/phonetic/a_p", True), ("fr_CA_f_June/digits/2", False), ("it_IT_m_Carlo/vm-intro", True)):
            self.assertEqual(people.held_out(sounds / f"{path}.g722"), held, path)

    def test_silence_is_cut_and_loudness_set(self):
        audio = np.concatenate([np.zeros(8000), hum(1, 1), np.zeros(16000), hum(1, 2), np.zeros(3000)]).astype(np.float32)
        trimmed = sound.trim(audio)
        quiet = sound.loudness(trimmed) < 1e-5
        runs = np.diff(np.flatnonzero(np.diff(np.concatenate([[0], quiet, [0]]))))[::2] * sound.HOP
        self.assertLess(abs(len(trimmed) - 2.2 * sound.RATE), 0.25 * sound.RATE)
        self.assertLessEqual(runs.max(), sound.SILENCE + 2 * sound.HOP)
        for level in (0.1, 1.0):
            loud = sound.loudness(sound.normalise(level * trimmed))
            self.assertAlmostEqual(np.sqrt((loud[loud > loud.max() * 10**-1.75] ** 2).mean()), sound.LEVEL, delta=1e-4)


class Measures(unittest.TestCase):
    def test_pitch_is_found(self):
        t = np.arange(sound.RATE) / sound.RATE
        for hz in (80, 125, 230, 380):
            tone = sum(np.sin(2 * np.pi * k * hz * t) / k for k in range(1, 8)).astype(np.float32)
            found = measures.pitch(tone)[5:-5]
            self.assertLess(np.abs(1200 * np.log2(found / hz)).max(), 6)
        up = measures.pitch_error(tone, np.interp(t * 2 ** (20 / 1200), t, tone))
        self.assertAlmostEqual(up[0], 20, delta=2)

    def test_a_copy_is_no_further_than_none(self):
        audio = hum(2, 3)
        self.assertEqual(measures.mel_cepstral_distortion(audio, audio), 0)
        copy = measures.griffin_lim(sound.mel(sound.emphasise(audio)), rounds=20)
        self.assertLess(measures.mel_cepstral_distortion(audio[:len(copy)], copy), 2)

    def test_words_are_counted(self):
        words = importlib.util.find_spec("pocketsphinx") and __import__("words")
        if not words:
            self.skipTest("needs python3-pocketsphinx")
        for said, heard, wrong in (("a b c", "a b c", 0), ("a b c", "a c", 1), ("a b", "x a y", 2), ("", "a", 1), ("a b", "", 2)):
            self.assertEqual(words.errors(said.split(), heard.split()), wrong)


class Coding(unittest.TestCase):
    def test_pieces_are_as_the_whole(self):
        draw = np.random.default_rng(4)
        stream = draw.integers(0, 256, 3 * g722.PIECE // 2, dtype=np.uint8)
        whole = g722.decode_side_by_side(stream[None])[0]
        apart = g722.decode([stream[:100], stream])
        self.assertTrue(np.array_equal(apart[0], whole[:200]))
        self.assertLess(np.abs(apart[1].astype(int) - whole).max(), 8)

    def test_another_decoder_says_the_same(self):
        """ffmpeg's, of the same bytes: `ffmpeg -f g722 -i - -f s16le - | sha1sum`."""
        stream = np.random.default_rng(4).integers(0, 256, 16000, dtype=np.uint8)
        decoded = g722.decode([stream])[0].astype("<i2").tobytes()
        self.assertEqual(hashlib.sha1(decoded).hexdigest(), "45699a0a1dbde550645088d313d504e5200a4da0")


class Job(unittest.TestCase):
    def test_dry_run(self):
        """Packed, run in its folder with a small and a large voice, taken up, and gone on with."""
        with tempfile.TemporaryDirectory() as name:
            folder, draw = Path(name), np.random.default_rng(7)
            streams = {who: [draw.integers(0, 256, size, dtype=np.uint8) for size in (9000, 20000)] for who in ("en", "slt")}
            people.save(folder / "people.npz", {"train": streams, "held": streams})
            voices = ("--voices", "small-softmax", "large-mol")
            self.job(TRAIN, "pack", folder / "job", "--data", folder / "people.npz", *voices)
            self.assertTrue((folder / "job/models/training/small-softmax.safetensors").exists())
            there = folder / "job" / "tools" / "train"
            self.job(there, "run", folder / "out", "--minutes", MINUTES, *voices, "--device", "cpu")
            self.job(TRAIN, "adopt", folder / "out", "--to", folder / "project")
            for voice_name in ("small-softmax", "large-mol"):
                kept = folder / "project/models/training" / f"{voice_name}.safetensors"
                state = json.loads(native.read_metadata(kept)[checkpoints.KEY])["state"]
                self.assertGreater(state["steps"], 0)
                self.assertLess(max(path.stat().st_size for path in (folder / "out").iterdir()), 16e6)
                if ATROUS:
                    model = folder / "project/build/voices" / f"{voice_name}.safetensors"
                    subprocess.run([ATROUS, "generate", model, folder / "a.wav", "--samples", "100", "--mel", self.frames(folder)], check=True, capture_output=True)

    def frames(self, folder):
        np.save(folder / "mel.npy", sound.mel(sound.emphasise(hum(1, 1))))
        return folder / "mel.npy"

    def job(self, place, *arguments):
        done = subprocess.run([sys.executable, "-B", place / "gpu-job", *map(str, arguments)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    torch.set_num_threads(1)
    unittest.main(verbosity=2)
