#!/usr/bin/python3
"""embed_effect.py MODEL IN.wav OUT.wav: runs a sound of any rate and any channels through a model."""

import sys

import atrous


def main(model, source, target):
    audio, sample_rate = atrous.read_audio(source)  # (channels, frames)
    effect = atrous.Effect(model, sample_rate=sample_rate)
    atrous.write_audio(target, effect.render(audio), sample_rate)  # in time; effect(audio) is as a host hears it
    print(f"{effect}: {audio.shape[1] / sample_rate:.2f} s")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: " + __doc__.split(":")[0])
    try:
        main(*sys.argv[1:])
    except atrous.Error as error:
        sys.exit(f"{error} ({error.code})")
