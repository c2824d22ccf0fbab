"""vincentherrmann/pytorch-wavenet: the layouts of its history with skips, told apart by their tensors.

    layers  at first `dilated_convs.N` and ReLU; then twice as many rows of it (tanh rows, then sigmoid rows); since
            `filter_convs.N` and `gate_convs.N`
    input   earlier one channel, the class as a number; since one-hot
    head    earlier ReLU, `end_conv`; since ReLU, `end_conv_1`, ReLU, `end_conv_2`
    code    at first linear; since mu-law

What came before has no skips (family_vincentherrmann_chain.py).
"""

import numpy as np

from refusal import Refusal
from graph import Graph

NAME = "vincentherrmann"
SOURCE = "vincentherrmann/pytorch-wavenet"


def recognises(weights):
    return weights.any(r"start_conv\..*") and weights.any(r"(dilated_convs|filter_convs)\.\d+\..*")


def export(weights, hparams, name, stats):
    """Returns the Graph of a checkpoint. The family has no conditioning, so `stats` must be None."""
    refuse_stats(stats)
    hparams.require("sample_rate", "the tensors do not say it")
    model = Layout(weights, hparams)
    weights.expect(model.expected())
    graph = Graph(name, SOURCE, hparams.number("sample_rate"))
    _input_and_output(graph, model)
    _layers(graph, model)
    return graph


def refuse_stats(stats):
    if stats is not None:
        raise Refusal("--stats: the vincentherrmann family has no conditioning, so no features to normalise")


def classes_out(graph, hparams, classes, mulaw):
    """The output, and the code; `mulaw` is what this layout's time had, which the hyper-parameter mu_law overrules."""
    hparams.agree("classes", classes, "classes")
    if not hparams.flag("mu_law", mulaw):
        graph.notes.append("classes are of linear sound, as in the project's first versions; mu_law: true in the "
                           "hyper-parameters makes them mu-law")
    kind = "vincentherrmann" if hparams.flag("mu_law", mulaw) else "vincentherrmann_linear"
    graph.config["code"] = {"kind": kind, "classes": classes, "first": classes // 2}
    graph.config["output"] = {"kind": "categorical", "channels": classes}


class Layout:
    def __init__(self, weights, hparams):
        self.weights, self.hparams = weights, hparams
        self.fused = weights.any(r"dilated_convs\..*")
        self.gated = not self.fused or self._has_gates()
        self.ends = ["end_conv"] if weights.any(r"end_conv\..*") else ["end_conv_1", "end_conv_2"]
        self.gates = ["dilated_convs"] if self.fused else ["filter_convs", "gate_convs"]
        self.per_block, self.blocks = self._blocks(weights.count(self.gates[0]))
        self.layers = self.per_block * self.blocks

    def _has_gates(self):
        """Rows of tanh and of sigmoid, or as many rows as the convolutions behind them read."""
        rows = self.weights.shape("dilated_convs.0.weight", 3)[0]
        return rows != self.weights.shape("residual_convs.0.weight", 3)[1]

    def _blocks(self, found):
        """Layers per block and blocks; one of them is enough."""
        hparams = self.hparams
        key = "layers_per_block" if "layers_per_block" in hparams else "layers"
        if key not in hparams and "blocks" not in hparams:
            hparams.require("layers_per_block", "or 'layers', or 'blocks': the dilations are not in the tensors")
        per_block = hparams.integer(key, low=1)
        blocks = hparams.integer("blocks", low=1)
        # Rounded up, so that a lost layer is listed as missing.
        per_block = per_block or max(1, -(-found // blocks))
        blocks = blocks or max(1, -(-found // per_block))
        if per_block * blocks < found:
            raise Refusal(f"{hparams.path}: {key} × blocks: {per_block} × {blocks}, but the checkpoint has {found} "
                          "layers")
        return per_block, blocks

    def expected(self):
        names = []
        lists = self.gates + ["residual_convs", "skip_convs"]
        for prefix in lists:
            has_bias = self.weights.any(rf"{prefix}\.\d+\.bias")
            for index in range(self.layers):
                names += [f"{prefix}.{index}.weight"] + ([f"{prefix}.{index}.bias"] if has_bias else [])
        for name in ["start_conv"] + self.ends:
            names.append(f"{name}.weight")
            if name != "start_conv" or self.weights.has("start_conv.bias"):
                names.append(f"{name}.bias")
        return names

    def dilation(self, index):
        return self.hparams.integer("dilation_factor", default=2, low=1) ** (index % self.per_block)

    def pair(self, name, *shape):
        """(weight, bias or None) of a convolution."""
        bias = f"{name}.bias"
        return (self.weights.take(f"{name}.weight", *shape),
                self.weights.take(bias, shape[0]) if self.weights.has(bias) else None)


def _input_and_output(graph, model):
    weights, hparams = model.weights, model.hparams
    residual, inputs, _ = weights.shape("start_conv.weight", 3)
    classes = weights.shape(f"{model.ends[-1]}.weight", 3)[0]
    hparams.agree("residual_channels", residual, "residual channels")
    if inputs not in (1, classes):
        raise Refusal(f"{weights.source}: start_conv.weight: expected 1 input or {classes}, as many as classes, "
                      f"found {inputs}")
    graph.stack(*model.pair("start_conv", residual, inputs, 1))
    for name in model.ends:
        outputs, channels, _ = weights.shape(f"{name}.weight", 3)
        graph.post(*model.pair(name, outputs, channels, 1))
    graph.config["input"] = {"kind": "class_value" if inputs == 1 else "one_hot", "channels": 1}
    classes_out(graph, hparams, classes, mulaw=model.gated)


def _layers(graph, model):
    weights, hparams = model.weights, model.hparams
    rows, residual, kernel = weights.shape(f"{model.gates[0]}.0.weight", 3)
    dilated = rows // 2 if model.fused and model.gated else rows
    if model.fused and model.gated and rows % 2:
        raise Refusal(f"{weights.source}: dilated_convs.0.weight: expected an even number of rows, found {rows}")
    skip = weights.shape(f"{model.ends[0]}.weight", 3)[1]
    hparams.agree("kernel_size", kernel, "taps")
    hparams.agree("dilation_channels", dilated, "dilation channels")
    hparams.agree("skip_channels", skip, "skip channels")
    for index in range(model.layers):
        pairs = [model.pair(f"{prefix}.{index}", rows, residual, kernel) for prefix in model.gates]
        graph.layer(conv=_stacked(pairs),
                    skip=model.pair(f"skip_convs.{index}", skip, dilated, 1),
                    residual=model.pair(f"residual_convs.{index}", residual, dilated, 1),
                    dilation=model.dilation(index),
                    residual_scale=hparams.number("residual_scale", default=1.0),
                    activation=None if model.gated else "ReLU")


def _stacked(pairs):
    """The tanh rows over the sigmoid rows; where one half alone has a bias, the other's is zero."""
    weight = np.concatenate([weight for weight, _ in pairs])
    if all(bias is None for _, bias in pairs):
        return weight, None
    return weight, np.concatenate([np.zeros(len(weight)) if bias is None else bias for weight, bias in pairs])
