"""The network of voice.py, and its file: PyTorch's weights under the names of docs/format.md."""
import dataclasses
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import fast
import sound

sys.path.append(str(Path(__file__).parents[1] / "export"))
import native  # noqa: E402

CONTEXT = 5  # frames that conv_in sees
BINS_OF_AUDIO, LOG_SCALE_MIN = 65536, -10.0  # of a mixture: what it is trained on, and the narrowest logistic


@dataclasses.dataclass(frozen=True)
class Shape:
    """What travels with the weights; `head` is softmax (256 mu-law classes) or mol (a mixture of logistics)."""
    layers: int = 20
    cycle: int = 10  # dilations 1, 2, ... 2^(cycle - 1), and again
    channels: int = 32
    skip: int = 64
    head: str = "softmax"
    mixtures: int = 10

    def dilations(self):
        return [2 ** (i % self.cycle) for i in range(self.layers)]

    def receptive_field(self):
        return 1 + sum(self.dilations())

    def outputs(self):
        return sound.CLASSES if self.head == "softmax" else 3 * self.mixtures


SHAPES = {"small": Shape(), "large": Shape(layers=30, channels=64, skip=128)}


class WaveNet(torch.nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape, channels, layers = shape, shape.channels, shape.layers
        self.register_buffer("mean", torch.zeros(sound.BINS))
        self.register_buffer("scale", torch.ones(sound.BINS))
        self.embed = torch.nn.Embedding(sound.CLASSES, channels) if shape.head == "softmax" else fast.Conv1x1(1, channels)
        self.conv_in = torch.nn.Conv1d(sound.BINS, sound.BINS, CONTEXT, bias=False)
        self.mixin = fast.Conv1x1(sound.BINS, 2 * channels * layers, bias=False)
        self.conv = torch.nn.ModuleList(fast.CausalConv(channels, 2 * channels, d) for d in shape.dilations())
        self.out = torch.nn.ModuleList(fast.Conv1x1(channels, channels) for _ in range(layers))
        self.skip = fast.Conv1x1(channels * layers, shape.skip)  # all layers' skips at once: they are only summed
        self.post1, self.post2 = fast.Conv1x1(shape.skip, shape.skip), fast.Conv1x1(shape.skip, shape.outputs())

    @torch.no_grad()
    def start(self, corpus):
        """Where training starts: with the mean and scale of the frames, and knowing how often each class occurs, or each level.

        Neighbouring classes are alike, so the weights of classes are cosines over them at first, not 256 unrelated rows.
        """
        def cosines(count):
            return torch.cos(math.pi * (torch.arange(sound.CLASSES)[:, None] + 0.5) / sound.CLASSES * torch.arange(1, count + 1))

        self.mean.copy_(torch.from_numpy(corpus.mel.mean(0, np.float64)))
        self.scale.copy_(torch.from_numpy(corpus.mel.std(0, np.float64)))
        if self.shape.head == "mol":
            logits, means, log_scales = self.post2.bias.chunk(3)
            logits.zero_()
            means.copy_(torch.linspace(-0.05, 0.05, len(means)))
            log_scales.fill_(-4)
            return
        channels, skip = self.shape.channels, self.shape.skip
        self.embed.weight.copy_(cosines(channels) / torch.arange(1, channels + 1) ** 0.5)
        self.embed.weight[:, -1] = 4 * torch.from_numpy(sound.decode(np.arange(sound.CLASSES)))
        self.post2.weight.copy_((cosines(skip) / torch.arange(1, skip + 1) ** 0.5).unsqueeze(-1))
        counts = torch.bincount(torch.from_numpy(sound.encode(corpus.heard)), minlength=sound.CLASSES)
        self.post2.bias.copy_(torch.log((counts + 1) / counts.sum()))

    def first(self, heard, channels):
        """(B, T) -> what the first layer hears: a row per class, or the sample itself."""
        if self.shape.head == "softmax":
            return self.embed(codes(heard)).transpose(2, channels).contiguous()
        with exact(heard):
            return self.embed(heard.unsqueeze(channels))

    def last(self, hidden):
        """The head. A logistic's mean is finer than bf16 has numbers."""
        if self.shape.head == "softmax":
            return self.post2(hidden)
        with exact(hidden):
            return self.post2(hidden.float())

    def forward(self, heard, mel):
        """heard (B, T), mel (B, BINS, T / HOP + CONTEXT - 1) -> outputs (B, T, outputs) for the samples that follow.

        Each frame is repeated HOP times. A 1x1 of a repeat is the repeat of the 1x1, so the mixins run once a frame.
        """
        channels, time = (2, 1) if fast.channels_last(heard) else (1, 2)  # axes
        h = self.first(heard, channels)
        mel = (mel - self.mean[:, None]) / self.scale[:, None]
        mixins = self.mixin(self.conv_in(mel).transpose(1, channels)).chunk(self.shape.layers, channels)
        gated = []
        for conv, out, mixin in zip(self.conv, self.out, mixins):
            z = (conv(h).unflatten(time, (-1, sound.HOP)) + mixin.unsqueeze(time + 1)).flatten(time, time + 1)
            a, b = z.chunk(2, channels)
            gated.append(torch.tanh(a) * torch.sigmoid(b))
            h = h + out(gated[-1])
        skip = self.skip(torch.cat(gated, channels))
        return self.last(F.relu(self.post1(F.relu(skip)))).transpose(2, channels)

    def nll(self, outputs, targets):
        """Outputs (B, T, outputs), targets (B, T) -> (B, T) nats of each: of its class, or of its 16-bit value."""
        if self.shape.head == "softmax":
            return F.cross_entropy(outputs.transpose(1, 2), codes(targets), reduction="none")
        half = 1 / (BINS_OF_AUDIO - 1)
        return mixture_nll(outputs, targets - half, targets + half)

    def nll_of_codes(self, outputs, targets):
        """The same for either head: nats of the interval that mu-law makes one code of."""
        if self.shape.head == "softmax":
            return self.nll(outputs, targets)
        edges, code = torch.from_numpy(sound.code_edges()).to(outputs).clamp(-10, 10), codes(targets)
        return mixture_nll(outputs, edges[code], edges[code + 1])


def exact(tensor):
    """Where autocast leaves f32 alone."""
    return torch.autocast(tensor.device.type, enabled=False)


def codes(heard):
    """mu-law as sound.encode has it, of a tensor."""
    f = torch.sign(heard) * torch.log1p(sound.MU * heard.abs().clamp(max=1)) / math.log1p(sound.MU)
    return ((f + 1) / 2 * sound.MU).long()


def mixture_nll(outputs, low, high):
    """Nats of falling between low and high (B, T) under a mixture of logistics (B, T, 3 mixtures).

    Where the interval holds next to nothing, the density in its middle stands for it, whose gradient still points home.
    """
    logits, means, log_scales = outputs.float().chunk(3, -1)
    log_scales = log_scales.clamp(min=LOG_SCALE_MIN)
    above, below = ((edge.unsqueeze(-1) - means) * torch.exp(-log_scales) for edge in (high, low))
    inside = torch.sigmoid(above) - torch.sigmoid(below)
    inside = torch.where(above + below > 0, torch.sigmoid(-below) - torch.sigmoid(-above), inside)  # the tail that has the digits
    middle = 0.5 * (above + below)
    density = middle - 2 * F.softplus(middle) + torch.log((above - below).clamp(min=1e-12))
    logs = torch.where(inside > 1e-5, torch.log(inside.clamp(min=1e-12)), density)
    return -torch.logsumexp(torch.log_softmax(logits, -1) + logs, -1)


def conv_config(inputs, outputs, kernel=1, dilation=1, bias=True):
    return {"in": inputs, "out": outputs, "kernel": kernel, "dilation": dilation, "groups": 1, "bias": bias}


def layer_config(shape, index):
    channels, last = shape.channels, index == shape.layers - 1
    return {"conv": conv_config(channels, 2 * channels, 2, shape.dilations()[index]), "bottleneck": channels, "gating": "gated",
            "activation": "Tanh", "secondary_activation": "Sigmoid", "skip": {"out": shape.skip, "bias": index == 0},
            "residual": None if last else {"out": channels, "bias": True}}


def head_config(shape):
    """What the head decides: the input, the code, the output."""
    if shape.head == "softmax":
        return {"input": {"kind": "one_hot", "channels": 1}, "code": {"kind": "r9y9", "classes": sound.CLASSES, "first": 127},
                "output": {"kind": "categorical", "channels": sound.CLASSES}}
    return {"input": {"kind": "signal", "channels": 1},
            "output": {"kind": "logistic_mixture", "channels": shape.outputs(), "quantize_channels": BINS_OF_AUDIO, "log_scale_min": LOG_SCALE_MIN}}


def config(shape, note):
    """The model as docs/format.md has it."""
    bins, softmax = sound.BINS, shape.head == "softmax"
    return {
        "architecture": "WaveNet", "precision": "bf16", "sample_rate": sound.RATE, "prewarm": False, **head_config(shape),
        "condition": {"kind": "features", "channels": bins, "bins": bins, "pad": CONTEXT // 2, "upsampler": [
            {"kind": "conv", "in": bins, "out": bins, "kernel": CONTEXT, "stride": 1, "bias": False},
            {"kind": "repeat", "in": bins, "out": bins, "stride": sound.HOP}]},
        "stacks": [{"input": conv_config(sound.CLASSES if softmax else 1, shape.channels, bias=not softmax), "head": None,
                    "layers": [layer_config(shape, i) for i in range(shape.layers)]}],
        "post": [{"activation": "ReLU", "conv": conv_config(shape.skip, shape.skip)},
                 {"activation": "ReLU", "conv": conv_config(shape.skip, shape.outputs())}],
        "features": {"sample_rate": sound.RATE, "fft": sound.FFT, "window": sound.FFT, "hop": sound.HOP, "bins": bins,
                     "centered": True, "fmin": sound.FMIN, "fmax": sound.FMAX, "mel_scale": "slaney", "slaney_norm": True, "power": 1,
                     "log_base": "ten", "floor": sound.FLOOR, "normalized": True, "of_shaped_audio": True},
        "waveform": {"gain": sound.GAIN, "preemphasis": sound.EMPHASIS},
        "metadata": {"name": "Atrous voice", "training": note}}


