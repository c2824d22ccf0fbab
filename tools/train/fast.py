"""What makes PyTorch quick at small convolutions on a CPU."""
import ctypes

import torch


def conv1x1(inputs, outputs, bias=True):
    """The dilation means nothing at k = 1, but sends PyTorch down oneDNN's path, twice as fast on one thread."""
    return torch.nn.Conv1d(inputs, outputs, 1, dilation=2, bias=bias)


def set_up(threads):
    """Also keeps malloc from handing big blocks back: up to a third of a step would go into page faults."""
    torch.set_num_threads(threads)
    libc = ctypes.CDLL(None)
    m_trim_threshold, m_mmap_max = -1, -4
    libc.mallopt(m_mmap_max, 0)
    libc.mallopt(m_trim_threshold, 2**31 - 1)
