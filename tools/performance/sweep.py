#!/usr/bin/python3
"""Draws what `atrous bench --sweep --json` printed: cost over the size of a block, or speed over the number of streams."""

import argparse
import json
import sys

EXAMPLE = """examples:
  atrous bench amp.nam --sweep --all-isas --json | /usr/bin/python3 tools/performance/sweep.py - sweep.png
  atrous bench small.safetensors large.safetensors --sweep --json >runs.json
  /usr/bin/python3 tools/performance/sweep.py runs.json sweep.svg --title Voices
"""


class Refusal(Exception):
    pass


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="sweep.py", description=__doc__, epilog=EXAMPLE,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", metavar="JSON", help="what `atrous bench --sweep --json` printed; - is the standard input")
    parser.add_argument("out", metavar="OUT", help="picture to write: .png, .svg or .pdf")
    parser.add_argument("--title", help="above the picture (default: the names of the models)")
    options = parser.parse_args(arguments)
    try:
        draw(options)
    except Refusal as refusal:
        return _fail(refusal)
    except ImportError as error:
        return _fail(f"needs python3-matplotlib ({error})")
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror or error}")
    return 0


def draw(options):
    if not options.out.endswith((".png", ".svg", ".pdf")):
        raise Refusal(f"{options.out}: expected the ending .png, .svg or .pdf")
    with sys.stdin if options.runs == "-" else open(options.runs, encoding="utf-8") as file:
        text = file.read()
    try:
        runs = json.loads(text)["runs"]
        if len({run["block"] for run in runs}) > 1 and len({run["streams"] for run in runs}) > 1:
            raise Refusal(f"{options.runs}: expected effects or generators for one picture, not both")
        import pictures

        picture = pictures.sweep(runs, options.title)
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(f"{options.runs}: not what `atrous bench --sweep --json` prints: {type(error).__name__}: {error}") from None
    pictures.save(picture, options.out)


def _fail(message):
    print(f"sweep.py: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
