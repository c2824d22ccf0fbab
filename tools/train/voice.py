#!/usr/bin/python3
"""Trains models/voice.safetensors: a WaveNet that speaks 16 kHz audio from mel frames. See models/voice.md.

    tools/train/voice.py models/voice.safetensors --hours 2.25 --threads 2
"""
import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import fast
import speech
import vocoder

BATCH, SEGMENT, WARMUP = 2, 4000, 400  # the first WARMUP samples of a segment lack a past, and do not count


class Segments:
    """Cuts of the corpus at frames: codes to hear, frames (normalised, with CONTEXT's margin), and the codes that follow."""

    def __init__(self, codes, mel, mean, scale):
        margin = vocoder.CONTEXT // 2
        self.codes = torch.from_numpy(codes)
        self.mel = torch.from_numpy(np.pad((mel - mean) / scale, ((margin, margin), (0, 0)), mode="edge")).float()
        self.frames = len(mel)

    def cut(self, starts, length):
        codes = torch.stack([self.codes[s * speech.HOP: s * speech.HOP + length + 1] for s in starts]).long()
        mel = torch.stack([self.mel[s: s + length // speech.HOP + vocoder.CONTEXT - 1].T for s in starts])
        return codes[:, :-1], mel, codes[:, 1:]

    def random(self, generator):
        last = self.frames - SEGMENT // speech.HOP - 1
        return self.cut(torch.randint(last, (BATCH,), generator=generator).tolist(), SEGMENT)


def loss(model, segment, first):
    codes, mel, targets = segment
    return F.cross_entropy(model(codes, mel, first), targets[:, first:])


@torch.no_grad()
def held_out_nats(model, segments, cuts=20, length=10000):
    """Mean over cuts spread evenly, each after its receptive field."""
    starts = np.linspace(0, segments.frames - length // speech.HOP - 2, cuts).astype(int)
    return np.mean([loss(model, segments.cut([s], length), vocoder.RECEPTIVE_FIELD).item() for s in starts])


def learning_rate(step, progress, peak=2e-3, last=2e-5):
    """Cosine in the share of the time that has passed, so that training ends well however slow the machine."""
    return min(1, (step + 1) / 200) * (last + (peak - last) * 0.5 * (1 + math.cos(math.pi * progress)))


class Training:
    def __init__(self, data, hours):
        self.mean, self.scale = data["mel"].mean(0), data["mel"].std(0)
        self.train_set = Segments(data["codes"], data["mel"], self.mean, self.scale)
        self.held_set = Segments(data["held_codes"], data["held_mel"], self.mean, self.scale)
        self.model, self.smooth = vocoder.WaveNet(), vocoder.WaveNet()  # smooth: the running mean of the weights; the better one is written
        self.model.start_smooth(data["codes"])
        self.smooth.load_state_dict(self.model.state_dict())
        self.optimizer = torch.optim.Adam(self.model.parameters(), betas=(0.9, 0.98), foreach=True)
        self.steps, self.spent, self.seconds, self.losses = 0, 0.0, hours * 3600, []

    def step(self, generator):
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.steps, self.spent / self.seconds)
        self.optimizer.zero_grad(set_to_none=True)
        value = loss(self.model, self.train_set.random(generator), WARMUP)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        keep = min(0.999, self.steps / (self.steps + 10))
        with torch.no_grad():
            torch._foreach_mul_(list(self.smooth.parameters()), keep)
            torch._foreach_add_(list(self.smooth.parameters()), list(self.model.parameters()), alpha=1 - keep)
        self.losses.append(value.item())
        self.steps += 1

    def run(self, every, report):
        """Trains until the time is spent; reports every so many seconds and at the end."""
        generator = torch.Generator().manual_seed(self.steps)
        start, reported = time.time() - self.spent, time.time()
        while self.spent < self.seconds:
            self.step(generator)
            self.spent = time.time() - start
            if time.time() - reported > every:
                report()
                reported = time.time()
        report()

    def save(self, checkpoint, output):
        nats, best = min(((held_out_nats(net, self.held_set), net) for net in (self.model, self.smooth)), key=lambda pair: pair[0])
        train_nats = np.mean(self.losses or [math.nan])
        print(f"{self.spent:6.0f} s  step {self.steps:6d}  train {train_nats:.4f}  held out {nats:.4f}", flush=True)
        self.losses = []
        part = checkpoint.with_suffix(".part")
        torch.save({"model": self.model.state_dict(), "smooth": self.smooth.state_dict(), "optimizer": self.optimizer.state_dict(),
                    "step": self.steps, "spent": self.spent}, part)
        part.rename(checkpoint)  # whole or not at all
        vocoder.write(output, best.state_dict(), self.mean, self.scale, f"{nats:.4f} nats a sample on verses held out")

    def resume(self, path):
        """From a checkpoint, to finish what it began; or from a model, to train it anew."""
        if path.suffix == ".safetensors":
            vocoder.read(path, self.model)
            vocoder.read(path, self.smooth)
            return
        state = torch.load(path)
        self.model.load_state_dict(state["model"])
        self.smooth.load_state_dict(state["smooth"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps, self.spent = state["step"], state["spent"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="the model, written at every checkpoint")
    parser.add_argument("--work", type=Path, default=Path("build/train"), help="where the speech and the checkpoint are kept")
    parser.add_argument("--hours", type=float, default=2.25, help="time to train, and the length of the learning-rate schedule")
    parser.add_argument("--every", type=float, default=8, help="minutes from checkpoint to checkpoint")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="go on from WORK/voice.pt, or from a model")
    options = parser.parse_args()
    fast.set_up(options.threads)
    torch.manual_seed(1)
    training = Training(speech.corpus(options.work / "speech.npz"), options.hours)
    if options.resume:
        training.resume(options.resume)
    training.run(options.every * 60, lambda: training.save(options.work / "voice.pt", options.output))


if __name__ == "__main__":
    main()
