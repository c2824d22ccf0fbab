"""An overdrive of our own, simulated: an op-amp with diodes in its feedback, a tone control, an output stage, a speaker.

Runs at 8 times the sample rate, many clips side by side: a signal is (samples, clips), one volt is full scale.
"""
import numpy as np
from scipy.signal import bilinear, lfilter, resample_poly

RATE, OVERSAMPLING = 48000, 8
FAST = RATE * OVERSAMPLING

# The clipping stage: x over R_GAIN and C_GAIN to ground sets a current, which R_FEEDBACK, C_FEEDBACK and the diodes must carry.
R_GAIN, C_GAIN = 4.7e3, 47e-9
R_FEEDBACK, C_FEEDBACK = 82e3, 680e-12
I_DIODE, V_DIODE = 4e-9, 1.75 * 25.85e-3  # saturation current; emission coefficient times thermal voltage
DIODES_UP, DIODES_DOWN = 1, 2  # in series, each way: unequal, so even harmonics too

TONE_HZ, LOW_HZ = 2800, 60
SPEAKER_HZ, SPEAKER_Q = 4200, 0.9


def filtered(x, numerator, denominator):
    """x through a filter given in s, highest power first."""
    b, a = bilinear(numerator, denominator, FAST)
    return lfilter(b, a, x, axis=0)


def high_pass(x, hz):
    return filtered(x, [1, 0], [1, 2 * np.pi * hz])


def low_pass(x, hz):
    return filtered(x, [1], [1 / (2 * np.pi * hz), 1])


def clipper(x):
    """C dv/dt = i - v/R - diodes(v) by the trapezoidal rule; output x + v.

    With q = v/R + diodes(v) and k = 1 / (2 C rate), a step solves v + k q(v) = v' - k q(v') + k (i + i') for v, v' and i' being
    the last. Both sides are one number, so a table of v over v + k q(v) solves it; and the right side is 2 v' - last + k (i + i').
    """
    current = filtered(x, [C_GAIN, 0], [R_GAIN * C_GAIN, 1])
    k = 1 / (2 * C_FEEDBACK * FAST)
    v = np.linspace(-3, 3, 20001)
    diodes = I_DIODE * (np.exp(v / DIODES_UP / V_DIODE) - np.exp(-v / DIODES_DOWN / V_DIODE))
    known = v + k * (v / R_FEEDBACK + diodes)
    drive = k * (current + np.vstack([np.zeros_like(current[:1]), current[:-1]]))
    out = np.empty_like(x)
    last_known, last = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for n in range(len(x)):
        last_known = 2 * last - last_known + drive[n]
        last = np.interp(last_known, known, v)
        out[n] = last
    return x + out


def output_stage(x):
    """A valve-like curve, steeper on one side, around its working point."""
    bias = 0.2
    return np.tanh(1.5 * x + bias) - np.tanh(bias)


def speaker(x):
    w = 2 * np.pi * SPEAKER_HZ
    return high_pass(filtered(x, [w * w], [1, w / SPEAKER_Q, w * w]), LOW_HZ)


def overdrive(x):
    """(samples, clips) at RATE -> the same."""
    fast = resample_poly(x, OVERSAMPLING, 1, axis=0)
    fast = clipper(high_pass(fast, LOW_HZ))
    fast = output_stage(low_pass(fast, TONE_HZ))
    return 0.5 * resample_poly(speaker(fast), 1, OVERSAMPLING, axis=0)
