"""vincentherrmann/pytorch-wavenet as it began: layers without gates and skips, one after the other, named after the
block, the place in it and the dilation D.

    main.bB-lL.conv_dilationD.conv          v = relu(conv(v)), in later versions relu(conv(v) + v)
    main.bB-lL.wavenet_layer-dD.dil_conv    v = v + onexone_conv(relu(dil_conv(relu(v))))
                        .onexone_conv
    main.final.conv                         the classes, of v or of relu(v)

Such a model is a chain of convolutions with ReLU before each. A residual is part of the convolution, as an identity in
its last tap. Where v passes a ReLU that it must not feel, it travels as two rows, v and -v, of which the ReLU leaves
the positive parts: v is their difference. The network reads the class as a number, so v begins with one channel, which
a residual adds to all.
"""

import re

import numpy as np

from family_vincentherrmann import SOURCE, classes_out, refuse_stats
from graph import Graph
from refusal import Refusal

NAME = "vincentherrmann-chain"

LAYER = r"(main\.b(\d+)-l(\d+)\.(conv_dilation|wavenet_layer-d)(\d+))\.(conv|dil_conv|onexone_conv)\.weight"


def recognises(weights):
    return weights.any(LAYER)


def export(weights, hparams, name, stats):
    """Returns the Graph of a checkpoint. The family has no conditioning, so `stats` must be None."""
    refuse_stats(stats)
    hparams.require("sample_rate", "the tensors do not say it")
    layers = _layers(weights)
    preactivated = layers[0][1] == "wavenet_layer-d"
    parts = ("dil_conv", "onexone_conv") if preactivated else ("conv",)
    has_bias = ["final.conv"] if weights.has("main.final.conv.bias") else []
    weights.expect([f"{layer}.{part}.weight" for layer, _, _ in layers for part in parts]
                   + ["main.final.conv.weight"] + [f"main.{part}.bias" for part in has_bias])
    graph = Graph(name, SOURCE, hparams.number("sample_rate"))
    graph.passing_stack()
    graph.config["input"] = {"kind": "class_value", "channels": 1}
    channels = (_preactivated if preactivated else _plain)(graph, weights, hparams, layers)
    classes = weights.shape("main.final.conv.weight", 3)[0]
    bias = weights.take("main.final.conv.bias", classes) if has_bias else None
    graph.post(weights.take("main.final.conv.weight", classes, channels, 1), bias)
    classes_out(graph, hparams, classes, mulaw=False)
    return graph


def _layers(weights):
    """(name, kind, dilation) in order of block and place."""
    found = {(int(match[2]), int(match[3])): (match[1], match[4], int(match[5]))
             for match in (re.fullmatch(LAYER, name) for name in weights.names()) if match}
    layers = [found[place] for place in sorted(found)]
    if not layers or len({kind for _, kind, _ in layers}) > 1:
        raise Refusal(f"{weights.source}: expected layers of one kind named main.bB-lL, found "
                      f"{sorted({kind for _, kind, _ in layers})}")
    return layers


def _plain(graph, weights, hparams, layers):
    """v = relu(conv(v) [+ v]); returns the channels that the last layer gives."""
    hparams.require("residual", "the tensors do not say whether layers add their input: false; true, but for the first; "
                                "or 'all'")
    residual = hparams.choice("residual", (False, True, "all"))
    channels = 1
    for index, (layer, _, dilation) in enumerate(layers):
        rows, _, kernel = weights.shape(f"{layer}.conv.weight", 3)
        weight = weights.take(f"{layer}.conv.weight", rows, channels, kernel).copy()
        if residual == "all" or residual and index > 0:
            weight[:, :, -1] += _spread(weights, layer, rows, channels)
        graph.post(weight, None, "ReLU" if index else "Identity", dilation)
        channels = rows
    return channels


def _preactivated(graph, weights, _, layers):
    """v = v + onexone_conv(relu(dil_conv(relu(v)))), v as the positive parts of two rows."""
    graph.post(np.array([1.0, -1.0]).reshape(2, 1, 1), None, "Identity")
    channels = 1
    for index, (layer, _, dilation) in enumerate(layers):
        rows, _, kernel = weights.shape(f"{layer}.dil_conv.weight", 3)
        dilated = np.zeros((rows + 2 * channels, 2 * channels, kernel))
        dilated[:rows, :channels] = weights.take(f"{layer}.dil_conv.weight", rows, channels, kernel)
        dilated[rows:, :, -1] = np.eye(2 * channels)
        graph.post(dilated, None, "ReLU", dilation)
        outputs = weights.shape(f"{layer}.onexone_conv.weight", 3)[0]
        spread = _spread(weights, layer, outputs, channels)
        v = np.concatenate([weights.take(f"{layer}.onexone_conv.weight", outputs, rows, 1)[:, :, 0], spread, -spread], 1)
        both = v if index + 1 == len(layers) else np.concatenate([v, -v])
        graph.post(both[:, :, None], None)
        channels = outputs
    return channels


def _spread(weights, layer, rows, channels):
    """How v is added to `rows`: each channel to its own, a single one to all."""
    if channels not in (1, rows):
        raise Refusal(f"{weights.source}: {layer}: expected {channels} rows, as its input has, found {rows}")
    return np.eye(rows) if channels == rows else np.ones((rows, 1))