def tensors(shape, weights):
    """A state dict under the names of the file. These are views: what is written to them reaches the network."""
    named = {"features.mean": weights["mean"], "features.scale": weights["scale"], "upsampler.0.weight": weights["conv_in.weight"],
             "stacks.0.layers.0.skip.bias": weights["skip.bias"]}
    if shape.head == "softmax":
        named["stacks.0.input.weight"] = weights["embed.weight"].T[..., None]
    else:
        named |= {"stacks.0.input.weight": weights["embed.weight"], "stacks.0.input.bias": weights["embed.bias"]}
    mixins = weights["mixin.weight"][..., 0].chunk(shape.layers)
    skips = weights["skip.weight"][..., 0].chunk(shape.layers, 1)
    for i in range(shape.layers):
        layer = f"stacks.0.layers.{i}"
        named |= {f"{layer}.conv.weight": weights[f"conv.{i}.weight"], f"{layer}.conv.bias": weights[f"conv.{i}.bias"],
                  f"{layer}.mixin.weight": mixins[i], f"{layer}.skip.weight": skips[i]}
        if i < shape.layers - 1:
            named |= {f"{layer}.residual.weight": weights[f"out.{i}.weight"][..., 0], f"{layer}.residual.bias": weights[f"out.{i}.bias"]}
    for i in range(2):
        named |= {f"post.{i}.weight": weights[f"post{i + 1}.weight"], f"post.{i}.bias": weights[f"post{i + 1}.bias"]}
    return named


