#!/usr/bin/python3
"""Random `.nam` documents: every feature of the format, alone and in any combination, with every weight random.

    make_models.py FOLDER COUNT    writes the documents of as many seeds

The weights are counted by the evaluator as it deals them out (WeightCounter), so that no rule stands here twice, and
scaled so that signals neither die out nor explode on their way through.
"""

import json
import os
import sys

import numpy as np

import evaluate
from activations import ACTIVATIONS

NAMES = tuple(name for name in ACTIVATIONS if name != "Identity")
RATES = (None, 48000, 44100, 44100.0, 96000)


class Random:
    def __init__(self, seed):
        self.engine = np.random.default_rng(seed)
        self.grouped = True  # whether anything may have groups

    def whole(self, low, high):
        return int(self.engine.integers(low, high + 1))

    def chance(self, probability):
        return bool(self.engine.random() < probability)

    def pick(self, values):
        return values[self.whole(0, len(values) - 1)]

    def real(self, low, high):
        return float(np.float32(self.engine.uniform(low, high)))

    def reals(self, count, low, high):
        return [self.real(low, high) for _ in range(count)]


class WeightCounter(evaluate.Weights):
    """Stands for the list of weights while a model is built, and makes it: random numbers scaled by their fan-in."""

    def __init__(self, random):
        super().__init__([])
        self.random = random

    def take(self, *shape):
        fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else 1
        scale = 1.2 / np.sqrt(fan_in) if len(shape) > 1 else 0.4
        part = self.random.engine.uniform(-scale, scale, shape).astype(np.float32).astype(np.float64)
        self.values = np.concatenate([self.values, part.ravel()])
        return part

    def take_positive(self, *shape):
        part = np.abs(self.take(*shape)) + 0.25
        self.values[len(self.values) - part.size:] = part.ravel()
        return part


def with_weights(random, document):
    """The document with as many random weights as its configuration calls for."""
    counter = WeightCounter(random)
    evaluate.ARCHITECTURES[document["architecture"]](document, counter)
    document["weights"] = [float(value) for value in counter.values]
    return document


def groups(random, *widths):
    if not random.grouped:
        return 1
    return random.pick([g for g in range(1, min(widths) + 1) if all(width % g == 0 for width in widths)])


def activation(random, width=None):
    """Any activation; one with a slope per channel where the width is known."""
    name = random.pick(NAMES)
    if name == "LeakyReLU" and random.chance(0.7):
        return {"type": name, "negative_slope": random.real(-0.3, 0.6)}
    if name == "PReLU" and width and random.chance(0.6):
        return {"type": name, "negative_slopes": random.reals(width, -0.5, 0.9)}
    if name == "PReLU" and random.chance(0.6):
        return {"type": name, "negative_slope": random.real(-0.3, 0.6)}
    if name.lower() == "leakyhardtanh" and random.chance(0.7):
        return {"type": name, "min_val": random.real(-1.5, -0.1), "max_val": random.real(0.1, 1.5),
                "min_slope": random.real(0, 0.5), "max_slope": random.real(0, 0.5)}
    if name == "Hardtanh" and random.chance(0.3):
        return {"type": name, "min_val": -0.25, "max_val": 0.25}  # which the original runtime ignores
    return {"type": name} if random.chance(0.3) else name


def one_or_per_layer(random, layers, make):
    return [make() for _ in range(layers)] if random.chance(0.5) else make()


