"""The tables of the pages, as Markdown, from the figures of measure.py."""

AVX2 = "avx2"


def machine(figures):
    """What was measured, and on what."""
    found = figures["machine"]
    guest = ", in a virtual machine" if found["virtual"] else ""
    peaks = best(figures["effects"])[0]
    return (f"Measured on {found['date']} with `atrous bench` on one core of an {found['processor']}{guest} ({found['caches']}), built with "
            f"{found['compiler']}, instruction set {peaks['isa']}. In the same run that core reached "
            f"{peaks['fma_peak_gflops']:.0f} GFLOP/s of multiply-adds in registers, and read "
            f"{peaks['l2_gbytes_per_second']:.0f} GB/s from its second cache level and "
            f"{peaks['l3_gbytes_per_second']:.0f} GB/s from its third.\n")


def best(runs):
    """Of every model the run on the fastest instruction set, which comes last."""
    last = {run["model"]: run for run in runs}
    return list(last.values())


def effects(figures):
    """Cost of the effects in blocks of 64 frames."""
    narrow = {run["model"]: run for run in figures["effects"] if run["isa"] == AVX2}
    rows = []
    for run in best(figures["effects"]):
        with_avx2 = narrow.get(run["model"])
        rows.append([_label(figures, run), _us(run["us_per_sample"]), f"{run['times_real_time']:.0f}",
                     _percent(run["fma_share"])] +
                    ([_us(with_avx2["us_per_sample"]), _percent(with_avx2["fma_share"])] if with_avx2 else ["", ""]))
    return _table(["effect", "µs per sample", "× real time", "share of the peak", "µs with AVX2", "share with AVX2"],
                  rows)


def generators(figures):
    """Speed of the generators: one voice in every precision, and sixteen voices."""
    ways = figures["ways"]
    rows = []
    for run in ways["f32"]:
        cells = [_label(figures, run)]
        for way in ways.values():
            each = next(other for other in way if other["model"] == run["model"])
            cells.append(f"{each['samples_per_second']:,.0f} ({each['times_real_time']:.2f} ×)")
        rows.append(cells)
    return _table(["generator"] + [f"{_way(name)}, samples/s" for name in ways], rows)


def roofline(figures):
    """Where every model stands between arithmetic and bandwidth."""
    rows = []
    for way, run in points(figures):
        rows.append([_label(figures, run), way, f"{intensity(run):.2g}", f"{run['gflops']:.1f}",
                     _percent(run["fma_share"]), f"{run['gbytes_per_second']:.1f}",
                     f"{_percent(run['bandwidth_share'])} of L{run['weights_level']}"])
    return _table(["model", "runs as", "FLOP per byte of weights", "GFLOP/s", "of the peak", "GB/s of weights",
                   "of the bandwidth"], rows)


def points(figures):
    """(way, run) of all that the roofline shows."""
    for way, runs in figures["ways"].items():
        for run in runs:
            yield _way(way), run
    for run in best(figures["effects"]):
        if run["fma_share"] <= 1:  # an FFT saves more than the graph counts
            yield "effect", run


def intensity(run):
    """Operations per byte of weights read."""
    return run["gflops"] / run["gbytes_per_second"]


def stages(figures):
    """Shares of the stages, a table per model."""
    parts = []
    for run in figures["stages"]:
        rows = [[stage["name"], _us(stage["us_per_sample"]), _percent(stage["share"])] for stage in run["stages"]]
        rows.append(["**whole**", f"**{_us(run['us_per_sample'])}**", ""])
        parts.append(f"{_label(figures, run)}:\n\n" + _table(["stage", "µs per sample", "share"], rows))
    return "\n".join(parts)


def blocks(figures):
    """Cost by the size of a block, beside that of 64."""
    runs = [run for run in figures["blocks"] if run["isa"] == figures["blocks"][-1]["isa"]]
    whole = next(run for run in runs if run["block"] == 64)["us_per_sample"]
    rows = [[str(run["block"]), _us(run["us_per_sample"]), f"{run['us_per_sample'] / whole:.2f}"] for run in runs]
    return _table(["frames per block", "µs per sample", "× that of 64"], rows)


def widths(figures):
    """Cost per multiply-accumulate of odd widths, beside that of 16 channels."""
    runs = figures["widths"]
    rows = [[run["model"], _us(run["us_per_sample"]), _percent(run["fma_share"]),
             f"{runs[0]['gflops'] / run['gflops']:.2f}"] for run in runs]
    return _table(["model", "µs per sample", "share of the peak", "cost per MAC, × that of the first"], rows)


def ready(figures):
    """Time from a file to being ready to play."""
    rows = [[_label(figures, run), f"{run['read_ms']:.1f}", f"{run['pack_ms']:.1f}", f"{run['start_ms']:.1f}",
             f"{run['ready_ms']:.1f}"] for run in best(figures["effects"]) + figures["ways"]["f32"]]
    return _table(["model", "reading, ms", "packing, ms", "starting, ms", "ready after, ms"], rows)


BLOCKS = {each.__name__: each for each in (machine, effects, generators, roofline, stages, blocks, widths, ready)}


def _label(figures, run):
    return figures["labels"][run["model"]]


def _way(way):
    return "one voice, " + way if "voices" not in way else way + ", f32"


def _us(value):
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def _percent(share):
    """More than all of the peak is what an FFT saves."""
    if share > 1:
        return "over 100 %"
    return f"{100 * share:.0f} %"


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
