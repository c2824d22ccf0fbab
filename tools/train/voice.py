#!/usr/bin/python3
"""Trains a generator: a WaveNet that speaks 16 kHz audio from mel frames, on the speech that people.py gathers. See models/voice.md.

    tools/train/voice.py models/voice.safetensors            on a CPU or a GPU, whichever is there; goes on where it stopped
    tools/train/gpu-job                                      does so on another machine that has a GPU

The schedule runs in summed time of training (of the processor on a CPU, so that being stopped or crowded out does not count; of the clock
on a GPU): warm-up, then a cosine over PLAN minutes, however many runs they are cut into. Ctrl-C or SIGTERM ends a run with a checkpoint.
"""
import argparse
import dataclasses
import math
import signal
import time
from pathlib import Path

import packages

packages.need("numpy", "scipy", "torch")

import numpy as np  # noqa: E402
import torch  # noqa: E402

import checkpoints  # noqa: E402
import fast  # noqa: E402
import people  # noqa: E402
import sound  # noqa: E402
import vocoder  # noqa: E402

# Cuts to a step, samples of each, and the first samples of a cut, which lack a past and do not count.
SIZES = {"cpu": (2, 4000, 400), "cuda": (32, 10000, 2000)}
BEGINNINGS = 1 / 4  # of the cuts: utterances from their start, where nothing came before and all samples count, as when a sound is made
PATIENCE = 12  # evaluations without a better one, after which a run stops
WARM_UP = 200  # steps


class Segments:
    """Cuts of a corpus at frames: samples to hear, frames (with CONTEXT's margin), and the samples that follow.

    The margin holds the neighbours, or, before a cut that begins, copies of its first frame.
    """

    def __init__(self, corpus, device):
        self.heard, self.mel = torch.from_numpy(corpus.heard).to(device), torch.from_numpy(corpus.mel).to(device)
        self.frames, self.begins, self.speakers = len(corpus.mel), torch.from_numpy(corpus.begins).to(device), corpus.speakers

    def cut(self, starts, length, begins=False):
        def ahead(first, count):
            return first[:, None] + torch.arange(count, device=first.device)

        heard = self.heard[ahead(starts * sound.HOP, length + 1)]
        margin = vocoder.CONTEXT // 2
        frames = ahead(starts - margin, length // sound.HOP + 2 * margin)
        first = starts * torch.as_tensor(begins, device=starts.device)  # 0, the first of all, where the cut does not begin
        mel = self.mel[frames.maximum(first[:, None]).clamp(max=self.frames - 1)].transpose(1, 2)
        return heard[:, :-1], mel, heard[:, 1:]

    def random(self, batch, length, without_past):
        """Cuts, and which of their samples count."""
        device, last = self.heard.device, self.frames - length // sound.HOP - 2
        begins = torch.rand(batch, device=device) < BEGINNINGS
        beginnings = self.begins[torch.randint(len(self.begins), (batch,), device=device)].clamp(max=last)
        starts = torch.where(begins, beginnings, torch.randint(last + 1, (batch,), device=device))
        return self.cut(starts, length, begins), begins[:, None] | (torch.arange(length, device=device) >= without_past)

    def evenly(self, cuts, length):
        """(cut, speaker) of so many cuts spread over all."""
        for start in np.linspace(0, self.frames - length // sound.HOP - 2, cuts).astype(int):
            speaker = self.speakers[int((self.begins <= int(start)).sum()) - 1]
            yield self.cut(torch.tensor([start], device=self.heard.device), length), speaker


def loss(model, cuts, counts):
    heard, mel, targets = cuts
    return (model.nll(model(heard, mel), targets) * counts).sum() / counts.sum()


def compiled(function):
    """What cannot be compiled runs as it is: a machine lent for minutes is no place to look into that."""
    torch._dynamo.config.suppress_errors = True
    return torch.compile(function)


@torch.no_grad()
def held_out_nats(model, segments, cuts=25, length=8000):
    """(of people, of flite) mean nats a sample in mu-law's intervals, each cut after its receptive field."""
    nats = {True: [], False: []}
    past = model.shape.receptive_field() // sound.HOP * sound.HOP
    for (heard, mel, targets), speaker in segments.evenly(cuts, length):
        values = model.nll_of_codes(model(heard, mel)[:, past:], targets[:, past:])
        nats[speaker not in people.FLITE].append(values.mean().item())
    return np.mean(nats[True]), np.mean(nats[False])


def learning_rate(steps, progress, peak, last=2e-5):
    """Cosine in the share of the plan that is done, so that training ends well however slow the machine."""
    return min(1, (steps + 1) / WARM_UP) * (last + (peak - last) * 0.5 * (1 + math.cos(math.pi * min(1, progress))))


class Training:
    """`state` is what a checkpoint holds besides tensors: steps, of them since the moments began, seconds, the best nats so far and since when."""

    def __init__(self, shape, train, held, device, plan, peak):
        self.device, self.plan, self.peak = device, plan, peak
        self.train_set, self.held_set = Segments(train, device), Segments(held, device)
        self.model, self.smooth = vocoder.WaveNet(shape), vocoder.WaveNet(shape)  # smooth: the running mean of the weights, which is written
        self.model.start(train)
        self.smooth.load_state_dict(self.model.state_dict())
        for network in (self.model, self.smooth):
            network.to(device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), betas=(0.9, 0.98), weight_decay=0.01, foreach=True)
        self.loss = compiled(loss) if device == "cuda" and hasattr(torch, "compile") else loss
        self.state = {"steps": 0, "warm": 0, "seconds": 0.0, "best": math.inf, "waited": 0}
        self.losses = []

    def clock(self):
        return time.process_time() / torch.get_num_threads() if self.device == "cpu" else time.perf_counter()

    def step(self):
        began, state = self.clock(), self.state
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(state["warm"], state["seconds"] / self.plan, self.peak)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
            value = self.loss(self.model, *self.train_set.random(*SIZES[self.device]))
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        keep = min(0.999, state["steps"] / (state["steps"] + 10))
        with torch.no_grad():
            torch._foreach_mul_(list(self.smooth.parameters()), keep)
            torch._foreach_add_(list(self.smooth.parameters()), list(self.model.parameters()), alpha=1 - keep)
        self.losses.append(value.detach())  # read when reported: until then a GPU runs ahead
        state["steps"] += 1
        state["warm"] += 1
        state["seconds"] += self.clock() - began

    def evaluate(self, output):
        """Writes the running mean where it is the best so far by people and flite alike."""
        nats = held_out_nats(self.smooth, self.held_set)
        state, score = self.state, 0.8 * nats[0] + 0.2 * nats[1]
        train = torch.stack(self.losses).mean().item() if self.losses else math.nan
        state["waited"] = 0 if score < state["best"] else state["waited"] + 1
        print(f"{state['seconds'] / 60:7.1f} min  step {state['steps']:6d}  train {train:.4f}  held out: people {nats[0]:.4f}, flite {nats[1]:.4f}"
              + ("" if state["waited"] else "  *"), flush=True)
        self.losses = []
        if score < state["best"] or not output.exists():
            state["best"] = min(score, state["best"])
            vocoder.write(output, self.smooth.shape, self.smooth.state_dict(),
                          f"{state['seconds'] / 3600:.2f} hours, {state['steps']} steps; held out {nats[0]:.3f} nats a sample of people, {nats[1]:.3f} of flite")

    def run(self, output, save, until, every):
        """Trains until the plan is done, the time has come, a signal comes or nothing gets better; evaluates every so many minutes."""
        stopped = []
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.append(True))
        saved = evaluated = time.monotonic()
        while True:
            self.step()
            now = time.monotonic()
            if stopped or self.state["seconds"] >= self.plan or self.state["waited"] >= PATIENCE or now >= until:
                break
            if now - evaluated > every * 60:
                self.evaluate(output)
                evaluated = now
            if now - saved > 60:
                save()
                saved = now
        self.evaluate(output)
        save()


