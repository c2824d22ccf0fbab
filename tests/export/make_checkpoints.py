#!/usr/bin/python3
"""Makes small random checkpoints in the layouts that the exporter reads, with the outputs that are due.

    make_checkpoints.py FOLDER

For every case: NAME.pth, its hyper-parameters NAME.json, and NAME.safetensors with the inputs `x` or `classes`, `c`,
`g` and the output `y`, computed in double precision by a forward pass that is written here from the graphs' equations.
All parameters are random, biases too.
"""

import json
import os
import sys
import warnings

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "export"))
import native  # noqa: E402


def causal(conv, x):
    """A convolution over (1, C, T) that sees the past alone."""
    return conv(F.pad(x, ((conv.kernel_size[0] - 1) * conv.dilation[0], 0)))


def gated(z):
    upper, lower = z.chunk(2, dim=1)
    return torch.tanh(upper) * torch.sigmoid(lower)


def weight_norm(module):
    """In the old storage form, which PyTorch 2 deprecates and published checkpoints have."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return nn.utils.weight_norm(module)


class Stretch(nn.Module):
    """Repeats every frame `scale` times."""

    def __init__(self, scale):
        super().__init__()
        self.scale = scale

    def forward(self, c):
        return c.repeat_interleave(self.scale, dim=-1)


class Stretches(nn.Module):
    """Stretch, 2-d convolution, activation, and so on."""

    def __init__(self, scales, height=1, activation=None):
        super().__init__()
        self.up_layers = nn.ModuleList()
        for scale in scales:
            conv = nn.Conv2d(1, 1, (height, 2 * scale + 1), padding=(height // 2, scale), bias=False)
            self.up_layers.extend([Stretch(scale), weight_norm(conv)] + ([activation] if activation else []))

    def forward(self, c):
        c = c.unsqueeze(1)
        for layer in self.up_layers:
            c = layer(c)
        return c.squeeze(1)


class ConvIn(nn.Module):
    def __init__(self, bins, pad, **options):
        super().__init__()
        self.conv_in = nn.Conv1d(bins, bins, 2 * pad + 1, bias=False)
        self.upsample = Stretches(**options)

    def forward(self, c):
        return self.upsample(self.conv_in(c))


class R9y9Layer(nn.Module):
    def __init__(self, sizes, dilation, older):
        super().__init__()
        half = sizes["gate"] // 2
        self.conv = self._normed(sizes["residual"], sizes["gate"], sizes["kernel"], dilation=dilation)
        self.conv1x1c = self._normed(sizes["bins"], sizes["gate"], bias=older) if sizes["bins"] else None
        self.conv1x1g = self._normed(sizes["speaker"], sizes["gate"], bias=older) if sizes["speaker"] else None
        self.conv1x1_out = self._normed(half, sizes["residual"])
        self.conv1x1_skip = self._normed(half, sizes["skip"])

    @staticmethod
    def _normed(inputs, outputs, kernel=1, **options):
        return weight_norm(nn.Conv1d(inputs, outputs, kernel, **options))

    def forward(self, h, c, g):
        z = causal(self.conv, h)
        z = z + self.conv1x1c(c) if self.conv1x1c is not None else z
        z = z + self.conv1x1g(g) if self.conv1x1g is not None else z
        u = gated(z)
        return (self.conv1x1_out(u) + h) * 0.5 ** 0.5, self.conv1x1_skip(u)


class R9y9(nn.Module):
    def __init__(self, sizes, layers, stacks, upsample=None, older=False):
        super().__init__()
        self.older = older
        self.first_conv = R9y9Layer._normed(sizes["inputs"], sizes["residual"])
        self.conv_layers = nn.ModuleList(
            R9y9Layer(sizes, 2 ** (index % (layers // stacks)), older) for index in range(layers))
        self.last_conv_layers = nn.ModuleList([
            nn.ReLU(), R9y9Layer._normed(sizes["skip"], sizes["skip"]),
            nn.ReLU(), R9y9Layer._normed(sizes["skip"], sizes["outputs"])])
        self.embed_speakers = nn.Embedding(sizes["speakers"], sizes["speaker"]) if sizes["speaker"] else None
        if older and upsample:
            self.upsample_conv = upsample
        else:
            self.upsample_net = upsample

    def forward(self, x, c=None, g=None):
        if self.older and c is not None:
            c = c.unsqueeze(1)
            for layer in self.upsample_conv:
                c = layer(c)
            c = c.squeeze(1)
        elif c is not None and self.upsample_net is not None:
            c = self.upsample_net(c)
        if g is not None:
            g = self.embed_speakers(g).transpose(0, 1).unsqueeze(0)
        h, total = self.first_conv(x), None
        for layer in self.conv_layers:
            h, skip = layer(h, c, g)
            if total is None:
                total = skip
            else:
                total = (total + skip) * (0.5 ** 0.5 if self.older else 1)
        total = total if self.older else total * (1 / len(self.conv_layers)) ** 0.5
        for layer in self.last_conv_layers:
            total = layer(total)
        return total


class VincentHerrmann(nn.Module):
    """`end` lists the widths of the head's convolutions; `fused` is the earlier layout of the gates, before which there
    were none: ReLU stood there."""

    def __init__(self, inputs, classes, residual, dilated, skip, end, per_block, blocks, kernel, bias, fused=False,
                 gates=True):
        super().__init__()
        self.fused, self.gates = fused, gates
        dilations = [2 ** index for index in range(per_block)] * blocks

        def convs(inputs, outputs, kernel=1):
            return nn.ModuleList(nn.Conv1d(inputs, outputs, kernel, dilation=d if kernel > 1 else 1, bias=bias)
                                 for d in dilations)

        self.start_conv = nn.Conv1d(inputs, residual, 1, bias=bias)
        if fused:
            self.dilated_convs = convs(residual, 2 * dilated if gates else dilated, kernel)
        else:
            self.filter_convs, self.gate_convs = convs(residual, dilated, kernel), convs(residual, dilated, kernel)
        self.residual_convs, self.skip_convs = convs(dilated, residual), convs(dilated, skip)
        widths = [skip] + end + [classes]
        self.names = ["end_conv"] if not end else ["end_conv_1", "end_conv_2"]
        for name, inputs, outputs in zip(self.names, widths, widths[1:]):
            setattr(self, name, nn.Conv1d(inputs, outputs, 1))

    def forward(self, x):
        h, total = self.start_conv(x), 0
        for index, (residual, skip) in enumerate(zip(self.residual_convs, self.skip_convs)):
            if self.fused:
                z = causal(self.dilated_convs[index], h)
            else:
                z = torch.cat([causal(self.filter_convs[index], h), causal(self.gate_convs[index], h)], dim=1)
            u = gated(z) if self.gates else F.relu(z)
            h, total = residual(u) + h, total + skip(u)
        for name in self.names:
            total = getattr(self, name)(F.relu(total))
        return total


class Named(nn.Module):
    """Modules under names with dots, as the first PyTorch allowed."""

    def __init__(self, modules):
        super().__init__()
        self._modules.update(modules)


class VincentHerrmannChain(nn.Module):
    """The layouts before skips: ReLU after each convolution (and its input added to it, in `residual` cases), or layers
    of ReLU, convolution, ReLU, convolution, added to their input."""

    def __init__(self, classes, channels, per_block, blocks, residual):
        super().__init__()
        self.residual = residual
        parts, inputs = {}, 1
        for place in range(per_block * blocks):
            block, index = divmod(place, per_block)
            dilation = 2 ** index
            conv = nn.Conv1d(inputs, channels, 2, dilation=dilation, bias=False)
            if residual == "pre":
                one = nn.Conv1d(channels, channels, 1, bias=False)
                name, layer = f"wavenet_layer-d{dilation}", Named({"dil_conv": conv, "onexone_conv": one})
            else:
                name, layer = f"conv_dilation{dilation}", Named({"conv": conv})
            parts[f"b{block}-l{index}.{name}"] = layer
            inputs = channels
        parts["final"] = Named({"conv": nn.Conv1d(channels, classes, 1)})
        self.main = Named(parts)

    def forward(self, v):
        for name, layer in self.main._modules.items():
            parts = layer._modules
            if name == "final":
                return parts["conv"](F.relu(v))
            if self.residual == "pre":
                v = v + parts["onexone_conv"](F.relu(causal(parts["dil_conv"], F.relu(v))))
                continue
            added = self.residual == "all" or self.residual and v.shape[1] > 1
            v = F.relu(causal(parts["conv"], v) + (v if added else 0))


SIZES = {"inputs": 1, "outputs": 6, "residual": 12, "gate": 18, "skip": 10, "kernel": 3, "bins": 0, "speaker": 0,
         "speakers": 0}


def r9y9_hparams(sizes, layers, stacks, **more):
    return {"layers": layers, "stacks": stacks, "residual_channels": sizes["residual"], "gate_channels": sizes["gate"],
            "skip_out_channels": sizes["skip"], "out_channels": sizes["outputs"], "kernel_size": sizes["kernel"],
            "sample_rate": 16000, "input_type": "raw" if sizes["inputs"] == 1 else "mulaw-quantize",
            "quantize_channels": 65536 if sizes["inputs"] == 1 else sizes["inputs"], **more}


def randomised(model, generator):
    """Every parameter random, of a size that keeps the signal alive through the layers."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            width = parameter[0].numel() if parameter.dim() > 1 else 4
            values = torch.randn(parameter.shape, generator=generator) / width ** 0.5
            if name.endswith("weight_g"):
                values = torch.sign(values) * (1 + values.abs())  # magnitudes of either sign, none near zero
            if name.startswith("upsample_conv") and name.endswith("bias"):
                values = values.abs()  # so that ReLU lets some of the features through
            parameter.copy_(values)
    return model.eval()


