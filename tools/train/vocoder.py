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
        self.embed = torch.nn.Embedding(CLASSES, RESIDUAL)
        self.conv_in = torch.nn.Conv1d(speech.BINS, speech.BINS, CONTEXT, bias=False)
        self.mixin = fast.conv1x1(speech.BINS, 2 * RESIDUAL * layers, bias=False)
        self.conv = torch.nn.ModuleList(torch.nn.Conv1d(RESIDUAL, 2 * RESIDUAL, 2, dilation=d, padding=d) for d in DILATIONS)
        self.out = torch.nn.ModuleList(fast.conv1x1(RESIDUAL, RESIDUAL) for _ in DILATIONS)
        self.skip = fast.conv1x1(RESIDUAL * layers, SKIP)  # all layers' skips at once: they are only summed
        self.post1, self.post2 = fast.conv1x1(SKIP, SKIP), fast.conv1x1(SKIP, CLASSES)

    @torch.no_grad()
    def start_smooth(self, codes):
        """Neighbouring classes are alike: start from cosines over them, not from 256 unrelated rows, and from how often each occurs."""
        def cosines(count):
            return torch.cos(math.pi * (torch.arange(CLASSES)[:, None] + 0.5) / CLASSES * torch.arange(1, count + 1))

        self.embed.weight.copy_(cosines(RESIDUAL) / torch.arange(1, RESIDUAL + 1) ** 0.5)
        self.embed.weight[:, -1] = 4 * torch.from_numpy(speech.decode(np.arange(CLASSES)))
        self.post2.weight.copy_((cosines(SKIP) / torch.arange(1, SKIP + 1) ** 0.5).unsqueeze(-1))
        self.post2.bias.copy_(torch.from_numpy(np.log(np.bincount(codes, minlength=CLASSES) + 1.0) - np.log(len(codes))))

    def forward(self, codes, mel, first=0):
        """codes (B, T), mel (B, BINS, T / HOP + CONTEXT - 1) -> logits (B, CLASSES, T - first) of the codes that follow.

        Each frame is repeated HOP times. A 1x1 of a repeat is the repeat of the 1x1, so the mixins run once a frame.
        """
        h = self.embed(codes).transpose(1, 2).contiguous()
        mixins = self.mixin(self.conv_in(mel)).chunk(len(DILATIONS), 1)
        gated = []
        for conv, out, mixin in zip(self.conv, self.out, mixins):
            z = conv(h)[..., : codes.shape[1]]
            z = (z.unflatten(2, (-1, speech.HOP)) + mixin.unsqueeze(-1)).flatten(2)
            a, b = z.chunk(2, 1)
            u = torch.tanh(a) * torch.sigmoid(b)
            h = h + out(u)
            gated.append(u[..., first:])
        skip = self.skip(torch.cat(gated, 1))
        return self.post2(F.relu(self.post1(F.relu(skip))))


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
    named = {"upsampler.0.weight": weights["conv_in.weight"], "stacks.0.input.weight": weights["embed.weight"].T[..., None],
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


def write(path, weights, mean, scale, note):
    native.write_model(path, config(note), tensors(weights) | {"features.mean": mean, "features.scale": scale})


def read(path, model):
    """The weights of a written model back into a network."""
    _, values = native.read_model(path)
    with torch.no_grad():
        for name, view in tensors(model.state_dict()).items():
            view.copy_(torch.from_numpy(values[name]))