def add_films(random, array, rows):
    """FiLM at any of the eight points; `rows` divides the rows of z of every layer."""
    if random.chance(0.45):
        return
    condition = array["condition_size"]
    head = array.get("head1x1", {})
    widths = (array["channels"], rows, condition, rows, rows, array["bottleneck"], array["channels"],
              head.get("out_channels", 1))
    for key, width in zip(evaluate.FILM_KEYS, widths):
        if key == "layer1x1_post_film" and not array.get("layer1x1", {}).get("active", True):
            continue
        if key == "head1x1_post_film" and not head.get("active", False):
            continue
        if random.chance(0.5):
            array[key] = random.pick([False, {"active": False, "shift": True, "groups": 1}])
            continue
        shift = random.chance(0.5)
        array[key] = {"active": True, "shift": shift, "groups": groups(random, condition, (1 + shift) * width)}
        for default in [name for name, value in (("active", True), ("groups", 1)) if array[key][name] == value]:
            if random.chance(0.3):
                del array[key][default]


def layer_array(random, inputs, condition, channels, accumulator):
    """One layer array; `accumulator` is the width that the array before prescribes, or None."""
    layers = random.whole(1, 4)
    array = {"input_size": inputs, "condition_size": condition, "channels": channels,
             "dilations": [random.whole(1, 9) for _ in range(layers)]}
    residual = random.chance(0.85)
    head1x1 = random.chance(0.4)
    bottleneck = random.whole(1, 9) if residual else channels
    if accumulator is not None and not head1x1:
        bottleneck = accumulator  # which is the number of channels too
    array["bottleneck"] = bottleneck
    array["layer1x1"] = {"active": residual, "groups": groups(random, bottleneck, channels)}
    if head1x1:
        out = random.whole(1, 7) if accumulator is None else accumulator
        array["head1x1"] = {"active": True, "out_channels": out, "groups": groups(random, bottleneck, out)}
    modes = ("none", "gated", "blended")
    array["gating_mode"] = one_or_per_layer(random, layers, lambda: random.pick(modes))
    array["activation"] = one_or_per_layer(random, layers, lambda: activation(random, bottleneck))
    array["secondary_activation"] = one_or_per_layer(
        random, layers, lambda: activation(random, bottleneck) if random.chance(0.6) else None)
    if random.chance(0.5):
        array["kernel_sizes"] = [random.whole(1, 6) for _ in range(layers)]
    else:
        array["kernel_size"] = random.whole(1, 6)
    rows = 2 * bottleneck if array["gating_mode"] in ("gated", "blended") else bottleneck  # what divides those of all
    if random.chance(0.5):
        array["groups_input"] = groups(random, channels, rows)
    if random.chance(0.5):
        array["groups_input_mixin"] = groups(random, condition, rows)
    add_films(random, array, rows)
    make_older(random, array)
    return array


def make_older(random, array):
    """The older spellings, and keys left out where they say nothing new."""
    if array["gating_mode"] == "gated" and random.chance(0.5):
        del array["gating_mode"]
        array["gated"] = True
    elif array["gating_mode"] == "none" and random.chance(0.5):
        del array["gating_mode"]
        if random.chance(0.5):
            array["gated"] = False
    if array["bottleneck"] == array["channels"] and random.chance(0.5):
        del array["bottleneck"]
    if array["layer1x1"] == {"active": True, "groups": 1} and random.chance(0.5):
        del array["layer1x1"]


def add_head(random, array, out):
    if random.chance(0.3):
        array["head_size"], array["head_bias"] = out, random.chance(0.5)
        return
    array["head"] = {"out_channels": out, "kernel_size": random.whole(1, 5), "bias": random.chance(0.5)}
    if random.chance(0.5):
        array["head"]["head_dilation"] = random.whole(1, 6)


def post_head(random, outputs):
    return {"activation": activation(random), "channels": random.whole(1, 6), "out_channels": outputs,
            "kernel_sizes": [random.whole(1, 5) for _ in range(random.whole(1, 3))]}