def expected(model, inputs):
    """The output for inputs as the files hold them, in double precision."""
    arguments = {}
    if "c" in inputs:
        arguments["c"] = torch.from_numpy(inputs["c"]).double()
    if "g" in inputs:
        arguments["g"] = torch.from_numpy(inputs["g"]).long()
    x = torch.from_numpy(inputs["x"]).double()
    with torch.no_grad():
        return model.double()(x, **arguments).numpy()


def sound(random, channels, steps):
    """One channel of noise, or one-hot classes."""
    if channels == 1:
        return random.uniform(-1, 1, (1, 1, steps)).astype(np.float32)
    return np.eye(channels, dtype=np.float32)[random.integers(0, channels, steps)].T[None].copy()


def case(model, hparams, inputs, generator, store=dict):
    """A case: the state dict as `store` shapes it, hyper-parameters, inputs with their due output."""
    randomised(model, generator)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    y = expected(model, inputs).astype(np.float32)
    return {"state": store(state), "hparams": hparams, "tensors": {**inputs, "y": y}}


def parametrized(state):
    """The names under which PyTorch 2 stores weight norm."""
    names = {".weight_g": ".parametrizations.weight.original0", ".weight_v": ".parametrizations.weight.original1"}
    renamed = {}
    for name, value in state.items():
        for old, new in names.items():
            name = name.replace(old, new)
        renamed[name] = value
    return {"state_dict": renamed, "global_step": 7}


