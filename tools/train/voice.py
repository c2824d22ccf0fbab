#!/usr/bin/python3
"""Trains models/voice.safetensors: a WaveNet that speaks 16 kHz audio from mel frames. See models/voice.md.

    tools/train/voice.py models/voice.safetensors --minutes 135 --threads 2   on a CPU
    tools/train/voice.py models/voice.safetensors --minutes 10 --every 1      on a GPU
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

# Cuts to a step, samples of each, and the first samples of a cut, which lack a past and do not count.
SIZES = {"cpu": (2, 4000, 400), "cuda": (32, 10000, 2000)}
BEGINNINGS = 1 / 4  # of the cuts: utterances from their start, where nothing came before and all samples count, as when a sound is made


class Segments:
    """Cuts of the corpus at frames: codes to hear, frames (with CONTEXT's margin), and the codes that follow.

    The margin holds the neighbours, or, before a cut that begins, copies of its first frame.
    """

    def __init__(self, codes, mel, device):
        self.codes, self.mel = torch.from_numpy(codes).to(device), torch.from_numpy(mel).to(device)
        self.frames = len(mel)
        quiet = (self.codes.view(-1, speech.HOP) == int(speech.encode(0.0))).all(1)
        self.beginnings = (quiet[:-1] & ~quiet[1:]).nonzero()[:, 0] + 1

    def cut(self, starts, length, begins=False):
        def ahead(first, count):
            return first[:, None] + torch.arange(count, device=first.device)

        codes = self.codes[ahead(starts * speech.HOP, length + 1)].long()
        margin = vocoder.CONTEXT // 2
        frames = ahead(starts - margin, length // speech.HOP + 2 * margin)
        first = starts * torch.as_tensor(begins, device=starts.device)  # 0, the first of all, where the cut does not begin
        mel = self.mel[frames.maximum(first[:, None]).clamp(max=self.frames - 1)].transpose(1, 2)
        return codes[:, :-1], mel, codes[:, 1:]

    def random(self, batch, length, without_past):
        """Cuts, and which of their samples count."""
        device, last = self.codes.device, self.frames - length // speech.HOP - 2
        begins = torch.rand(batch, device=device) < BEGINNINGS
        beginnings = self.beginnings[torch.randint(len(self.beginnings), (batch,), device=device)].clamp(max=last)
        starts = torch.where(begins, beginnings, torch.randint(last + 1, (batch,), device=device))
        return self.cut(starts, length, begins), begins[:, None] | (torch.arange(length, device=device) >= without_past)


def loss(model, cuts, counts):
    codes, mel, targets = cuts
    return (F.cross_entropy(model(codes, mel), targets, reduction="none") * counts).sum() / counts.sum()


@torch.no_grad()
def held_out_nats(model, segments, cuts=20, length=10000):
    """Mean over cuts spread evenly, each after its receptive field."""
    device = segments.codes.device
    starts = torch.from_numpy(np.linspace(0, segments.frames - length // speech.HOP - 2, cuts).astype(int)).to(device)
    counts = (torch.arange(length, device=device) >= vocoder.RECEPTIVE_FIELD)[None]
    return np.mean([loss(model, segments.cut(start, length), counts).item() for start in starts.split(1)])


def learning_rate(step, progress, peak, last=2e-5):
    """Cosine in the share of the time that has passed, so that training ends well however slow the machine."""
    return min(1, (step + 1) / 200) * (last + (peak - last) * 0.5 * (1 + math.cos(math.pi * progress)))


class Training:
    def __init__(self, data, minutes, peak, device):
        codes, mel = data["codes"], data["mel"]
        self.train_set, self.held_set = Segments(codes, mel, device), Segments(data["held_codes"], data["held_mel"], device)
        self.device, self.peak = device, peak
        self.loss = torch.compile(loss) if device == "cuda" else loss
        self.model, self.smooth = vocoder.WaveNet(), vocoder.WaveNet()  # smooth: the running mean of the weights; the better one is written
        self.model.start(mel, torch.bincount(self.train_set.codes, minlength=vocoder.CLASSES).cpu())
        self.smooth.load_state_dict(self.model.state_dict())
        for network in (self.model, self.smooth):
            network.to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), betas=(0.9, 0.98), foreach=True)
        self.steps, self.spent, self.seconds, self.losses = 0, 0.0, minutes * 60, []

    def step(self):
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.steps, self.spent / self.seconds, self.peak)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
            value = self.loss(self.model, *self.train_set.random(*SIZES[self.device]))
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        keep = min(0.999, self.steps / (self.steps + 10))
        with torch.no_grad():
            torch._foreach_mul_(list(self.smooth.parameters()), keep)
            torch._foreach_add_(list(self.smooth.parameters()), list(self.model.parameters()), alpha=1 - keep)
        self.losses.append(value.detach())  # read when reported: until then a GPU runs ahead
        self.steps += 1

    def run(self, every, report):
        """Trains until the time is spent; reports every so many seconds and at the end."""
        torch.manual_seed(self.steps)
        start, reported = time.time() - self.spent, time.time()
        while self.spent < self.seconds:
            self.step()
            self.spent = time.time() - start
            if time.time() - reported > every:
                report()
                reported = time.time()
        report()

    def save(self, checkpoint, output):
        nats, best = min(((held_out_nats(net, self.held_set), net) for net in (self.model, self.smooth)), key=lambda pair: pair[0])
        train_nats = torch.stack(self.losses).mean().item() if self.losses else math.nan
        print(f"{self.spent:6.0f} s  step {self.steps:6d}  train {train_nats:.4f}  held out {nats:.4f}", flush=True)
        self.losses = []
        part = checkpoint.with_suffix(".part")
        torch.save({"model": self.model.state_dict(), "smooth": self.smooth.state_dict(), "optimizer": self.optimizer.state_dict(),
                    "step": self.steps, "spent": self.spent}, part)
        part.rename(checkpoint)  # whole or not at all
        vocoder.write(output, best.state_dict(), f"{nats:.4f} nats a sample on verses held out")

    def resume(self, path):
        """From a checkpoint, to finish what it began; or from a model, to train it anew."""
        if path.suffix == ".safetensors":
            vocoder.read(path, self.model)
            vocoder.read(path, self.smooth)
            return
        state = torch.load(path, map_location=self.device)
        self.model.load_state_dict(state["model"])
        self.smooth.load_state_dict(state["smooth"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps, self.spent = state["step"], state["spent"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="the model, written at every checkpoint")
    parser.add_argument("--work", type=Path, default=Path("build/train"), help="where the speech and the checkpoint are kept")
    parser.add_argument("--speech", type=float, default=600, help="minutes of it")
    parser.add_argument("--minutes", type=float, default=135, help="time to train, and the length of the learning-rate schedule")
    parser.add_argument("--peak", type=float, default=2e-3, help="learning rate that the schedule starts from")
    parser.add_argument("--every", type=float, default=8, help="minutes from checkpoint to checkpoint")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="a GPU, if there is one, or the CPU")
    parser.add_argument("--resume", type=Path, help="go on from WORK/voice.pt, or from a model")
    options = parser.parse_args()
    fast.set_up(options.threads)
    torch.manual_seed(1)
    device = options.device if options.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    training = Training(speech.corpus(options.work / "speech.npz", options.speech), options.minutes, options.peak, device)
    if options.resume:
        training.resume(options.resume)
    training.run(options.every * 60, lambda: training.save(options.work / "voice.pt", options.output))


if __name__ == "__main__":
    main()