def resume(training, path):
    """From a checkpoint, to go on with what it began; or from a model, to train it anew."""
    if checkpoints.is_one(path):
        checkpoints.load(path, training)
    else:
        for network in (training.model, training.smooth):
            vocoder.read(path, network)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, help="the model, written whenever it is better than before")
    parser.add_argument("--data", type=Path, default=Path("build/train/people.npz"), help="what people.py gathered")
    parser.add_argument("--checkpoint", type=Path, default=Path("build/train/voice.safetensors"), help="kept every minute; where it is there, training goes on from it")
    parser.add_argument("--from", dest="start", type=Path, help="a model or a checkpoint to begin with where --checkpoint is not there")
    parser.add_argument("--keep", type=Path, help="at the end, also a checkpoint in bf16, of the running mean alone, an eighth as large")
    parser.add_argument("--shape", choices=vocoder.SHAPES, default="small")
    parser.add_argument("--head", choices=("softmax", "mol"), default="softmax", help="256 classes, or a mixture of logistics")
    parser.add_argument("--plan", type=float, default=360, help="minutes of training in all, summed over runs")
    parser.add_argument("--minutes", type=float, default=math.inf, help="minutes that this run may last, from the start of the program")
    parser.add_argument("--last", action="store_true", help="the plan ends with this run's minutes")
    parser.add_argument("--peak", type=float, default=1e-3, help="learning rate that the schedule starts from")
    parser.add_argument("--every", type=float, default=10, help="minutes from one evaluation to the next")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="a GPU, if there is one, or the CPU")
    return parser.parse_args()


def main():
    options = parse()
    until = time.monotonic() + options.minutes * 60
    fast.set_up(options.threads)
    torch.manual_seed(1)
    device = options.device if options.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    source = options.checkpoint if options.checkpoint.exists() else options.start
    shape = dataclasses.replace(vocoder.SHAPES[options.shape], head=options.head)
    if source and checkpoints.is_one(source):
        shape = checkpoints.shape(source)
    training = Training(shape, people.load(options.data, "train"), people.load(options.data, "held"), device, options.plan * 60, options.peak)
    if source:
        resume(training, source)
    if options.last:
        training.plan = training.state["seconds"] + until - time.monotonic()
    print(f"{device}, {shape}, from {source or 'nothing'}", flush=True)
    for path in (options.output, options.checkpoint, options.keep or options.output):
        path.parent.mkdir(parents=True, exist_ok=True)
    training.run(options.output, lambda: checkpoints.save(options.checkpoint, training), until, options.every)
    if options.keep:
        checkpoints.save(options.keep, training, half=True)


if __name__ == "__main__":
    main()
