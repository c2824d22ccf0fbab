"""The pictures of docs/performance.md, as data of `atrous plot`, from the figures of measure.py."""

import tables


def all_of(figures):
    """File name -> data."""
    return {"roofline.png": roofline(figures), "blocks.png": blocks(figures)}


def roofline(figures):
    """Speed over operations per byte of weights, below what the core reaches."""
    groups = {}
    for way, run in tables.points(figures):
        groups.setdefault(way, []).append(run)
    dots = [{"name": way, "line": False, "x": [tables.intensity(run) for run in runs],
             "y": [run["gflops"] for run in runs],
             "labels": [_short(run["model"]) for run in runs]} for way, runs in groups.items()]
    low = min(min(each["x"]) for each in dots) / 2
    high = max(max(each["x"]) for each in dots) * 2
    peaks = tables.best(figures["effects"])[0]
    return {
        "width": 1500, "height": 900,
        "title": f"One core, {peaks['isa']}: speed under what bandwidth and arithmetic allow",
        "x_label": "FLOP per byte of weights read", "y_label": "GFLOP/s", "x_scale": "log10", "y_scale": "log10",
        "series": dots + [_roof(name, peaks[key], peaks["fma_peak_gflops"], low, high)
                          for name, key in (("reads from L2", "l2_gbytes_per_second"),
                                            ("reads from L3", "l3_gbytes_per_second"))],
    }


def _roof(name, bandwidth, peak, low, high):
    """Up with the bandwidth, then level at the peak."""
    ridge = peak / bandwidth
    return {"name": name, "dots": False, "x": [low, ridge, high], "y": [low * bandwidth, peak, peak],
            "labels": ["", "", ""]}


def _short(model):
    return model.split("/")[-1].split(".")[0]


def blocks(figures):
    """Cost of A1 Standard by the size of a block, a line per instruction set."""
    lines = {}
    for run in figures["blocks"]:
        line = lines.setdefault(run["isa"], {"name": run["isa"], "x": [], "y": []})
        line["x"].append(run["block"])
        line["y"].append(run["us_per_sample"])
    return {"title": "A1 Standard", "x_label": "frames per block", "y_label": "us/sample", "x_scale": "log2",
            "y_scale": "log10", "series": list(lines.values())}