def wavenet(random, inputs, depth, outputs, rate):
    """A WaveNet of `inputs` channels, which may be conditioned on another model while `depth` lasts."""
    config = {"in_channels": inputs} if inputs > 1 or random.chance(0.5) else {}
    condition = inputs
    if depth > 0 and random.chance(0.45):
        inner = any_model(random, inputs, depth - 1, random.whole(1, 4), rate)
        config["condition_dsp"], condition = inner, inner_outputs(inner)
    elif random.chance(0.5):
        config["condition_dsp"] = None
    post = random.chance(0.3)
    config["layers"], width, accumulator = [], inputs, None
    count = random.pick([1, 1, 2, 3])
    for n in range(count):
        channels = accumulator or random.whole(1, 9)
        array = layer_array(random, width, condition, channels, accumulator)
        accumulator = random.whole(1, 8) if n + 1 < count or post else outputs
        add_head(random, array, accumulator)
        config["layers"].append(array)
        width = channels
    if post:
        config["head"] = post_head(random, outputs)
    elif random.chance(0.5):
        config["head"] = None
    config["head_scale"] = random.real(0.1, 2)  # which the last weight overrides
    return {"architecture": "WaveNet", "config": config}


def convnet(random, inputs, outputs):
    channels = random.whole(1, 9)
    config = {"channels": channels, "dilations": [random.whole(1, 9) for _ in range(random.whole(1, 4))],
              "batchnorm": random.chance(0.5), "activation": activation(random, channels)}
    if random.chance(0.5):
        config["groups"] = groups(random, inputs, channels)
    if inputs > 1:
        config["in_channels"] = inputs
    if outputs > 1:
        config["out_channels"] = outputs
    return {"architecture": "ConvNet", "config": config}


def lstm(random, inputs, outputs):
    config = {"input_size": inputs, "hidden_size": random.whole(1, 9), "num_layers": random.whole(1, 3)}
    if inputs > 1 or random.chance(0.3):
        config["in_channels"] = inputs
    if outputs > 1 or random.chance(0.3):
        config["out_channels"] = outputs
    return {"architecture": "LSTM", "config": config}


def linear(random):
    taps = random.whole(1, 90) if random.chance(0.5) else random.whole(90, 6000)  # long filters run by FFT
    config = {"receptive_field": taps, "bias": random.chance(0.5)}
    if random.chance(0.6):
        config["implementation"] = random.pick(["auto", "direct", "fft"])
    return {"architecture": "Linear", "config": config}


def inner_outputs(document):
    config = document["config"]
    if document["architecture"] != "WaveNet":
        return config.get("out_channels", 1)
    if config.get("head"):
        return config["head"]["out_channels"]
    last = config["layers"][-1]
    return last["head"]["out_channels"] if "head" in last else last["head_size"]


def any_model(random, inputs, depth, outputs, rate):
    """A whole document with weights, to be a file or a condition."""
    kind = random.pick(["WaveNet"] * 7 + ["ConvNet", "LSTM", "Linear" if inputs == outputs == 1 else "LSTM"])
    if kind == "WaveNet":
        document = wavenet(random, inputs, depth, outputs, rate)
    else:
        document = {"ConvNet": convnet, "LSTM": lstm}[kind](random, inputs, outputs) if kind != "Linear" else \
            linear(random)
    document["version"] = random.pick(["0.5.0", "0.5.4", "0.6.1", "0.7.0"])
    if rate is not None:
        document["sample_rate"] = rate
    return with_weights(random, document)


def make_slimmable(random, document):
    """Layer arrays that also run with fewer channels."""
    for array in document["config"]["layers"]:
        if random.chance(0.2):
            continue
        array["slimmable"] = {"method": "slice_channels_uniform"}
        channels = array["channels"]
        if random.chance(0.5):
            fewer = [width for width in range(1, channels) if random.chance(0.5)]
            array["slimmable"]["kwargs"] = {"allowed_channels": fewer + [channels]}
        elif random.chance(0.5):
            array["slimmable"]["kwargs"] = {}


def slimmable(random, inputs, outputs, rate):
    """A WaveNet without groups, which has smaller sizes."""
    random.grouped = False
    document = wavenet(random, inputs, 0, outputs, rate)
    random.grouped = True
    make_slimmable(random, document)
    document["version"] = "0.7.0"
    if rate is not None:
        document["sample_rate"] = rate
    return with_weights(random, document)


