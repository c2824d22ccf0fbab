"""r9y9/wavenet_vocoder: the current graph, and the older one of the first published checkpoints."""

import math

import front_end_r9y9
from refusal import Refusal
from graph import Graph

NAME = "r9y9"
SOURCE = "r9y9/wavenet_vocoder"

# torch.nn's names of the activations that the native format has.
ACTIVATIONS = {"none": "Identity", "ReLU": "ReLU", "LeakyReLU": "LeakyReLU", "Tanh": "Tanh", "Sigmoid": "Sigmoid",
               "SiLU": "SiLU", "Hardswish": "Hardswish", "Softsign": "Softsign", "Hardtanh": "Hardtanh"}


def recognises(weights):
    return weights.any(r"conv_layers\.\d+\.conv1x1_(skip|out)\..*") and not weights.any(r".*\.conv1x1_aux\..*")


def export(weights, hparams, name, stats):
    """Returns the Graph of a checkpoint; `stats` is (mean, scale) of the features, or None."""
    hparams.require("sample_rate", "the tensors do not say it")
    hparams.require("stacks", "the dilations are not in the tensors")
    model = Layout(weights, hparams)
    graph = Graph(name, SOURCE, hparams.number("sample_rate"))
    weights.expect(model.expected())
    _input_and_output(graph, model)
    _layers(graph, model)
    if model.local:
        _upsampler(graph, model)
        front_end_r9y9.add(graph, model, stats)
    elif stats is not None:
        raise Refusal("--stats: the model has no local conditioning, so no features to normalise")
    return graph