def write(path, shape, weights, note):
    """In bf16: it costs less than a thousandth of a nat. The first layer's input is f32, as docs/format.md has it."""
    values = {name: view.cpu() for name, view in tensors(shape, weights).items()}
    rounded = {name for name in values if name.endswith(".weight") and name != "stacks.0.input.weight"}
    native.write_model(path, config(shape, note), values, rounded)


def shape_of(config):
    """The shape of a written model."""
    layers, softmax = config["stacks"][0]["layers"], config["output"]["kind"] == "categorical"
    dilations = [layer["conv"]["dilation"] for layer in layers]
    return Shape(len(layers), len(set(dilations)), layers[0]["bottleneck"], layers[0]["skip"]["out"], "softmax" if softmax else "mol",
                 Shape.mixtures if softmax else config["output"]["channels"] // 3)


def read(path, model):
    """A written model's weights into a network: all, or, where the heads differ, those that both have alike."""
    config, values = native.read_model(path)
    shape = shape_of(config)
    if dataclasses.replace(shape, head=model.shape.head, mixtures=model.shape.mixtures) != model.shape:
        raise SystemExit(f"{path}: of shape {shape}, expected {model.shape}")
    with torch.no_grad():
        for name, view in tensors(model.shape, model.state_dict()).items():
            if name in values and view.shape == values[name].shape:
                view.copy_(torch.from_numpy(values[name]))
