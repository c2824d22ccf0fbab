"""A decoder of ITU-T G.722 at 64 kbit/s that runs many streams at once: every step is a few operations on rows of numbers, one per stream.

A long stream is cut into pieces, which are decoded side by side, each from a little before its start: the state of the two adaptive predictors
forgets where it began. A byte holds two samples: 6 bits of the lower band (0 to 4 kHz), below 2 bits of the upper one.
"""
import functools

import numpy as np

LOW = np.array([-17, -17, -17, -17, -3101, -2738, -2376, -2088, -1873, -1689, -1535, -1399, -1279, -1170, -1072, -982, -899, -822, -750, -682, -618,
                -558, -501, -447, -396, -347, -300, -254, -211, -170, -130, -91, 3101, 2738, 2376, 2088, 1873, 1689, 1535, 1399, 1279, 1170, 1072,
                982, 899, 822, 750, 682, 618, 558, 501, 447, 396, 347, 300, 254, 211, 170, 130, 91, 54, 17, -54, -17])
COARSE = np.array([0, -2557, -1612, -1121, -786, -530, -323, -150, 2557, 1612, 1121, 786, 530, 323, 150, 0])  # of its first 4 bits
HIGH = np.array([-926, -202, 926, 202])
LOW_STEP = np.array([-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60])
HIGH_STEP = np.array([798, -214, 798, -214])
POWERS = np.round(2048 * 2 ** (np.arange(32) / 32)).astype(np.int64)
QMF = np.array([3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11])
LARGEST = np.array([[18432], [22528]])  # logarithms of the step sizes; the bands are rows, here and below
OFFSET = np.array([[8 << 11], [10 << 11]])
PIECE, LEAD = 16000, 5000  # bytes: two seconds, and what is decoded before them: enough for the same bits nearly always


class Bands:
    """The two adaptive predictors and step sizes of so many streams, (2, streams) each."""

    def __init__(self, streams):
        def zeros(*more):
            return np.zeros((*more, 2, streams), np.int64)

        self.step_log, self.prediction, self.zeros_sum, self.before = zeros(), zeros(), zeros(), zeros()
        self.poles, self.zeros, self.differences, self.negative = zeros(2), zeros(6), zeros(6), np.zeros((2, 2, streams), bool)
        self.step = np.broadcast_to([[8], [2]], (2, streams))

    def predict(self, difference):
        """Takes the quantised difference from the prediction, and predicts the next sample."""
        negative = self.zeros_sum + difference < 0
        sign = np.where(negative != self.negative[0], 1, -1), np.where(negative == self.negative[1], 1, -1)
        self.negative = np.stack([negative, self.negative[0]])
        first, second = self.poles
        second = np.clip((sign[0] * np.clip(first, -8191, 8191) >> 5) + sign[1] * 128 + (second * 127 >> 7), -12288, 12288)
        limit = 15360 - second
        first = np.clip(-192 * sign[0] + (first * 255 >> 8), -limit, limit)
        self.poles = first, second
        toward = np.where((self.differences ^ difference) < 0, -128, 128) * (difference != 0)
        self.zeros = (self.zeros * 255 >> 8) + toward
        self.differences = np.concatenate([2 * difference[None], self.differences[:-1]])
        self.zeros_sum = (self.differences * self.zeros >> 15).sum(0)
        sample = np.clip(2 * (self.prediction + difference), -32768, 32767)
        self.prediction = np.clip(self.zeros_sum + (first * sample >> 15) + (second * self.before >> 15), -32768, 32767)
        self.before = sample

    def decode(self, byte):
        """(streams,) -> (2, streams): a sample of each band."""
        low, high = byte & 63, byte >> 6
        fine = self.step * np.stack([LOW[low], HIGH[high]]) >> 10
        samples = np.clip(fine + self.prediction, -16384, 16383)
        self.predict(self.step * np.stack([COARSE[low >> 2], HIGH[high]]) >> 10)
        self.step_log = np.clip((self.step_log * 127 >> 7) + np.stack([LOW_STEP[low >> 2], HIGH_STEP[high]]), 0, LARGEST)
        exponent = self.step_log - OFFSET
        power, shift = POWERS[exponent >> 6 & 31], exponent >> 11
        self.step = np.where(shift < 0, power >> np.maximum(-shift, 0), power << np.maximum(shift, 0))
        return samples


def decode_side_by_side(streams):
    """(streams, bytes) uint8 -> (streams, 2 bytes) int16."""
    bands, rows = Bands(len(streams)), []
    for byte in streams.T.astype(np.int64):
        low, high = bands.decode(byte)
        rows.append(np.stack([low + high, low - high]).astype(np.int16))
    pairs = np.stack(rows)  # (bytes, 2, streams)
    past = np.concatenate([np.zeros((11, 2, len(streams)), np.int16), pairs]).astype(np.int32)
    even = sum(past[i:i + len(pairs), 1] * QMF[11 - i] for i in range(12))
    odd = sum(past[i:i + len(pairs), 0] * QMF[i] for i in range(12))
    return np.clip(np.stack([even, odd], 1) >> 11, -32768, 32767).astype(np.int16).transpose(2, 0, 1).reshape(len(streams), -1)


def decode_pieces(coded, pieces):
    """Audio of the pieces (stream, first byte); their streams are all cut at their starts, or all begin there."""
    lead = LEAD if pieces[0][1] else 0
    rows = np.zeros((len(pieces), lead + PIECE), np.uint8)
    for row, (stream, start) in zip(rows, pieces):
        part = coded[stream][start - lead:start + PIECE]
        row[: len(part)] = part
    return decode_side_by_side(rows)[:, 2 * lead:]


def decode(coded, run=map, at_once=1024):
    """A list of streams (uint8) -> a list of int16 audio, two samples a byte; `run` is a map, of a pool say."""
    audio = [np.zeros(2 * len(stream), np.int16) for stream in coded]
    pieces = [[(index, 0) for index in range(len(coded))],
              [(index, start) for index, stream in enumerate(coded) for start in range(PIECE, len(stream), PIECE)]]
    groups = [kind[i:i + at_once] for kind in pieces for i in range(0, len(kind), at_once)]
    for group, decoded in zip(groups, run(functools.partial(decode_pieces, coded), groups)):
        for (stream, start), samples in zip(group, decoded):
            room = audio[stream][2 * start:2 * (start + PIECE)]
            room[:] = samples[: len(room)]
    return audio
