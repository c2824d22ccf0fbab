"""Effects with random weights: `.nam` WaveNets, LSTM, ConvNet and Linear, and a GuitarML WaveNet, as bytes of a file.

Weights are normal, scaled by how many of them add up and, where layers add to each other, by how many layers there are.
Biases are random too.
"""

import json

import numpy as np

A1_DILATIONS = [2 ** i for i in range(10)]
A1_SPLIT = ([2 ** i for i in range(7)], [128, 256, 512] + A1_DILATIONS)  # of every A1 but Standard
A2_DILATIONS = [1, 3, 7, 17, 41, 101, 239] * 2 + [1, 13] + [1, 3, 7, 17, 41, 101, 239]
A2_KERNELS = [6] * 14 + [15, 15] + [6] * 7


def wavenet_a1(rng, channels, standard=True):
    """Two arrays of tanh layers, the second half as wide."""
    first, second = (A1_DILATIONS, A1_DILATIONS) if standard else A1_SPLIT
    half = channels // 2

    def array(inputs, width, head, head_bias, dilations):
        return {"input_size": inputs, "condition_size": 1, "head_size": head, "channels": width, "kernel_size": 3,
                "dilations": dilations, "activation": "Tanh", "gated": False, "head_bias": head_bias}

    arrays = [array(1, channels, half, False, first), array(channels, half, 1, True, second)]
    weights = _Weights(rng)
    for layers in arrays:
        width = layers["channels"]
        weights.matrix(width, layers["input_size"], 2.0)
        for _ in layers["dilations"]:
            _layer(weights, width, 3)
        weights.matrix(layers["head_size"], width, 1 / len(layers["dilations"]) ** 0.5)
        weights.bias(layers["head_size"] if layers["head_bias"] else 0)
    return _nam("WaveNet", {"layers": arrays, "head": None, "head_scale": 0.5}, weights.values + [0.5])


def wavenet_a2(rng, channels):
    """One array of 23 layers with kernels of 6 and 15 and LeakyReLU; the head has 16 taps."""
    count = len(A2_DILATIONS)
    array = {"input_size": 1, "condition_size": 1, "channels": channels, "bottleneck": channels,
             "kernel_sizes": A2_KERNELS, "dilations": A2_DILATIONS,
             "activation": [{"type": "LeakyReLU", "negative_slope": 0.01}] * count,
             "head": {"out_channels": 1, "kernel_size": 16, "bias": True}}
    weights = _Weights(rng)
    weights.matrix(channels, 1, 2.0)
    for kernel in A2_KERNELS:
        _layer(weights, channels, kernel)
    weights.matrix(1, channels * 16, 1 / count ** 0.5)
    weights.bias(1)
    config = {"layers": [array], "head": None, "head_scale": 0.5, "in_channels": 1}
    return _nam("WaveNet", config, weights.values + [0.5], "0.7.0")


def _layer(weights, width, kernel):
    weights.matrix(width, width * kernel, 0.8)
    weights.bias(width)
    weights.matrix(width, 1, 1.0)  # the mixin
    weights.matrix(width, width, 0.4)
    weights.bias(width)


def lstm(rng, layers, hidden):
    weights = _Weights(rng)
    for layer in range(layers):
        weights.matrix(4 * hidden, (hidden if layer else 1) + hidden, 4.0)
        weights.bias(4 * hidden)
        weights.bias(2 * hidden)  # the state that it starts from
    weights.matrix(1, hidden)
    weights.bias(1)
    config = {"input_size": 1, "hidden_size": hidden, "num_layers": layers}
    return _nam("LSTM", config, weights.values)


def convnet(rng, channels):
    dilations = [1, 2, 4, 8, 16, 32]
    weights = _Weights(rng)
    for index in range(len(dilations)):
        weights.matrix(channels, 2 * (channels if index else 1), 1.2)
        weights.bias(channels)
    weights.matrix(1, channels)
    weights.bias(1)
    config = {"channels": channels, "dilations": dilations, "batchnorm": False, "activation": "Tanh"}
    return _nam("ConvNet", config, weights.values)


def linear(rng, taps):
    """An impulse response that decays, as those of cabinets do."""
    response = rng.normal(size=taps) * np.exp(-6 * np.arange(taps) / taps) * 0.1
    values = response.astype(np.float32).tolist() + _floats(0.01 * rng.normal(size=1))
    return _nam("Linear", {"receptive_field": taps, "bias": True}, values)


def guitarml_gated(rng, channels):
    """WaveNetVA's layout: gated layers whose outputs, one beside the other, feed the mix."""
    variables = []

    def variable(layer, name, values):
        variables.append({"layer_idx": layer, "name": name, "data": values})

    def conv(layer, suffix, inputs, outputs, kernel, gain=1.0):  # [kernel][in][out]
        weights = _Weights(rng)
        weights.matrix(outputs, inputs * kernel, gain)
        variable(layer, "W" + suffix, weights.values)
        variable(layer, "b" + suffix, _floats(0.1 * rng.normal(size=outputs)))

    conv(-1, "", 1, channels, 1, 2.0)
    for layer in range(len(A1_DILATIONS)):
        conv(layer, "_conv", channels, 2 * channels, 3, 1.5)
        conv(layer, "_out", channels, channels, 1, 0.8)
    conv(len(A1_DILATIONS), "", channels * len(A1_DILATIONS), 1, 1)
    return _json({"activation": "gated", "output_channels": 1, "input_channels": 1, "residual_channels": channels,
                  "filter_width": 3, "dilations": A1_DILATIONS, "variables": variables})


class _Weights:
    """The flat list of weights of a `.nam` file."""

    def __init__(self, rng):
        self.values = []
        self._rng = rng

    def matrix(self, rows, inputs, gain=1.0):
        self.values += _floats(self._rng.normal(size=rows * inputs) * gain / inputs ** 0.5)

    def bias(self, rows):
        self.values += _floats(0.1 * self._rng.normal(size=rows))


def _floats(values):
    """With as many digits as trainers write."""
    return values.astype(np.float32).tolist()


def _nam(architecture, config, weights, version="0.5.4"):
    return _json({"version": version, "metadata": {"name": "random weights"}, "architecture": architecture,
                  "config": config, "weights": weights, "sample_rate": 48000})


def _json(content):
    return json.dumps(content).encode("utf-8")
