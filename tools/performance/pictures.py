"""The pictures of docs/performance.md, and those of any sweep of `atrous bench`, by matplotlib."""

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

import tables

# Of Okabe and Ito, which the colour-blind can tell apart.
COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#4d4d58"]
DPI = 150
SIZE = (8, 4.6)  # inches
matplotlib.rcParams["svg.hashsalt"] = "atrous"  # the same figures, the same bytes


def all_of(figures):
    """File name -> picture."""
    return {"roofline.png": roofline(figures), "blocks.png": blocks(figures)}


def save(picture, path):
    """By the ending of the path: .png, .svg and what else matplotlib knows."""
    picture.savefig(path, dpi=DPI)


def roofline(figures):
    """Speed over operations per byte of weights, below what the core reaches."""
    groups = {}
    for way, run in tables.points(figures):
        groups.setdefault(way, []).append(run)
    peaks = tables.best(figures["effects"])[0]
    picture, axes = _axes(f"One core, {peaks['isa']}: speed under what bandwidth and arithmetic allow",
                          "FLOP per byte of weights read", "GFLOP/s", x_base=10, size=(9.5, 6))
    points = [(tables.intensity(run), run["gflops"]) for runs in groups.values() for run in runs]
    low, high = min(x for x, _ in points) / 2, max(x for x, _ in points) * 2.5
    for color, name, key in zip(COLORS[5:], ("reads from L2", "reads from L3"), ("l2_gbytes_per_second", "l3_gbytes_per_second")):
        peak, bandwidth = peaks["fma_peak_gflops"], peaks[key]
        axes.plot([low, peak / bandwidth, high], [low * bandwidth, peak, peak], color=color, label=name, zorder=1)
    for color, (way, runs) in zip(COLORS, groups.items()):
        axes.scatter([tables.intensity(run) for run in runs], [run["gflops"] for run in runs], s=18, color=color,
                     label=way, zorder=2)
    _names(axes, [(run, color) for color, runs in zip(COLORS, groups.values()) for run in runs])
    axes.legend(loc="lower right", frameon=False)
    return picture


def _names(axes, runs):
    """A name beside the dot of each run, where there is room: right, left, above or below it."""
    places = [((5, 0), "left", "center"), ((-5, 0), "right", "center"), ((0, 5), "center", "bottom"), ((0, -5), "center", "top")]
    canvas = axes.figure.canvas
    canvas.draw()
    dots = [axes.transData.transform((tables.intensity(run), run["gflops"])) for run, _ in runs]
    taken = []
    for (run, color), dot in zip(runs, dots):
        for offset, across, along in places:
            name = axes.annotate(_short(run["model"]), (tables.intensity(run), run["gflops"]), xytext=offset,
                                 textcoords="offset points", ha=across, va=along, fontsize=8, color=color)
            box = name.get_window_extent(canvas.get_renderer())
            others = (each for each in dots if each is not dot)
            if not any(box.overlaps(each) for each in taken) and not any(box.contains(*each) for each in others):
                break
            if offset != places[-1][0]:
                name.remove()
        taken.append(box)


def _short(model):
    return model.split("/")[-1].split(".")[0]


def blocks(figures):
    """Cost of A1 Standard by the size of a block, a line per instruction set."""
    return sweep(figures["blocks"], "A1 Standard")


def sweep(runs, title=None):
    """Of the runs of `atrous bench --sweep`, a line per model and instruction set: the cost of effects by the size of
    the block, the speed of generators by the number of streams."""
    by_streams = len({run["streams"] for run in runs}) > 1
    x, y = ("streams", "samples_per_second") if by_streams else ("block", "us_per_sample")
    models, isas = {run["model"] for run in runs}, {run["isa"] for run in runs}
    picture, axes = _axes(title or ", ".join(sorted(_short(model) for model in models)),
                          "streams" if by_streams else "frames per block",
                          "samples/s of all streams" if by_streams else "µs per sample", x_base=2)
    lines = {}
    for run in runs:
        parts = [_short(run["model"])] * (len(models) > 1) + [run["isa"]] * (len(isas) > 1 or len(models) == 1)
        lines.setdefault(", ".join(parts), []).append((run[x], run[y]))
    for color, (name, points) in zip(COLORS * len(lines), lines.items()):
        axes.plot(*zip(*points), marker="o", markersize=3.5, color=color, label=name)
    axes.legend(frameon=False)
    return picture


def _axes(title, x_label, y_label, x_base, size=SIZE):
    picture = Figure(size, layout="constrained")
    FigureCanvasAgg(picture)
    axes = picture.add_subplot()
    axes.set_title(title, fontsize=11)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.set_xscale("log", base=x_base)
    axes.set_yscale("log")
    _ticks(axes.xaxis, x_base)
    _ticks(axes.yaxis, 10)
    axes.grid(True, color="#e4e4e8", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return picture, axes


def _ticks(axis, base):
    """Plain numbers at the powers of 2, or at 1, 2 and 5 of each decade."""
    axis.set_major_locator(LogLocator(base=base, subs=(1, 2, 5) if base == 10 else (1,), numticks=20))
    axis.set_minor_locator(LogLocator(base=base, subs=()))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}" if value < 1000 else f"{value:,.0f}"))
