#!/usr/bin/python3
"""Generator, Bank, score and mel: to the program's bytes; what is refused, and Ctrl-C."""

import json
import math
import os
import signal
import subprocess
import sys
import time

from common import AMP, SPEECH, VOICE, Case, atrous, main, np, same

import native  # noqa: E402
from graph import Graph  # noqa: E402


def unconditioned(path, random):
    """A small generator of 256 classes that reads nothing but itself."""
    graph = Graph("small", "random", 16000)
    graph.config["input"] = {"kind": "one_hot", "channels": 1}
    graph.config["code"] = {"kind": "ibab", "classes": 256, "first": 128}
    graph.config["output"] = {"kind": "categorical", "channels": 256}

    def pair(out, inputs, kernel, gain=1.0):
        return gain * random.standard_normal((out, inputs, kernel)) / (inputs * kernel) ** 0.5, random.standard_normal(out)

    graph.stack(*pair(16, 256, 1, 16))
    for index in range(3):
        graph.layer(conv=pair(32, 16, 2), skip=pair(16, 16, 1), residual=pair(16, 16, 1), dilation=2 ** index)
    graph.post(*pair(256, 16, 1))
    native.write_model(path, graph.config, graph.tensors)
    return path


class Voice(Case):
    @classmethod
    def setUpClass(cls):
        cls.generator = atrous.Generator(VOICE)
        cls.speech = atrous.read_audio(SPEECH)[0][0]
        cls.mel = atrous.mel(VOICE, cls.speech)

    def test_mel_is_what_the_program_writes(self):
        self.atrous("mel", SPEECH, "mel.npy", "--like", VOICE)
        self.assertTrue(same(np.load(self.path("mel.npy")), self.mel))
        self.atrous("mel", SPEECH, "mel.safetensors", "--like", VOICE)
        padded = native.read_tensors(self.path("mel.safetensors"))["c"][0].T
        self.assertTrue(same(np.ascontiguousarray(padded), atrous.mel(atrous.Model(VOICE), self.speech, padded=True)))

    def test_generate_is_what_the_program_writes(self):
        mel = self.mel[:30]
        np.save(self.path("mel.npy"), mel)
        self.atrous("generate", VOICE, "theirs.wav", "--mel", "mel.npy", "--seed", 7, "--temperature", 0.9)
        sound = self.generator.generate(mel, seed=7, temperature=0.9)
        self.assertEqual((sound.dtype, sound.shape), (np.float32, (6000,)))
        atrous.write_audio(self.path("mine.wav"), sound, self.generator.sample_rate, "pcm16")
        self.assert_same_bytes("mine.wav", "theirs.wav")

    def test_the_options_are_the_programs(self):
        mel, prime = self.mel[:20], self.speech[:1000]
        np.save(self.path("mel.npy"), mel)
        atrous.write_audio(self.path("prime.wav"), prime, 16000)
        self.atrous("generate", VOICE, "theirs.wav", "--mel", "mel.npy", "--prime", "prime.wav", "--greedy", "--samples", 2000)
        sound = self.generator.generate(mel, prime=prime, greedy=True, samples=2000)
        atrous.write_audio(self.path("mine.wav"), sound, 16000, "pcm16")
        self.assert_same_bytes("mine.wav", "theirs.wav")
        self.assertEqual(self.generator.generate(mel, prime=prime).shape, (3000,))

    def test_padded_features_give_the_same(self):
        padded = atrous.mel(VOICE, self.speech[:4000], padded=True)
        plain = atrous.mel(VOICE, self.speech[:4000])
        self.assertTrue(same(self.generator.generate(padded, padded=True), self.generator.generate(plain)))
        self.assertTrue(same(self.generator.generate(plain.astype(float)), self.generator.generate(plain)))

    def test_chunks_are_the_whole(self):
        mel = self.mel[:20]
        whole = self.generator.generate(mel, seed=3)
        for chunk in (1, 999, 1024, 100000):
            chunks = self.generator.stream(mel, seed=3, chunk=chunk)
            self.assertIs(iter(chunks), chunks)
            self.assertEqual(chunks.left, 4000)
            pieces = list(chunks)
            self.assertTrue(all(len(piece) == chunk for piece in pieces[:-1]))
            self.assertTrue(same(np.concatenate(pieces), whole))
            self.assertRaises(StopIteration, next, chunks)
        self.assert_refused(ValueError, ["chunk", "0"], self.generator.stream, mel, chunk=0)

    def test_features_that_come_in_pieces(self):
        mel, taken = self.mel[:20], []
        whole = self.generator.generate(mel, seed=3)

        def pieces(rows, sizes):
            for size in sizes:
                taken.append(size)
                yield rows[:size]
                rows = rows[size:]

        for sizes in ((20,), (1,) * 20, (0, 7, 0, 13), (3, 17)):
            chunks = self.generator.stream(pieces(mel, sizes), seed=3, chunk=300)
            self.assertIsNone(chunks.left)
            made = list(chunks)
            self.assertTrue(all(len(chunk) == 300 for chunk in made[:-1]))
            self.assertTrue(same(np.concatenate(made), whole))
            self.assertEqual(chunks.left, 0)
        self.assertTrue(same(np.concatenate(list(self.generator.stream([mel[:4], mel[4:]], seed=3))), whole))
        padded = atrous.mel(VOICE, self.speech[:4000], padded=True)
        self.assertTrue(same(np.concatenate(list(self.generator.stream(pieces(padded, (2, len(padded) - 2)), padded=True))),
                             self.generator.generate(padded, padded=True)))

        # No more than is needed is asked for; a sound may end before its features do.
        taken.clear()
        chunks = self.generator.stream(pieces(mel, (1,) * 20), seed=3, chunk=500)
        self.assertEqual(taken, [])
        self.assertTrue(same(next(chunks), whole[:500]))
        self.assertLess(len(taken), 8)
        short = list(self.generator.stream(pieces(mel, (10, 10)), seed=3, samples=700, chunk=500))
        self.assertTrue(same(np.concatenate(short), whole[:700]))
        primed = list(self.generator.stream(pieces(mel, (1,) * 20), seed=3, prime=self.speech[:1000]))
        self.assertTrue(same(np.concatenate(primed), self.generator.generate(mel, seed=3, prime=self.speech[:1000])))

        self.assertEqual(list(self.generator.stream([])), [])
        stream = self.generator.stream
        self.assert_refused(ValueError, ["(frames, 80)", "(80, 20)"], next, stream([mel.T]))
        self.assert_refused(TypeError, ["float32", "list"], next, stream([[0.0] * 80]))
        self.assert_refused(TypeError, ["float32", "int"], stream, 3)
        self.assert_refused(ValueError, ["prime", "4000", "5000"], stream, [mel], prime=self.speech[:5000])
        self.assert_refused(TypeError, ["generator"], self.generator.generate, pieces(mel, (20,)))
        self.assertRaises(ZeroDivisionError, list, stream(mel[: 1 // size] for size in (1, 0)))

    def test_a_bank_is_generators(self):
        network = atrous.Network(VOICE, precision="f32")
        asked = [{"mel": self.mel[:20], "seed": 1}, {"mel": self.mel[50:60], "seed": 2, "voice": 5},
                 {"mel": self.mel[:20], "seed": 1, "voice": 1, "prime": self.speech[:100]},
                 {"mel": self.mel[:20], "greedy": True, "samples": 17}, {"mel": self.mel[:20], "samples": 0}]
        generator = atrous.Generator(network)
        alone = [generator.generate(**voice) for voice in asked]
        for threads in (1, 2):
            together = atrous.Bank(network, threads=threads).generate([atrous.Voice(**voice) for voice in asked])
            self.assertEqual([sound.shape for sound in together], [(4000,), (2000,), (3900,), (17,), (0,)])
            self.assertTrue(all(same(a, b) for a, b in zip(together, alone)))
        self.assertFalse(same(alone[0], generator.generate(self.mel[:20], seed=2)))

    def test_a_bank_is_the_programs_streams(self):
        mel = self.mel[:10]
        np.save(self.path("mel.npy"), mel)
        self.atrous("generate", VOICE, "theirs.wav", "--mel", "mel.npy", "--streams", 3, "--seed", 4)
        sounds = atrous.Bank(VOICE).generate([atrous.Voice(mel, seed=4, voice=voice) for voice in range(3)])
        atrous.write_audio(self.path("mine.wav"), np.stack(sounds), 16000, "pcm16")
        self.assert_same_bytes("mine.wav", "theirs.wav")

    def test_score_is_the_programs(self):
        score = atrous.score(VOICE, self.speech, outputs=True)
        theirs = json.loads(self.atrous("score", VOICE, SPEECH, "--json", "--logits", "y.safetensors"))
        for field in ("nll_nats", "nll_nats_after_receptive_field", "steps"):
            self.assertEqual(getattr(score, field), theirs[field], field)
        y = native.read_tensors(self.path("y.safetensors"))["y"][0].T
        self.assertTrue(same(np.ascontiguousarray(y), score.outputs))
        self.assertIsNone(atrous.score(VOICE, self.speech[:4000]).outputs)
        self.assertEqual(atrous.score(VOICE, self.speech, mel=self.mel).nll_nats, score.nll_nats)
        self.assertTrue(math.isnan(atrous.score(VOICE, self.speech[:1000]).nll_nats_after_receptive_field))

    def test_what_is_refused(self):
        generate, mel = self.generator.generate, self.mel
        self.assert_refused(ValueError, ["(frames, 80)", "(80, 442)"], generate, mel.T)
        self.assert_refused(ValueError, ["(frames, 80)", "None"], generate)
        self.assert_refused(TypeError, ["float32", "int64"], generate, mel.astype(np.int64))
        wrong = mel.copy()
        wrong[3, 4] = np.nan
        self.assert_refused(ValueError, ["[3, 4]", "nan"], generate, wrong)
        self.assert_refused(ValueError, ["samples", "4000", "4001"], generate, mel[:20], samples=4001)
        self.assert_refused(ValueError, ["prime", "4000"], generate, mel[:20], prime=self.speech)
        self.assert_refused(ValueError, ["prime", "(samples,)"], generate, mel[:20], prime=self.speech[None])
        self.assert_refused(atrous.Error, ["temperature"], generate, mel[:20], temperature=-1)
        self.assert_refused(atrous.Error, ["speaker"], generate, mel[:20], speaker=1)
        self.assertRaisesRegex(TypeError, "incompatible", generate, mel[:20], sed=1)
        self.assertRaises(TypeError, generate, mel[:20], seed=-1)
        self.assert_refused(atrous.Error, ["effect"], atrous.Generator, AMP)
        self.assert_refused(atrous.Error, ["effect"], atrous.Bank, AMP)
        self.assert_refused(ValueError, ["threads", "0"], atrous.Bank, VOICE, threads=0)
        self.assert_refused(atrous.Error, ["voices"], atrous.Bank(VOICE).generate, [])
        self.assert_refused(ValueError, ["(samples,)", "(1, "], atrous.score, VOICE, self.speech[None])
        self.assert_refused(atrous.Error, ["1 samples"], atrous.score, VOICE, self.speech[:1])
        self.assert_refused(atrous.Error, [], atrous.score, AMP, self.speech)
        self.assert_refused(atrous.Error, [], atrous.mel, AMP, self.speech)


class Unconditioned(Case):
    def test_sound_without_features(self):
        path = unconditioned(self.path("small.safetensors"), self.random)
        generator = atrous.Generator(path)
        self.atrous("generate", path, "theirs.wav", "--samples", 3000, "--seed", 9)
        atrous.write_audio(self.path("mine.wav"), generator.generate(seed=9, samples=3000), 16000, "pcm16")
        self.assert_same_bytes("mine.wav", "theirs.wav")
        self.assert_refused(ValueError, ["samples"], generator.generate)
        self.assert_refused(ValueError, ["mel", "no features"], generator.generate, np.zeros((3, 80)), samples=10)
        self.assertIsNone(generator.network.info.bins)


class Interrupted(Case):
    """Ctrl-C ends what takes long, promptly, and as Python wants it."""

    CALLS = {
        "generate": "atrous.Generator(path).generate(samples=10**8)",
        "next": "next(atrous.Generator(path).stream(samples=10**8, chunk=10**8))",
        "bank": "atrous.Bank(path).generate([atrous.Voice(samples=10**8)] * 2)",
        "effect": "atrous.Effect(amp, channels=64, rest=False)(np.zeros((64, 3 * 10**6), np.float32))",
        "render": "atrous.Effect(amp, 44100, rest=False).render(np.zeros((64, 10**6), np.float32))",
        "score": "atrous.score(path, np.zeros(10**8, np.float32))",
    }

    def test_ctrl_c(self):
        path = unconditioned(self.path("small.safetensors"), self.random)
        for name, call in self.CALLS.items():
            with self.subTest(name):
                program = ("import atrous, numpy as np, sys\npath, amp = sys.argv[1:]\nprint('ready', flush=True)\n"
                           f"try:\n    {call}\nexcept KeyboardInterrupt:\n    print('interrupted')\n")
                child = subprocess.Popen([sys.executable, "-c", program, path, AMP], stdout=subprocess.PIPE, text=True,
                                         env=os.environ)
                self.addCleanup(child.stdout.close)
                self.addCleanup(child.kill)
                self.assertEqual(child.stdout.readline(), "ready\n")
                time.sleep(0.5)
                self.assertIsNone(child.poll())
                child.send_signal(signal.SIGINT)
                self.assertEqual(child.communicate(timeout=20)[0], "interrupted\n")


if __name__ == "__main__":
    main()
