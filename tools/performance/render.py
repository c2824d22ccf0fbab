#!/usr/bin/python3
"""Makes the tables of README.md and docs/performance.md, and the pictures beside them, from the figures of measure.py.

A table stands between the lines `<!-- speed: NAME -->` and `<!-- /speed -->` of a page; what stood there is replaced.
"""

import argparse
import json
import os
import re
import sys

import tables

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAGES = ["README.md", os.path.join("docs", "performance.md")]
FIGURES = os.path.join(ROOT, "docs", "performance.json")
BLOCK = re.compile(r"(<!-- speed: (\w+) -->\n).*?(<!-- /speed -->)", re.DOTALL)

EXAMPLE = """examples:
  /usr/bin/python3 tools/performance/render.py
  /usr/bin/python3 tools/performance/render.py --check
"""


class Refusal(Exception):
    pass


def rendered(page, figures):
    """The page with every block replaced by its table."""
    def block(match):
        if match[2] not in tables.BLOCKS:
            raise Refusal(f"no table is called {match[2]!r}: expected one of {', '.join(tables.BLOCKS)}")
        return match[1] + tables.BLOCKS[match[2]](figures) + match[3]

    text, count = BLOCK.subn(block, page)
    if page.count("<!-- speed:") != count:
        raise Refusal("a line <!-- speed: NAME --> without its <!-- /speed -->")
    return text


def render(figures, check):
    """Writes the pages; returns those that differ from what they should be."""
    different = []
    for name in PAGES:
        path = os.path.join(ROOT, name)
        with open(path, encoding="utf-8") as file:
            page = file.read()
        try:
            new = rendered(page, figures)
        except Refusal as refusal:
            raise Refusal(f"{name}: {refusal}") from None
        if new == page:
            continue
        different.append(name)
        if not check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(new)
    return different


def draw(figures):
    import pictures  # and with it matplotlib, which tables do without

    for name, picture in pictures.all_of(figures).items():
        pictures.save(picture, os.path.join(ROOT, "docs", name))


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="render.py", description=__doc__, epilog=EXAMPLE,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", metavar="FILE", default=FIGURES,
                        help="what measure.py wrote (default docs/performance.json)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is not as it would be")
    options = parser.parse_args(arguments)
    try:
        with open(options.figures, encoding="utf-8") as file:
            figures = json.load(file)
        different = render(figures, options.check)
        if options.check:
            if different:
                raise Refusal(f"{', '.join(different)}: not what {options.figures} gives; run render.py")
        else:
            draw(figures)
    except Refusal as refusal:
        return _fail(refusal)
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror or error}")
    except (ValueError, KeyError) as error:
        return _fail(f"{options.figures}: {type(error).__name__}: {error}")
    except ImportError as error:
        return _fail(f"the pictures need python3-matplotlib ({error})")
    return 0


def _fail(message):
    print(f"render.py: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
