"""The network of voice.py, and its file: PyTorch's weights under the names of docs/format.md."""
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import fast
import speech

sys.path.append(str(Path(__file__).parents[1] / "export"))
import native  # noqa: E402

DILATIONS = [2**i for i in range(10)] * 2
RECEPTIVE_FIELD = 1 + sum(DILATIONS)
RESIDUAL, SKIP, CLASSES, CONTEXT = 32, 64, 256, 5  # CONTEXT: frames that conv_in sees


class WaveNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        layers = len(DILATIONS)
        self.register_buffer("mean", torch.zeros(speech.BINS))
        self.register_buffer("scale", torch.ones(speech.BINS))
        self.embed = torch.nn.Embedding(CLASSES, RESIDUAL)
        self.conv_in = torch.nn.Conv1d(speech.BINS, speech.BINS, CONTEXT, bias=False)
        self.mixin = fast.Conv1x1(speech.BINS, 2 * RESIDUAL * layers, bias=False)
        self.conv = torch.nn.ModuleList(fast.CausalConv(RESIDUAL, 2 * RESIDUAL, d) for d in DILATIONS)
        self.out = torch.nn.ModuleList(fast.Conv1x1(RESIDUAL, RESIDUAL) for _ in DILATIONS)
        self.skip = fast.Conv1x1(RESIDUAL * layers, SKIP)  # all layers' skips at once: they are only summed
        self.post1, self.post2 = fast.Conv1x1(SKIP, SKIP), fast.Conv1x1(SKIP, CLASSES)

    @torch.no_grad()
    def start(self, mel, counts):
        """Where training starts: with the mean and scale of the frames, and knowing how often each class occurs.

        Neighbouring classes are alike, so the weights of classes are cosines over them at first, not 256 unrelated rows.
        """
        def cosines(count):
            return torch.cos(math.pi * (torch.arange(CLASSES)[:, None] + 0.5) / CLASSES * torch.arange(1, count + 1))

        self.mean.copy_(torch.from_numpy(mel.mean(0, np.float64)))
        self.scale.copy_(torch.from_numpy(mel.std(0, np.float64)))
        self.embed.weight.copy_(cosines(RESIDUAL) / torch.arange(1, RESIDUAL + 1) ** 0.5)
        self.embed.weight[:, -1] = 4 * torch.from_numpy(speech.decode(np.arange(CLASSES)))
        self.post2.weight.copy_((cosines(SKIP) / torch.arange(1, SKIP + 1) ** 0.5).unsqueeze(-1))
        self.post2.bias.copy_(torch.log((counts + 1) / counts.sum()))

    def forward(self, codes, mel):
        """codes (B, T), mel (B, BINS, T / HOP + CONTEXT - 1) -> logits (B, CLASSES, T) of the codes that follow.

        Each frame is repeated HOP times. A 1x1 of a repeat is the repeat of the 1x1, so the mixins run once a frame.
        """
        channels, time = (2, 1) if fast.channels_last(codes) else (1, 2)  # axes
        h = self.embed(codes).transpose(2, channels).contiguous()
        mel = (mel - self.mean[:, None]) / self.scale[:, None]
        mixins = self.mixin(self.conv_in(mel).transpose(1, channels)).chunk(len(DILATIONS), channels)
        gated = []
        for conv, out, mixin in zip(self.conv, self.out, mixins):
            z = (conv(h).unflatten(time, (-1, speech.HOP)) + mixin.unsqueeze(time + 1)).flatten(time, time + 1)
            a, b = z.chunk(2, channels)
            gated.append(torch.tanh(a) * torch.sigmoid(b))
            h = h + out(gated[-1])
        skip = self.skip(torch.cat(gated, channels))
        return self.post2(F.relu(self.post1(F.relu(skip)))).transpose(1, channels)


