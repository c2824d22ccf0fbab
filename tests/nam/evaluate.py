#!/usr/bin/python3
"""Evaluates a `.nam` file over a signal in double precision: the oracle of the tests.

    evaluate.py MODEL.nam IN.f32 OUT.f32

Written from the description of the format alone, as plainly as numpy allows: it reads the weights in the order of the
file and knows nothing of how the engine runs. Signals are rows (channels, T); a model starts after the silence that
its architecture prescribes.
"""

import json
import os
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from activations import activate, sigmoid  # noqa: E402

FILM_KEYS = ("conv_pre_film", "conv_post_film", "input_mixin_pre_film", "input_mixin_post_film",
             "activation_pre_film", "activation_post_film", "layer1x1_post_film", "head1x1_post_film")


def conv(x, weight, bias=None, dilation=1, groups=1):
    """A causal convolution from zeroed queues; weight (out, in/groups, K), tap 0 the oldest."""
    out, inputs, kernel = weight.shape
    length = x.shape[1]
    rows = out // groups
    result = np.zeros((out, length)) if bias is None else np.repeat(bias[:, None], length, axis=1)
    for k in range(kernel):
        lag = (kernel - 1 - k) * dilation
        if lag >= length:
            continue
        for g in range(groups):
            part = weight[g * rows:(g + 1) * rows, :, k] @ x[g * inputs:(g + 1) * inputs, :length - lag]
            result[g * rows:(g + 1) * rows, lag:] += part
    return result


class Weights:
    """The flat list, dealt out from the front."""

    def __init__(self, values):
        self.values = np.asarray(values, dtype=np.float64)
        self.next = 0

    def take(self, *shape):
        count = int(np.prod(shape))
        if self.next + count > len(self.values):
            raise ValueError(f"{len(self.values)} weights are too few")
        part = self.values[self.next:self.next + count].reshape(shape)
        self.next += count
        return part

    def take_positive(self, *shape):
        return self.take(*shape)

    def expect_none_left(self):
        if self.next != len(self.values):
            raise ValueError(f"{len(self.values)} weights, used {self.next}")


class Recorded(Weights):
    """Remembers every tensor that it deals out."""

    def __init__(self, values):
        super().__init__(values)
        self.tensors = []

    def take(self, *shape):
        self.tensors.append(super().take(*shape))
        return self.tensors[-1]


class Leading(Weights):
    """Deals out the leading rows and columns of the tensors of a wider model."""

    def __init__(self, tensors):
        super().__init__([])
        self.tensors = iter(tensors)

    def take(self, *shape):
        return next(self.tensors)[tuple(slice(0, size) for size in shape)]


def of_layer(value, layer):
    return value[layer] if isinstance(value, list) else value


