"""Autoregressive WaveNets with random weights, as native models (docs/format.md): the widths, upsamplers and heads of
published vocoders. Each function returns a graph.Graph.
"""

import numpy as np

from graph import Graph

BINS = 80


def r9y9_mixture(rng):
    """r9y9 mixture of logistics, 24 layers, 128/256/128, 3 taps."""
    make = _Maker(rng, "r9y9, mixture of logistics", 22050)
    make.graph.config["input"] = {"kind": "signal", "channels": 1}
    make.stretching_upsampler([4, 4, 4, 4])
    make.stack(inputs=1, residual=128)
    make.layers(count=24, cycle=6, residual=128, skip=128, kernel=3, scale=0.5 ** 0.5)
    make.head([128, 128])
    weight, bias = make.pair(30, 128, 1)
    bias[20:] -= 3.0  # logarithms of the scales: narrow logistics
    make.graph.post(weight, bias)
    make.graph.config["output"] = {"kind": "logistic_mixture", "channels": 30, "log_scale_min": -16.0}
    return make.graph


def r9y9_classes(rng):
    """r9y9 256 classes, 30 layers, 64/128/64, 3 taps."""
    make = _Maker(rng, "r9y9, 256 classes", 22050)
    make.classes("r9y9", 127)
    make.stretching_upsampler([4, 4, 4, 4])
    make.stack(inputs=256, residual=64)
    make.layers(count=30, cycle=10, residual=64, skip=64, kernel=3, scale=0.5 ** 0.5)
    make.head([64, 64, 256])
    return make.graph


def deep_voice(rng):
    """Deep Voice, 40 layers, 64/128/128, 2 taps.

    Conditions are held for 5 ms.
    """
    make = _Maker(rng, "Deep Voice, 40 layers", 16000)
    make.classes("ibab", 128)
    make.graph.condition(BINS, BINS, 0)
    make.graph.upsample("repeat", BINS, stride=80)
    make.stack(inputs=256, residual=64, kernel=2, activation="Tanh")
    make.layers(count=40, cycle=10, residual=64, skip=128, kernel=2)
    make.head([128, 256, 256])
    return make.graph


def nv_wavenet(rng):
    """nv-wavenet, 20 layers, 64/128/256, 2 taps.

    A transposed convolution makes samples of frames, each of which lasts 200 samples and reaches over 800.
    """
    make = _Maker(rng, "nv-wavenet, 20 layers", 16000)
    make.classes("ibab", 128)
    make.graph.condition(BINS, BINS, 0)
    weight = make.weight(BINS, 4 * BINS, 1).reshape(BINS, BINS, 4).repeat(200, axis=2)  # 4 taps reach each sample
    make.graph.upsample("transposed", BINS, weight, make.bias(BINS), kernel=800, stride=200, padding=300)
    make.stack(inputs=256, residual=64)
    make.layers(count=20, cycle=10, residual=64, skip=256, kernel=2)
    make.head([256, 256, 256])
    return make.graph


class _Maker:
    """A graph with random tensors. Weights keep a signal's size; biases are random too."""

    def __init__(self, rng, name, sample_rate):
        self.rng = rng
        self.graph = Graph(name + ", random weights", "random", sample_rate)

    def weight(self, out, inputs, kernel, gain=1.0):
        return self.rng.normal(size=(out, inputs, kernel)) * gain / (inputs * kernel) ** 0.5

    def bias(self, out):
        return 0.1 * self.rng.normal(size=out)

    def pair(self, out, inputs, kernel, gain=1.0):
        return self.weight(out, inputs, kernel, gain), self.bias(out)

    def classes(self, code, first):
        self.graph.config["input"] = {"kind": "one_hot", "channels": 1}
        self.graph.config["code"] = {"kind": code, "classes": 256, "first": first}
        self.graph.config["output"] = {"kind": "categorical", "channels": 256}

    def stretching_upsampler(self, scales):
        """r9y9's: a convolution over frames, then stretch and smooth, stage by stage."""
        self.graph.condition(BINS, BINS, 2)
        self.graph.upsample("conv", BINS, self.weight(BINS, BINS, 5), kernel=5)
        for scale in scales:
            smooth = np.full((1, 2 * scale + 1), 1 / (2 * scale + 1)) + 0.01 * self.rng.normal(size=2 * scale + 1)
            self.graph.upsample("stretch", BINS, smooth, kernel=2 * scale + 1, stride=scale, frequency_kernel=1)

    def stack(self, inputs, residual, kernel=1, activation="Identity"):
        # One class of many is heard at a time, so its column alone gives the signal its size.
        gain = inputs ** 0.5
        self.graph.stack(*self.pair(residual, inputs, kernel, gain))
        self.graph.config["stacks"][0]["input_activation"] = activation

    def layers(self, count, cycle, residual, skip, kernel, scale=1.0):
        for index in range(count):
            self.graph.layer(conv=self.pair(2 * residual, residual, kernel, 1.2),
                             skip=self.pair(skip, residual, 1, 2 / count ** 0.5),
                             residual=self.pair(residual, residual, 1, 0.8 if scale < 1 else 0.4),
                             dilation=2 ** (index % cycle),
                             mixin=(self.weight(2 * residual, BINS, 1, 0.5), None),
                             residual_scale=scale)

    def head(self, widths):
        """ReLU and a 1x1 from each width to the next."""
        for inputs, out in zip(widths, widths[1:]):
            self.graph.post(*self.pair(out, inputs, 1, 1.4))