def container(random, inputs, depth, outputs, rate):
    """Several whole models for as many ranges of sizes."""
    bounds = sorted({random.real(0.01, 0.99) for _ in range(random.whole(0, 3))}) + [random.pick([1.0, 1, 2.5])]
    submodels = []
    for bound in bounds:
        kind = random.pick([any_model, any_model, lambda r, i, d, o, rate: slimmable(r, i, o, rate)])
        submodels.append({"max_value": bound, "model": kind(random, inputs, depth, outputs, rate)})
    document = {"version": "0.7.0", "architecture": "SlimmableContainer", "config": {"submodels": submodels},
                "weights": []}
    if rate is not None:
        document["sample_rate"] = rate
    return document


def has_sizes(document):
    """Whether there is a size to choose."""
    if document["architecture"] == "SlimmableContainer":
        return len(document["config"]["submodels"]) > 1
    arrays = document["config"].get("layers", [])
    return any(evaluate.narrowed_channels(array, 0) < array["channels"] for array in arrays)


def make(seed):
    """The document of a seed."""
    random = Random(seed)
    rate = random.pick(RATES)
    if random.chance(0.3):
        rate = 1000.0  # an LSTM reads half a second of silence first
    inputs = random.pick([1, 1, 1, 2, 3])
    kind = random.whole(0, 9)
    if kind == 0:
        return container(random, inputs, 1, random.pick([1, inputs]), rate)
    if kind == 1:
        return slimmable(random, inputs, random.pick([1, inputs]), rate)
    return any_model(random, inputs, 2, random.pick([1, inputs]), rate)


def standard(channels, dilations=(tuple(2 ** n for n in range(10)),) * 2):
    """The shape of A1: two ungated arrays, the second of half the channels."""
    arrays = []
    for n, (width, inputs) in enumerate(((channels, 1), (channels // 2, channels))):
        arrays.append({"input_size": inputs, "condition_size": 1, "channels": width, "kernel_size": 3,
                       "dilations": list(dilations[n]), "activation": "Tanh", "gated": False,
                       "head_size": channels // 2 if n == 0 else 1, "head_bias": n == 1})
    return {"layers": arrays, "head": None, "head_scale": 0.02}


def a2(channels):
    """The shape of A2: one array of 23 layers, a head of 16 taps."""
    wide = [1, 3, 7, 17, 41, 101, 239]
    array = {"input_size": 1, "condition_size": 1, "channels": channels, "dilations": wide * 2 + [1, 13] + wide,
             "kernel_sizes": [6] * 14 + [15, 15] + [6] * 7,
             "activation": {"type": "LeakyReLU", "negative_slope": 0.01},
             "head": {"out_channels": 1, "kernel_size": 16, "bias": True}}
    return {"layers": [array], "head": None, "head_scale": 0.01}


def known_shapes():
    """(name, document) of the shapes that most files have, and of odd widths."""
    long = [1, 2, 4, 8, 16, 32, 64], [128, 256, 512, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    shapes = {"A1 Standard": standard(16), "A1 Lite": standard(12, long), "A1 Feather": standard(8, long),
              "A1 Nano": standard(4, long), "A1, 18 channels": standard(18), "A1, 26 channels": standard(26),
              "A2 Full": a2(8), "A2 Lite": a2(3)}
    for seed, (name, config) in enumerate(shapes.items()):
        document = {"version": "0.7.0", "architecture": "WaveNet", "config": config, "sample_rate": 48000}
        yield name, with_weights(Random(seed), document)


if __name__ == "__main__":
    os.makedirs(sys.argv[1], exist_ok=True)
    for number in range(int(sys.argv[2])):
        with open(os.path.join(sys.argv[1], f"{number}.nam"), "w", encoding="utf-8") as output:
            json.dump(make(number), output)