class Film:
    """x · scale(c) + shift(c), or nothing where the key is absent or off."""

    def __init__(self, spec, width, condition, weights):
        self.active = bool(spec) and (spec is True or spec.get("active", True))
        if not self.active:
            return
        spec = {} if spec is True else spec
        self.width, self.groups = width, spec.get("groups", 1)
        rows = (2 if spec.get("shift", True) else 1) * width
        self.weight = weights.take(rows, condition // self.groups, 1)
        self.bias = weights.take(rows)

    def __call__(self, x, condition):
        if not self.active:
            return x
        rows = conv(condition, self.weight, self.bias, groups=self.groups)
        shifted = x * rows[:self.width]
        return shifted + rows[self.width:] if len(rows) > self.width else shifted


class Layer:
    def __init__(self, array, index, weights):
        channels, condition = array["channels"], array["condition_size"]
        self.bottleneck = bottleneck = array.get("bottleneck", channels)
        default = "gated" if array.get("gated", False) else "none"
        self.mode = of_layer(array.get("gating_mode", default), index)
        self.activation = of_layer(array["activation"], index)
        self.secondary = of_layer(array.get("secondary_activation"), index) or "Sigmoid"
        self.dilation = array["dilations"][index]
        self.groups = array.get("groups_input", 1)
        self.mixin_groups = array.get("groups_input_mixin", 1)
        kernel = array["kernel_sizes"][index] if array.get("kernel_sizes") else array["kernel_size"]
        self.kernel = of_layer(kernel, index)

        rows = bottleneck if self.mode == "none" else 2 * bottleneck
        self.conv = weights.take(rows, channels // self.groups, self.kernel), weights.take(rows)
        self.mixin = weights.take(rows, condition // self.mixin_groups, 1)
        self.layer1x1 = self.one_by_one(array.get("layer1x1") or {}, True, channels, weights)
        head = array.get("head1x1") or {}
        self.head1x1 = self.one_by_one(head, False, head.get("out_channels"), weights)
        widths = (channels, rows, condition, rows, rows, bottleneck, channels, head.get("out_channels"))
        self.films = [Film(array.get(key), width, condition, weights) for key, width in zip(FILM_KEYS, widths)]

    def one_by_one(self, spec, active, out, weights):
        """(weight, bias, groups), or None where it is off."""
        if not spec.get("active", active):
            return None
        groups = spec.get("groups", 1)
        return weights.take(out, self.bottleneck // groups, 1), weights.take(out), groups

    def gate(self, z):
        if self.mode == "none":
            return activate(self.activation, z)
        first, second = z[:self.bottleneck], activate(self.secondary, z[self.bottleneck:])
        if self.mode == "gated":
            return activate(self.activation, first) * second
        return second * activate(self.activation, first) + (1 - second) * first

    def __call__(self, v, c, acc):
        (conv_pre, conv_post, mixin_pre, mixin_post, activation_pre, activation_post, layer1x1_post,
         head1x1_post) = self.films
        heard = conv(conv_pre(v, c), *self.conv, dilation=self.dilation, groups=self.groups)
        mixed = conv(mixin_pre(c, c), self.mixin, groups=self.mixin_groups)
        z = activation_pre(conv_post(heard, c) + mixin_post(mixed, c), c)
        o = activation_post(self.gate(z), c)
        if self.head1x1:
            weight, bias, groups = self.head1x1
            acc = acc + head1x1_post(conv(o, weight, bias, groups=groups), c)
        else:
            acc = acc + o
        if self.layer1x1:
            weight, bias, groups = self.layer1x1
            v = v + layer1x1_post(conv(o, weight, bias, groups=groups), c)
        return v, acc


class Array:
    def __init__(self, config, weights):
        self.rechannel = weights.take(config["channels"], config["input_size"], 1)
        self.layers = [Layer(config, n, weights) for n in range(len(config["dilations"]))]
        head = config.get("head")
        if head is None:
            head = {"out_channels": config["head_size"], "kernel_size": 1, "bias": config["head_bias"]}
        first = self.layers[0]
        self.width = len(first.head1x1[0]) if first.head1x1 else first.bottleneck
        self.head_dilation = head.get("head_dilation", 1)
        self.head = weights.take(head["out_channels"], self.width, head["kernel_size"])
        self.head_bias = weights.take(head["out_channels"]) if head["bias"] else None

    def memory(self):
        layers = sum((layer.kernel - 1) * layer.dilation for layer in self.layers)
        return layers + (self.head.shape[2] - 1) * self.head_dilation

    def __call__(self, y, c, acc):
        v = conv(y, self.rechannel)
        acc = np.zeros((self.width, y.shape[1])) if acc is None else acc
        for layer in self.layers:
            v, acc = layer(v, c, acc)
        return v, conv(acc, self.head, self.head_bias, dilation=self.head_dilation)


class WaveNet:
    def __init__(self, model, weights):
        config = model["config"]
        self.inputs = config.get("in_channels", 1)
        inner = config.get("condition_dsp")
        self.condition_dsp = load(inner) if inner else None
        self.arrays = [Array(array, weights) for array in config["layers"]]
        head, self.post = config.get("head"), []
        width = len(self.arrays[-1].head)
        if head:
            self.activation = head["activation"]
            for n, kernel in enumerate(head["kernel_sizes"]):
                out = head["out_channels"] if n + 1 == len(head["kernel_sizes"]) else head["channels"]
                self.post.append((weights.take(out, width, kernel), weights.take(out)))
                width = out
        self.head_scale = weights.take(1)[0]

    def prewarm(self):
        first = self.condition_dsp.prewarm() if self.condition_dsp else 1
        return first + sum(a.memory() for a in self.arrays) + sum(w.shape[2] - 1 for w, _ in self.post)

    def __call__(self, x):
        c = self.condition_dsp(x) if self.condition_dsp else x
        v, acc = x, None
        for array in self.arrays:
            v, acc = array(v, c, acc)
        y = self.head_scale * acc
        for weight, bias in self.post:
            y = conv(activate(self.activation, y), weight, bias)
        return y


class ConvNet:
    def __init__(self, model, weights):
        config = model["config"]
        self.inputs = width = config.get("in_channels", 1)
        channels, self.groups = config["channels"], config.get("groups", 1)
        self.activation, self.dilations = config["activation"], config["dilations"]
        self.blocks = []
        for _ in self.dilations:
            weight = weights.take(channels, width // self.groups, 2)
            if config["batchnorm"]:
                mean, variance = weights.take(channels), weights.take_positive(channels)
                gamma, beta = weights.take(channels), weights.take(channels)
                norm = mean, gamma / np.sqrt(variance + weights.take_positive(1)[0]), beta
                self.blocks.append((weight, None, norm))
            else:
                self.blocks.append((weight, weights.take(channels), None))
            width = channels
        outputs = config.get("out_channels", 1)
        self.head = weights.take(outputs, channels, 1), weights.take(outputs)

    def prewarm(self):
        return 1 + sum(self.dilations)

    def __call__(self, x):
        for (weight, bias, norm), dilation in zip(self.blocks, self.dilations):
            x = conv(x, weight, bias, dilation, self.groups)
            if norm:
                mean, factor, beta = (values[:, None] for values in norm)
                x = factor * (x - mean) + beta
            x = activate(self.activation, x)
        return conv(x, *self.head)


class Lstm:
    def __init__(self, model, weights):
        config = model["config"]
        self.inputs, cells = config["input_size"], config["hidden_size"]
        self.silence = max(1, int(0.5 * (model.get("sample_rate") or 0)))
        self.layers = []
        for n in range(config["num_layers"]):
            width = (self.inputs if n == 0 else cells) + cells
            self.layers.append((weights.take(4 * cells, width), weights.take(4 * cells), weights.take(cells),
                                weights.take(cells)))
        outputs = config.get("out_channels", 1)
        self.head = weights.take(outputs, cells, 1), weights.take(outputs)

    def prewarm(self):
        return self.silence

    def __call__(self, x):
        for weight, bias, hidden, cell in self.layers:
            n = len(hidden)
            known = weight[:, :len(x)] @ x + bias[:, None]
            recurrent = weight[:, len(x):]
            result = np.empty((n, x.shape[1]))
            for t in range(x.shape[1]):
                z = known[:, t] + recurrent @ hidden
                gates = sigmoid(z)
                cell = gates[n:2 * n] * cell + gates[:n] * np.tanh(z[2 * n:3 * n])
                hidden = gates[3 * n:] * np.tanh(cell)
                result[:, t] = hidden
            x = result
        return conv(x, *self.head)


class Linear:
    inputs = 1

    def __init__(self, model, weights):
        config = model["config"]
        self.taps = weights.take(config["receptive_field"])[::-1].reshape(1, 1, -1)
        self.bias = weights.take(1) if config["bias"] else None

    def prewarm(self):
        return 0

    def __call__(self, x):
        return conv(x, self.taps, self.bias)


ARCHITECTURES = {"WaveNet": WaveNet, "ConvNet": ConvNet, "LSTM": Lstm, "Linear": Linear}


def narrowed_channels(array, size):
    """The channels of an array at a size from 0 to 1, or all of them."""
    channels = array["channels"]
    if size is None or not array.get("slimmable"):
        return channels
    allowed = (array["slimmable"].get("kwargs") or {}).get("allowed_channels") or list(range(1, channels + 1))
    return allowed[min(int(size * len(allowed)), len(allowed) - 1)]


def narrowed(document, size):
    """The document of the WaveNet that runs at a size, without weights of its own."""
    arrays = [dict(array) for array in document["config"]["layers"]]
    for array in arrays:
        wide, narrow = array["channels"], narrowed_channels(array, size)
        array["bottleneck"] = max(1, array.get("bottleneck", wide) * narrow // wide)
        array["channels"] = narrow
    for before, array in zip(arrays, arrays[1:]):
        array["input_size"] = before["channels"]
        head1x1 = array.get("head1x1") or {}
        width = head1x1["out_channels"] if head1x1.get("active", False) else array["bottleneck"]
        if before.get("head"):
            before["head"] = {**before["head"], "out_channels": width}
        else:
            before["head_size"] = width
    return {**document, "config": {**document["config"], "layers": arrays}}


def load(document, size=None):
    """A model of a whole document, at a size from 0 to 1 or at its full one."""
    if document["architecture"] == "SlimmableContainer":
        fits = [each for each in document["config"]["submodels"] if size is not None and size < each["max_value"]]
        return load((fits or document["config"]["submodels"][-1:])[0]["model"])
    weights = Recorded(document["weights"])
    make = ARCHITECTURES[document["architecture"]]
    loaded = make(document, weights)
    weights.expect_none_left()
    if document["architecture"] != "WaveNet" or size is None:
        return loaded
    return make(narrowed(document, size), Leading(weights.tensors))


def run(document, x, size=None):
    """The output rows for the rows x (channels, T) of a `.nam` document."""
    model = load(document, size)
    silence = model.prewarm()
    return model(np.concatenate([np.zeros((model.inputs, silence)), x], axis=1))[:, silence:]


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        nam = json.load(file)
    signal = np.fromfile(sys.argv[2], dtype="<f4").astype(np.float64)[None, :]
    run(nam, signal).astype("<f4").tofile(sys.argv[3])
