#!/usr/bin/python3
"""Trains models/amp.nam, a WaveNet that imitates the overdrive of circuit.py. See models/amp.md.

    tools/train/amp.py models/amp.nam
"""
import argparse
import io
import json
import math
import sys
import time
from pathlib import Path

import packages

packages.need("numpy", "scipy", "torch")

import numpy as np  # noqa: E402
import torch  # noqa: E402

import circuit  # noqa: E402
import fast  # noqa: E402
import strings  # noqa: E402

sys.path.append(str(Path(__file__).parents[1] / "export"))
import native  # noqa: E402

CHANNELS = (12, 6)
DILATIONS = ([1, 2, 4, 8, 16, 32, 64], [128, 256, 512, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
KERNEL, HEAD_SCALE = 3, 0.1
PAST = (KERNEL - 1) * sum(map(sum, DILATIONS))  # samples before the first whole one
BATCH, SEGMENT = 2, 8192
EMPHASIS = 0.95


class LayerArray(torch.nn.Module):
    def __init__(self, inputs, channels, head, dilations, head_bias):
        super().__init__()
        conv, conv1x1 = torch.nn.Conv1d, fast.Conv1x1
        self.rechannel = conv1x1(inputs, channels, bias=False)
        self.conv = torch.nn.ModuleList(conv(channels, channels, KERNEL, dilation=d) for d in dilations)
        self.mixin = torch.nn.ModuleList(conv1x1(1, channels, bias=False) for _ in dilations)
        self.layer1x1 = torch.nn.ModuleList(conv1x1(channels, channels) for _ in dilations)
        self.head = conv1x1(channels, head, bias=head_bias)

    def forward(self, v, condition, total, length):
        """No padding: v gets shorter at every layer, and all that reaches the output is cut to its length."""
        v = self.rechannel(v)
        for conv, mixin, layer1x1 in zip(self.conv, self.mixin, self.layer1x1):
            z = conv(v)
            o = torch.tanh(z + mixin(condition[..., -z.shape[2]:]))
            total = total + o[..., -length:]
            v = v[..., -z.shape[2]:] + layer1x1(o)
        return v, self.head(total)

    def weights(self):
        """In the order of the .nam file."""
        yield self.rechannel.weight
        for conv, mixin, layer1x1 in zip(self.conv, self.mixin, self.layer1x1):
            yield from (conv.weight, conv.bias, mixin.weight, layer1x1.weight, layer1x1.bias)
        yield from self.head.parameters()


class WaveNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        wide, narrow = CHANNELS
        self.arrays = torch.nn.ModuleList([LayerArray(1, wide, narrow, DILATIONS[0], False),
                                           LayerArray(wide, narrow, 1, DILATIONS[1], True)])

    def forward(self, x):
        """(B, samples) -> (B, samples - PAST)"""
        condition = v = x.unsqueeze(1)
        length, head = x.shape[1] - PAST, 0
        for array in self.arrays:
            v, head = array(v, condition, head, length)
        return HEAD_SCALE * head[:, 0]

    def nam(self, metadata):
        sizes = zip((1, CHANNELS[0]), CHANNELS, (CHANNELS[1], 1), DILATIONS, (False, True))
        layers = [{"input_size": i, "condition_size": 1, "channels": c, "head_size": h, "kernel_size": KERNEL, "dilations": d,
                   "activation": "Tanh", "gated": False, "head_bias": b} for i, c, h, d, b in sizes]
        weights = np.concatenate([w.detach().numpy().ravel() for array in self.arrays for w in array.weights()])
        return {"version": "0.5.4", "architecture": "WaveNet", "sample_rate": strings.RATE, "metadata": metadata,
                "config": {"layers": layers, "head": None, "head_scale": HEAD_SCALE},
                "weights": [float(f"{w:.9g}") for w in weights] + [HEAD_SCALE]}


def recordings(path, minutes, seed):
    """(x, y), each (clips, samples): what goes into the overdrive, and what comes out; made once, then kept in a file."""
    if not path.exists():
        rng, seconds = np.random.default_rng(seed), 3
        print(f"{path}: plucking {minutes} minutes of strings", flush=True)
        x = np.stack([strings.clip(rng, seconds) for _ in range(round(minutes * 60 / seconds))])
        print(f"{path}: playing them through the circuit", flush=True)
        recorded = io.BytesIO()
        np.savez(recorded, x=x.astype(np.float32), y=circuit.overdrive(x.T).T.astype(np.float32))
        path.parent.mkdir(parents=True, exist_ok=True)
        native.write_whole(path, [recorded.getbuffer()])
    data = np.load(path)
    return torch.from_numpy(data["x"]), torch.from_numpy(data["y"])


def emphasised(y):
    return y[:, 1:] - EMPHASIS * y[:, :-1]


def esr(y, target):
    return ((y - target).square().sum() / target.square().sum()).item()


@torch.no_grad()
def held_out_esr(model, x, y):
    return esr(torch.cat([model(row[None]) for row in x]), y[:, PAST:])


def write(path, model, held_set):
    """The model so far, and how good it is."""
    error = held_out_esr(model, *held_set)
    loudness = 10 * math.log10(held_set[1].square().mean().item())
    metadata = {"name": "Atrous Overdrive", "modeled_by": "Atrous", "gear_type": "amp", "gear_make": "Atrous", "gear_model": "circuit.py",
                "tone_type": "overdrive", "loudness": round(loudness, 3), "training": {"held_out_esr": round(error, 6)}}
    native.write_whole(path, [json.dumps(model.nam(metadata)).encode()])
    return error


def train(model, train_set, held_set, minutes, output):
    x, y = train_set
    power, emphasised_power = y.square().mean(), emphasised(y).square().mean()
    optimizer = torch.optim.Adam(model.parameters(), foreach=True)
    start, reported, step = time.time(), 0, 0
    while (progress := (time.time() - start) / 60 / minutes) < 1:
        for group in optimizer.param_groups:  # cosine in time, so that training ends well however slow the machine
            group["lr"] = 1e-5 + 4e-3 * 0.5 * (1 + math.cos(math.pi * progress))
        clips = torch.randint(len(x), (BATCH,)).tolist()
        starts = torch.randint(x.shape[1] - PAST - SEGMENT, (BATCH,)).tolist()
        heard = torch.stack([x[c, s: s + PAST + SEGMENT] for c, s in zip(clips, starts)])
        target = torch.stack([y[c, s + PAST: s + PAST + SEGMENT] for c, s in zip(clips, starts)])
        error = model(heard) - target
        optimizer.zero_grad(set_to_none=True)
        (error.square().mean() / power + emphasised(error).square().mean() / emphasised_power).backward()
        optimizer.step()
        step += 1
        if progress > reported:
            print(f"{progress * minutes:5.1f} min  step {step:6d}  held-out ESR {write(output, model, held_set):.5f}", flush=True)
            reported += 0.05


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--work", type=Path, default=Path("build/train"), help="where the recordings are kept")
    parser.add_argument("--minutes", type=float, default=40, help="time to train")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    fast.set_up(options.threads)
    torch.manual_seed(1)
    train_set, held_set = recordings(options.work / "amp.npz", 5, 1), recordings(options.work / "amp-held-out.npz", 1, 2)
    model = WaveNet()
    train(model, train_set, held_set, options.minutes, options.output)
    print(f"{options.output}: held-out ESR {write(options.output, model, held_set):.5f}")


if __name__ == "__main__":
    main()