def from_data_parallel(state):
    return {"state_dict": {f"module.{name}": value for name, value in state.items()}, "optimizer": None}


def without_weight_norm(model):
    for module in model.modules():
        if hasattr(module, "weight_g"):
            nn.utils.remove_weight_norm(module)
    return model


def r9y9_mel_and_speakers(random, generator):
    sizes = {**SIZES, "inputs": 32, "outputs": 32, "bins": 7, "speaker": 5, "speakers": 4}
    model = R9y9(sizes, 6, 2, ConvIn(7, 2, scales=[3, 4], height=3))
    inputs = {"x": sound(random, 32, 12 * 20), "c": random.normal(size=(1, 7, 24)).astype(np.float32),
              "g": np.array([2], dtype=np.int32)}
    params = {"upsample_scales": [3, 4], "cin_pad": 2}
    hparams = r9y9_hparams(sizes, 6, 2, cin_channels=7, cin_pad=2, gin_channels=5, n_speakers=4,
                           upsample_conditional_features=True, upsample_params=params)
    return case(model, hparams, inputs, generator, from_data_parallel)


def r9y9_parametrized(random, generator):
    sizes = {**SIZES, "outputs": 2, "bins": 6}
    model = R9y9(sizes, 4, 1, ConvIn(6, 1, scales=[5, 2], activation=nn.LeakyReLU(0.4)))
    inputs = {"x": sound(random, 1, 200), "c": random.normal(size=(1, 6, 22)).astype(np.float32)}
    params = {"upsample_scales": [5, 2], "upsample_activation": "LeakyReLU",
              "upsample_activation_params": {"negative_slope": 0.4}}
    hparams = r9y9_hparams(sizes, 4, 1, output_distribution="Normal", log_scale_min=-9.0, cin_channels=6,
                           upsample_params=params)
    return case(model, hparams, inputs, generator, parametrized)


def r9y9_plain(random, generator):
    model = without_weight_norm(R9y9(SIZES, 5, 5))
    hparams = r9y9_hparams(SIZES, 5, 5, output_distribution="Logistic")
    return case(model, hparams, {"x": sound(random, 1, 300)}, generator)


def r9y9_older(random, generator):
    sizes = {**SIZES, "bins": 5, "speaker": 3, "speakers": 6}
    stages = []
    for scale in (4, 3):
        conv = nn.ConvTranspose2d(1, 1, (3, scale), padding=(1, 0), stride=(1, scale))
        stages += [weight_norm(conv), nn.ReLU()]
    model = R9y9(sizes, 6, 3, nn.ModuleList(stages), older=True)
    inputs = {"x": sound(random, 1, 240), "c": random.uniform(0, 1, (1, 5, 20)).astype(np.float32),
              "g": np.array([5], dtype=np.int32)}
    hparams = r9y9_hparams(sizes, 6, 3, upsample_conditional_features=True, upsample_scales=[4, 3],
                           freq_axis_kernel_size=3, cin_channels=5, gin_channels=3, n_speakers=6)
    return case(model, hparams, inputs, generator, lambda state: {"state_dict": state})


