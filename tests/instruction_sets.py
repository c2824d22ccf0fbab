"""The instruction sets that the program knows and this machine has."""

import re


def available(run):
    """Their names; `run` calls the program with `--isa NAME` and what else it needs, and gives what subprocess.run does.

    The names are those that the program itself lists when it is asked for one that there is not.
    """
    listed = re.search(r"expected automatic, (.*)", run("none").stderr).group(1)
    names = []
    for name in re.findall(r"\w+", listed.replace(" or ", " ")):
        result = run(name)
        if result.returncode == 0:
            names.append(name)
        elif "is not available" not in result.stderr:
            raise RuntimeError(result.stderr.strip())
    return names
