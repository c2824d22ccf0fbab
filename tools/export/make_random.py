#!/usr/bin/python3
"""Writes models of well-known shapes with random weights, to test and to time what a shape costs."""

import argparse
import os
import sys

EXAMPLE = """examples:
  /usr/bin/python3 tools/export/make_random.py --list
  /usr/bin/python3 tools/export/make_random.py a1-standard -o standard.nam --seed 1
  /usr/bin/python3 tools/export/make_random.py --all -d build/random
"""


def shapes():
    """The table of shapes: name -> (extension, what it is, function of a random generator)."""
    import random_effects as effects
    import random_generators as generators

    def nam(text, build, *arguments):
        return ".nam", text, lambda rng: build(rng, *arguments)

    table = {
        "a1-standard": nam("A1 Standard, 16 and 8 channels", effects.wavenet_a1, 16),
        "a1-lite": nam("A1 Lite, 12 and 6 channels", effects.wavenet_a1, 12, False),
        "a1-feather": nam("A1 Feather, 8 and 4 channels", effects.wavenet_a1, 8, False),
        "a1-nano": nam("A1 Nano, 4 and 2 channels", effects.wavenet_a1, 4, False),
        "a2-full": nam("A2 Full, 8 channels", effects.wavenet_a2, 8),
        "a2-lite": nam("A2 Lite, 3 channels", effects.wavenet_a2, 3),
    }
    for channels in (18, 20, 21, 22, 24, 26, 28, 32):
        table[f"a1-{channels}"] = nam(f"A1 Standard with {channels} and {channels // 2} channels", effects.wavenet_a1,
                                      channels)
    table["wavenet1-16x10"] = (".json", "GuitarML WaveNet1, 16 channels, 10 gated layers",
                               lambda rng: effects.guitarml_gated(rng, 16))
    for layers, hidden in ((1, 16), (1, 24), (1, 40), (2, 16), (2, 24)):
        table[f"lstm-{layers}x{hidden}"] = nam(f"LSTM, layers {layers}, cells {hidden}", effects.lstm, layers, hidden)
    table["convnet-8"] = nam("ConvNet, 8 channels", effects.convnet, 8)
    table["linear-2048"] = nam("Linear, 2048 taps", effects.linear, 2048)
    native = {"r9y9-mol": generators.r9y9_mixture, "r9y9-softmax": generators.r9y9_classes,
              "deep-voice": generators.deep_voice, "nv-wavenet": generators.nv_wavenet}
    for name, build in native.items():
        text = build.__doc__.split("\n")[0].rstrip(".")
        table[name] = (".safetensors", text, build)
    return table


def write(path, shape, seed):
    import native
    import numpy as np
    _, _, build = shape
    model = build(np.random.default_rng(seed))
    if isinstance(model, bytes):
        native.write_whole(path, [model])
    else:
        native.write_model(path, model.config, model.tensors)


def main(arguments=None):
    options = _options(arguments)
    try:
        table = shapes()
        if options.list:
            for name, (extension, text, _) in table.items():
                print(f"{name:<16}{extension:<14}{text}")
        elif options.all:
            os.makedirs(options.directory, exist_ok=True)
            for name, shape in table.items():
                write(os.path.join(options.directory, name + shape[0]), shape, options.seed)
        elif options.name not in table:
            return _refuse(f"no shape {options.name!r} (see --list)")
        else:
            write(options.output, table[options.name], options.seed)
    except ImportError as error:
        return _refuse(f"python3-numpy is needed ({error})")
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror or error}")
    return 0


def _options(arguments):
    parser = argparse.ArgumentParser(prog="make_random.py", description=__doc__, epilog=EXAMPLE,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", metavar="NAME", nargs="?", help="a shape of --list")
    parser.add_argument("--list", action="store_true", help="the names of the shapes")
    parser.add_argument("--all", action="store_true", help="write every shape, as NAME and its extension")
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write")
    parser.add_argument("-d", "--directory", metavar="DIR", help="where --all writes")
    parser.add_argument("--seed", type=_seed, default=0, help="of the random numbers, a whole number from 0 (default 0)")
    options = parser.parse_args(arguments)
    if sum([options.list, options.all, options.name is not None]) != 1:
        parser.error("expected one of NAME, --list and --all")
    if options.name is not None and not options.output:
        parser.error("NAME needs -o FILE")
    if options.all and not options.directory:
        parser.error("--all needs -d DIR")
    return options


def _seed(text):
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"expected a whole number from 0, found {text!r}")
    return int(text)


def _refuse(message):
    print(f"make_random.py: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