class Layout:
    """What the names and shapes of the tensors say, checked against the hyper-parameters."""

    def __init__(self, weights, hparams):
        self.weights, self.hparams = weights, hparams
        self.layers = hparams.integer("layers", default=max(1, weights.count("conv_layers")), low=1)
        self.stacks = hparams.integer("stacks", low=1)
        if self.layers % self.stacks:
            raise Refusal(f"{hparams.path}: layers: expected a multiple of stacks {self.stacks}, found {self.layers}")
        self.local = self._conditioned("conv1x1c", "cin_channels")
        self.speakers = self._conditioned("conv1x1g", "gin_channels")
        self.older = self._older()
        if self.older and hparams.flag("legacy") is False:
            raise Refusal(f"{hparams.path}: legacy: false is not supported in the older layout (unscaled skips)")
        self.unused = 0 if self.local else weights.drop(r"upsample_(net|conv)\..*")
        self.stages = Stages(weights, hparams, self.older) if self.local else None

    def _conditioned(self, part, key):
        return self.weights.any(rf"conv_layers\.\d+\.{part}\..*") or self.hparams.integer(key, default=-1) > 0

    def _older(self):
        """The upsampler tells the two graphs apart; without one, where the hyper-parameters keep its scales."""
        if self.weights.any(r"upsample_(net|conv)\..*"):
            return self.weights.any(r"upsample_conv\..*")
        return "upsample_scales" in self.hparams

    def expected(self):
        """Every tensor that the graph needs; biases that some variants lack count where any layer has one."""
        names = self._conv("first_conv") + self._conv("last_conv_layers.1") + self._conv("last_conv_layers.3")
        optional = [part for part, there in (("conv1x1c", self.local), ("conv1x1g", self.speakers)) if there]
        for index in range(self.layers):
            layer = f"conv_layers.{index}"
            for part in ["conv", "conv1x1_out", "conv1x1_skip"]:
                names += self._conv(f"{layer}.{part}")
            for part in optional:
                has_bias = self.weights.any(rf"conv_layers\.\d+\.{part}\.bias")
                names += self._conv(f"{layer}.{part}", has_bias)
        names += ["embed_speakers.weight"] if self.speakers else []
        return names + (self.stages.expected() if self.stages else [])

    def dilation(self, index):
        return 2 ** (index % (self.layers // self.stacks))

    def pair(self, name, *shape):
        """(weight, bias or None) of a convolution."""
        bias = f"{name}.bias"
        return (self.weights.take(f"{name}.weight", *shape),
                self.weights.take(bias, shape[0]) if self.weights.has(bias) else None)

    @staticmethod
    def _conv(name, bias=True):
        return [f"{name}.weight"] + ([f"{name}.bias"] if bias else [])


def _input_and_output(graph, model):
    weights, hparams = model.weights, model.hparams
    residual, inputs, _ = weights.shape("first_conv.weight", 3)
    skip = weights.shape("last_conv_layers.1.weight", 3)[0]
    outputs = weights.shape("last_conv_layers.3.weight", 3)[0]
    hparams.agree("residual_channels", residual, "residual channels")
    hparams.agree("skip_out_channels", skip, "skip channels")
    hparams.agree("out_channels", outputs, "output channels")
    graph.stack(*model.pair("first_conv", residual, inputs, 1))
    graph.post(*model.pair("last_conv_layers.1", skip, skip, 1))
    graph.post(*model.pair("last_conv_layers.3", outputs, skip, 1))
    if inputs == 1:
        _scalar_output(graph, hparams, outputs, model.older)
    else:
        _classes(graph, hparams, inputs, outputs)


def _classes(graph, hparams, inputs, outputs):
    if hparams.text("input_type", "mulaw-quantize") != "mulaw-quantize" or inputs != outputs:
        raise Refusal(f"{hparams.path}: input_type: expected 'mulaw-quantize' with as many classes in as out, found "
                      f"{hparams.text('input_type', 'none')!r} with {inputs} inputs and {outputs} outputs")
    hparams.agree("quantize_channels", outputs, "classes")
    graph.config["input"] = {"kind": "one_hot", "channels": 1}
    # The code of a sample of 0, as r9y9 encodes it.
    graph.config["code"] = {"kind": "r9y9", "classes": outputs, "first": int(0.5 * (outputs - 1))}
    graph.config["output"] = {"kind": "categorical", "channels": outputs}


def _scalar_output(graph, hparams, outputs, older):
    hparams.require("input_type", "one input channel is raw sound or mu-law sound")
    if hparams.text("input_type") not in ("raw", "mulaw"):
        raise Refusal(f"{hparams.path}: input_type: expected 'raw' or 'mulaw' for one input channel, found "
                      f"{hparams.text('input_type')!r}")
    distribution = hparams.text("output_distribution", "Normal" if outputs == 2 else "Logistic")
    if distribution == "Normal" and outputs == 2:
        kind = "gaussian"
    elif distribution == "Logistic" and outputs % 3 == 0:
        kind = "logistic_mixture"
    else:
        raise Refusal(f"{hparams.path}: output_distribution: expected 'Logistic' with 3 channels per mixture or "
                      f"'Normal' with 2 channels, found {distribution!r} with {outputs}")
    if hparams.text("input_type") == "mulaw":
        hparams.require("quantize_channels", "input_type is mulaw, whose μ is one less")
        graph.config["waveform"] = {"mulaw": hparams.integer("quantize_channels", low=2) - 1}
    graph.config["input"] = {"kind": "signal", "channels": 1}
    graph.config["output"] = {
        "kind": kind, "channels": outputs,
        "quantize_channels": hparams.integer("quantize_channels", default=65536, low=2),
        # r9y9's own defaults
        "log_scale_min": hparams.number("log_scale_min", default=math.log(1e-14) if older else -16.0),
    }


def _layers(graph, model):
    weights, hparams = model.weights, model.hparams
    gates, residual, kernel = weights.shape("conv_layers.0.conv.weight", 3)
    skip = weights.shape("last_conv_layers.1.weight", 3)[0]
    if gates % 2:
        raise Refusal(f"{weights.source}: conv_layers.0.conv.weight: expected an even number of rows, found {gates}")
    hparams.agree("gate_channels", gates, "gate channels")
    hparams.agree("kernel_size", kernel, "taps")
    local = weights.shape("conv_layers.0.conv1x1c.weight", 3)[1] if model.local else 0
    speaker = weights.shape("embed_speakers.weight", 2)[1] if model.speakers else 0
    if model.local:
        hparams.agree("cin_channels", local, "local conditioning channels")
        graph.condition(local, local, 0)
    if model.speakers:
        hparams.agree("gin_channels", speaker, "speaker channels")
        hparams.agree("n_speakers", weights.shape("embed_speakers.weight", 2)[0], "speakers")
        graph.speakers(weights.take("embed_speakers.weight", *weights.shape("embed_speakers.weight", 2)))
    for index in range(model.layers):
        layer = f"conv_layers.{index}"
        graph.layer(
            conv=model.pair(f"{layer}.conv", gates, residual, kernel),
            skip=_scaled_skip(model.pair(f"{layer}.conv1x1_skip", skip, gates // 2, 1), model),
            residual=model.pair(f"{layer}.conv1x1_out", residual, gates // 2, 1),
            dilation=model.dilation(index),
            mixin=model.pair(f"{layer}.conv1x1c", gates, local, 1) if model.local else None,
            speaker=model.pair(f"{layer}.conv1x1g", gates, speaker, 1) if model.speakers else None,
            skip_scale=math.sqrt(0.5) if model.older and index > 0 else 1.0,
            residual_scale=math.sqrt(0.5))
    if model.unused:
        graph.notes.append(f"{model.unused} tensors of an upsampler are not used: the layers have no conditioning")


def _scaled_skip(pair, model):
    """The current graph scales the sum of the skips by √(1/layers) before the head: the same as scaling each."""
    if model.older:
        return pair
    scale = math.sqrt(1.0 / model.layers)
    return tuple(None if part is None else part * scale for part in pair)


class Stages:
    """The upsampler of the conditioning: which tensors it has, and in what order they act."""

    def __init__(self, weights, hparams, older):
        self.weights, self.hparams, self.older = weights, hparams, older
        params = hparams.group("upsample_params")
        self.network = self._network()
        self.activation = self._activation(params)
        if params.text("mode", "nearest") != "nearest":
            raise Refusal(f"{hparams.path}: upsample_params: mode: expected 'nearest', found {params.text('mode')!r}")
        self.scales = params.integers("upsample_scales", hparams.integers("upsample_scales"))
        self.step = {"older": 2, "none": 0}.get(self.network, 3 if self.activation != "Identity" else 2)
        if self.scales is None and self.network != "none":
            self.scales = self._scales_from_tensors()
        if self.network == "UpsampleNetwork" and params.integer("cin_pad", hparams.integer("cin_pad")):
            raise Refusal(f"{hparams.path}: cin_pad: expected 0 for UpsampleNetwork without conv_in (it upsamples the "
                          "padding and cuts it off, which is not supported)")

    def names(self):
        """The names of the convolutions that upsample, in order."""
        if self.network == "older":
            return [f"upsample_conv.{2 * index}" for index in range(len(self.scales))]
        prefix = "upsample_net.upsample" if self.network == "ConvInUpsampleNetwork" else "upsample_net"
        return [f"{prefix}.up_layers.{1 + self.step * index}" for index in range(len(self.scales))]

    def expected(self):
        if self.network == "none":
            return []
        names = [f"{name}.weight" for name in self.names()]
        if self.network == "older":
            names += [f"{name}.bias" for name in self.names()]
        if self.network == "ConvInUpsampleNetwork":
            names.append("upsample_net.conv_in.weight")
        return names

    def _network(self):
        if self.older and self.weights.any(r"upsample_conv\..*"):
            return "older"
        if self.weights.any(r"upsample_net\.(conv_in|upsample)\..*"):
            return "ConvInUpsampleNetwork"
        if self.weights.any(r"upsample_net\..*"):
            return "UpsampleNetwork"
        if self.hparams.flag("upsample_conditional_features", False):
            return "older" if self.older else self.hparams.text("upsample_net", "ConvInUpsampleNetwork")
        return "none"

    def _activation(self, params):
        if self.network == "older":
            return "ReLU"
        name = params.text("upsample_activation", "none")
        if name not in ACTIVATIONS:
            raise Refusal(f"{self.hparams.path}: upsample_params: upsample_activation: expected one of "
                          f"{', '.join(ACTIVATIONS)}, found {name!r}")
        if name == "LeakyReLU":
            arguments = params.group("upsample_activation_params")
            return {"type": "LeakyReLU", "negative_slope": arguments.number("negative_slope", 0.01)}
        return ACTIVATIONS[name]

    def _scales_from_tensors(self):
        """The scale of a stage is its stride: the kernel's width s, or 2s+1 after stretching."""
        scales = []
        prefix = "upsample_conv" if self.network == "older" else (
            "upsample_net.upsample.up_layers" if self.network == "ConvInUpsampleNetwork" else "upsample_net.up_layers")
        for index in range(0 if self.network == "older" else 1, self.weights.count(prefix), self.step):
            width = self.weights.shape(f"{prefix}.{index}.weight", 4)[3]
            scales.append(width if self.network == "older" else (width - 1) // 2)
        return scales


def _upsampler(graph, model):
    stages, weights = model.stages, model.weights
    condition = graph.config["condition"]
    bins = condition["bins"]
    if stages.network == "none":
        _repeated(graph, model)
    elif stages.network == "ConvInUpsampleNetwork":
        kernel = weights.shape("upsample_net.conv_in.weight", 3)[2]
        weight = weights.take("upsample_net.conv_in.weight", bins, bins, kernel)
        if kernel % 2 == 0:
            raise Refusal(f"{weights.source}: upsample_net.conv_in.weight: expected an odd kernel, found {kernel}")
        model.hparams.agree("cin_pad", (kernel - 1) // 2, "frames of padding")
        condition["pad"] = (kernel - 1) // 2
        graph.upsample("conv", bins, weight, kernel=kernel)
    for name, scale in zip(stages.names() if stages.scales else [], stages.scales or []):
        if stages.network == "older":
            _transposed(graph, weights, name, scale, bins)
        elif stages.network != "none":
            _stretched(graph, weights, name, scale, bins, stages.activation)


def _repeated(graph, model):
    """Without an upsampler, r9y9 repeats the frames before the network sees them."""
    hop = front_end_r9y9.hop_size(model.hparams)
    bins = graph.config["condition"]["bins"]
    if hop:
        graph.upsample("repeat", bins, stride=hop)
        graph.notes.append(f"no upsampler: every frame is repeated {hop} times (hop_size)")
    else:
        graph.notes.append("no upsampler and no hop_size: the conditioning is taken at the sample rate")


def _stretched(graph, weights, name, scale, bins, activation):
    """Nearest-neighbour stretching by s, then a 2-d convolution of width 2s+1, zero-padded by s."""
    frequency = _odd_height(weights, f"{name}.weight")
    weight = weights.take(f"{name}.weight", 1, 1, frequency, 2 * scale + 1)
    graph.upsample("stretch", bins, weight[0, 0], kernel=2 * scale + 1, stride=scale, frequency_kernel=frequency,
                   activation=activation)


def _transposed(graph, weights, name, scale, bins):
    """A transposed 2-d convolution whose kernel is as wide as its stride, then ReLU."""
    frequency = _odd_height(weights, f"{name}.weight")
    weight = weights.take(f"{name}.weight", 1, 1, frequency, scale)
    graph.upsample("transposed2d", bins, weight[0, 0], weights.take(f"{name}.bias", 1), kernel=scale, stride=scale,
                   frequency_kernel=frequency, activation="ReLU")


def _odd_height(weights, name):
    height = weights.shape(name, 4)[2]
    if height % 2 == 0:
        raise Refusal(f"{weights.source}: {name}: expected an odd frequency kernel, found {height}")
    return height