def layer_config(index, dilation):
    last = index == len(DILATIONS) - 1
    return {"conv": conv_config(RESIDUAL, 2 * RESIDUAL, 2, dilation), "bottleneck": RESIDUAL, "gating": "gated", "activation": "Tanh",
            "secondary_activation": "Sigmoid", "skip": {"out": SKIP, "bias": index == 0},
            "residual": None if last else {"out": RESIDUAL, "bias": True}}


def conv_config(inputs, outputs, kernel=1, dilation=1, bias=True):
    return {"in": inputs, "out": outputs, "kernel": kernel, "dilation": dilation, "groups": 1, "bias": bias}


def config(note):
    """The model as docs/format.md has it."""
    bins = speech.BINS
    return {
        "architecture": "WaveNet", "sample_rate": speech.RATE, "prewarm": False,
        "input": {"kind": "one_hot", "channels": 1}, "code": {"kind": "r9y9", "classes": CLASSES, "first": 127},
        "condition": {"kind": "features", "channels": bins, "bins": bins, "pad": CONTEXT // 2, "upsampler": [
            {"kind": "conv", "in": bins, "out": bins, "kernel": CONTEXT, "stride": 1, "bias": False},
            {"kind": "repeat", "in": bins, "out": bins, "stride": speech.HOP}]},
        "stacks": [{"input": conv_config(CLASSES, RESIDUAL, bias=False), "head": None,
                    "layers": [layer_config(i, d) for i, d in enumerate(DILATIONS)]}],
        "post": [{"activation": "ReLU", "conv": conv_config(SKIP, SKIP)}, {"activation": "ReLU", "conv": conv_config(SKIP, CLASSES)}],
        "output": {"kind": "categorical", "channels": CLASSES},
        "features": {"sample_rate": speech.RATE, "fft": speech.FFT, "window": speech.FFT, "hop": speech.HOP, "bins": bins,
                     "centered": True, "fmin": speech.FMIN, "fmax": speech.FMAX, "mel_scale": "slaney", "slaney_norm": True, "power": 1,
                     "log_base": "ten", "floor": speech.FLOOR, "normalized": True, "of_shaped_audio": True},
        "waveform": {"gain": speech.GAIN, "preemphasis": speech.EMPHASIS},
        "metadata": {"name": "Atrous voice", "training": note}}


def tensors(weights):
    """A state dict under the names of the file. These are views: what is written to them reaches the network."""
    layers = len(DILATIONS)
    named = {"features.mean": weights["mean"], "features.scale": weights["scale"],
             "upsampler.0.weight": weights["conv_in.weight"], "stacks.0.input.weight": weights["embed.weight"].T[..., None],
             "stacks.0.layers.0.skip.bias": weights["skip.bias"]}
    mixins = weights["mixin.weight"][..., 0].chunk(layers)
    skips = weights["skip.weight"][..., 0].chunk(layers, 1)
    for i in range(layers):
        layer = f"stacks.0.layers.{i}"
        named |= {f"{layer}.conv.weight": weights[f"conv.{i}.weight"], f"{layer}.conv.bias": weights[f"conv.{i}.bias"],
                  f"{layer}.mixin.weight": mixins[i], f"{layer}.skip.weight": skips[i]}
        if i < layers - 1:
            named |= {f"{layer}.residual.weight": weights[f"out.{i}.weight"][..., 0], f"{layer}.residual.bias": weights[f"out.{i}.bias"]}
    for i in range(2):
        named |= {f"post.{i}.weight": weights[f"post{i + 1}.weight"], f"post.{i}.bias": weights[f"post{i + 1}.bias"]}
    return named


def write(path, weights, note):
    native.write_model(path, config(note), {name: view.cpu() for name, view in tensors(weights).items()})


def read(path, model):
    """A written model back into a network."""
    _, values = native.read_model(path)
    with torch.no_grad():
        for name, view in tensors(model.state_dict()).items():
            view.copy_(torch.from_numpy(values[name]))