def r9y9_without_conv_in(random, generator):
    sizes = {**SIZES, "bins": 4}
    model = R9y9(sizes, 4, 2, Stretches([2, 3]))
    inputs = {"x": sound(random, 1, 120), "c": random.normal(size=(1, 4, 20)).astype(np.float32)}
    hparams = r9y9_hparams(sizes, 4, 2, upsample_conditional_features=True, upsample_net="UpsampleNetwork",
                           upsample_params={"upsample_scales": [2, 3], "cin_pad": 0})
    return case(model, hparams, inputs, generator)


def r9y9_repeated(random, generator):
    """No upsampler: r9y9 repeats the frames itself, so the model is given frames and the network their repetition."""
    sizes = {**SIZES, "bins": 4}
    model = R9y9(sizes, 4, 2, Stretch(8))
    inputs = {"x": sound(random, 1, 160), "c": random.normal(size=(1, 4, 20)).astype(np.float32)}
    return case(model, r9y9_hparams(sizes, 4, 2, upsample_conditional_features=False, hop_size=8), inputs, generator)


def r9y9_mulaw(random, generator):
    """Scalar mu-law samples in, a mixture of such samples out; the network is that of raw sound."""
    model = R9y9(SIZES, 4, 2)
    hparams = {**r9y9_hparams(SIZES, 4, 2), "input_type": "mulaw", "quantize_channels": 256}
    return case(model, hparams, {"x": sound(random, 1, 300)}, generator)


def vincent(random, generator, inputs, end, bias, fused, hparams, gates=True):
    model = VincentHerrmann(inputs, CLASSES, 9, 7, 11, end, 4, 2, 2 if fused else 3, bias, fused, gates)
    return of_classes(model, inputs, hparams, random, generator)


def of_classes(model, inputs, hparams, random, generator):
    classes = CLASSES
    labels = random.integers(0, classes, 300).astype(np.int32)
    x = np.linspace(-1, 1, classes)[labels][None, None] if inputs == 1 else np.eye(classes)[labels].T[None].copy()
    made = case(model, {"sample_rate": 16000, **hparams}, {"x": x}, generator)
    made["tensors"] = {"classes": labels, "y": made["tensors"]["y"]}
    return made


def vincentherrmann_current(random, generator):
    hparams = {"layers": 4, "blocks": 2, "kernel_size": 3, "classes": 20}
    return vincent(random, generator, 20, [13], False, False, hparams)


def vincentherrmann_current_biased(random, generator):
    return vincent(random, generator, 20, [13], True, False, {"blocks": 2})


def vincentherrmann_scalar(random, generator):
    return vincent(random, generator, 1, [], False, False, {"layers_per_block": 4})


def vincentherrmann_earlier(random, generator):
    return vincent(random, generator, 1, [], False, True, {"layers_per_block": 4, "blocks": 2})


def vincentherrmann_ungated(random, generator):
    return vincent(random, generator, 1, [], False, True, {"layers_per_block": 4}, gates=False)


def chain(random, generator, residual, hparams):
    return of_classes(VincentHerrmannChain(CLASSES, 6, 3, 2, residual), 1, hparams, random, generator)


def vincentherrmann_chain(random, generator):
    return chain(random, generator, False, {"residual": False})


def vincentherrmann_chain_inner_residuals(random, generator):
    return chain(random, generator, True, {"residual": True})


def vincentherrmann_chain_residuals(random, generator):
    return chain(random, generator, "all", {"residual": "all"})


def vincentherrmann_chain_preactivated(random, generator):
    return chain(random, generator, "pre", {})


CLASSES = 20  # of vincentherrmann's models here

CASES = [r9y9_mel_and_speakers, r9y9_parametrized, r9y9_plain, r9y9_older, r9y9_without_conv_in, r9y9_repeated,
         r9y9_mulaw, vincentherrmann_current, vincentherrmann_current_biased, vincentherrmann_scalar,
         vincentherrmann_earlier, vincentherrmann_ungated, vincentherrmann_chain,
         vincentherrmann_chain_inner_residuals, vincentherrmann_chain_residuals, vincentherrmann_chain_preactivated]


def make(build):
    """A case from its builder, the same on every run."""
    seed = CASES.index(build) + 1
    return build(np.random.default_rng(seed), torch.Generator().manual_seed(seed))


def write(made, folder, name):
    """Writes NAME.pth, NAME.json and NAME.safetensors; returns the path of the checkpoint."""
    path = os.path.join(folder, f"{name}.pth")
    torch.save(made["state"], path)
    with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as file:
        json.dump(made["hparams"], file, indent=1)
    native.write_tensors(os.path.join(folder, f"{name}.safetensors"), made["tensors"])
    return path


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for build in CASES:
        print(write(make(build), sys.argv[1], build.__name__))


if __name__ == "__main__":
    main()
