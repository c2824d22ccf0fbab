#!/usr/bin/python3
"""Model, Network, Error and sound files in Python."""

import json
import os
import pickle
from pathlib import Path

from common import AMP, SPEECH, VOICE, Case, atrous, linear, main, np, same


class Models(Case):
    def test_info_is_the_programs(self):
        for path in (AMP, VOICE):
            theirs = json.loads(self.atrous("info", path, "--json"))
            info = atrous.Model(path).info
            fields = ("architecture", "sample_rate", "generates", "inputs", "outputs", "speakers", "layers", "dilations", "branches",
                      "parameters", "macs_per_sample", "weight_bytes")
            for field in fields:
                self.assertEqual(getattr(info, field), theirs[field], field)
            self.assertEqual(info.receptive_field, theirs["receptive_field_samples"])
            self.assertEqual((info.bins, info.hop), (theirs["feature_bins"] or None, theirs["feature_hop"] or None))
            self.assertEqual([(stack.rates, stack.kernel, stack.distance) for stack in info.stacks],
                             [(stack["rates"], stack["kernel"], stack["hdc_distance"]) for stack in theirs["stacks"]])
            self.assertEqual(info.stacks[0].holds, theirs["stacks"][0]["hdc_holds"])
            self.assertIn("holds" if info.stacks[0].holds else "does not", repr(info.stacks[0]))
        self.assertEqual((info.bins, info.hop, info.generates), (80, 200, True))
        with self.assertRaises(AttributeError):
            info.layers = 3

    def test_a_path_bytes_and_back(self):
        audio = self.noise(5000)
        expected = atrous.Effect(AMP)(audio)
        with open(AMP, "rb") as file:
            model = atrous.Model.from_bytes(file.read(), name="amp")
        model.save(self.path("native.safetensors"))
        for same_model in (Path(AMP), os.fsencode(AMP), model, atrous.Network(model),
                           Path(self.path("native.safetensors"))):
            self.assertTrue(same(atrous.Effect(same_model)(audio), expected), same_model)
        self.assertEqual(model.format, "nam")
        self.assertEqual(atrous.Model(self.path("native.safetensors")).format, "native")

    def test_any_buffer(self):
        with open(AMP, "rb") as file:
            data = file.read()
        for buffer in (data, bytearray(data), memoryview(data), np.frombuffer(data, np.uint8)):
            self.assertEqual(atrous.Model.from_bytes(buffer).metadata, atrous.Model(AMP).metadata)
        self.assert_refused(TypeError, ["bytes-like", "str"], atrous.Model.from_bytes, "abc")

    def test_taps(self):
        taps, audio = self.noise(700), self.noise(3000)
        model = atrous.Model.from_taps(taps, 44100)
        self.assertEqual((model.architecture, model.sample_rate), ("Linear", 44100))
        np.testing.assert_allclose(atrous.Effect(model)(audio), np.convolve(audio, taps)[:3000], atol=1e-5)
        self.assert_refused(ValueError, ["taps", "(samples,)"], atrous.Model.from_taps, taps[None], 44100)
        self.assertEqual(self.refused(atrous.Model.from_taps, taps[:0], 44100).code, "argument")

    def test_metadata_and_rates(self):
        content = linear([1.0])
        content["metadata"] = {"name": "Ünïcode", "loudness": -20.5, "gain": "none"}
        model = atrous.Model(self.write_json("said.nam", content))
        self.assertEqual(model.metadata["name"], "Ünïcode")
        self.assertEqual(model.metadata["loudness_db"], -20.5)
        self.assertIsNone(model.metadata["input_level_dbu"])
        self.assertTrue(any("gain" in warning for warning in model.warnings))
        self.assertEqual(model.at_sample_rate(96000).sample_rate, 96000)

    def test_options_of_a_network(self):
        audio = self.noise(3000)
        network = atrous.Network(AMP, isa="reference")
        self.assertEqual((network.isa, network.precision), ("reference", "f32"))
        np.testing.assert_allclose(atrous.Effect(network)(audio), atrous.Effect(AMP)(audio), atol=1e-4)
        self.assertEqual(atrous.Network(VOICE, precision="int8").precision, "int8")
        self.assertEqual(self.refused(atrous.Network, AMP, isa="mmx").code, "argument")
        self.assertEqual(self.refused(atrous.Network, VOICE, precision="f16").code, "argument")
        self.assertEqual(self.refused(atrous.Network, AMP, size=2.0).code, "argument")

    def refused(self, *arguments, **named):
        return self.assert_refused(atrous.Error, [], *arguments, **named)


class Errors(Case):
    def test_codes_and_messages(self):
        self.assertEqual(self.assert_refused(atrous.Error, ["nope.nam"], atrous.Model, "nope.nam").code, "io")
        error = self.assert_refused(atrous.Error, ["here"], atrous.Model.from_bytes, b"{", name="here")
        self.assertEqual(error.code, "format")
        content = linear([1.0, 2.0])
        content["weights"] = [1.0]
        error = self.assert_refused(atrous.Error, ["bad.nam", "weights"], atrous.Effect, self.write_json("bad.nam", content))
        self.assertIn(error.code, ("format", "invalid"))
        self.assertIsInstance(error, Exception)
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(again), again.code, str(again)), (atrous.Error, error.code, str(error)))

    def test_a_name_that_is_not_utf8(self):
        self.assert_refused(atrous.Error, ["\\xff.nam"], atrous.Model, b"\xff.nam")

    def test_what_is_no_model(self):
        for wrong in (3, None, [AMP], np.zeros(3)):
            self.assert_refused(TypeError, ["model", type(wrong).__name__], atrous.Effect, wrong)


class Files(Case):
    def test_back_and_forth(self):
        audio = self.noise(3, 10000)
        atrous.write_audio(self.path("a.wav"), audio, 44100)
        back, rate = atrous.read_audio(self.path("a.wav"))
        self.assertEqual(rate, 44100)
        self.assertTrue(same(back, audio))
        atrous.write_audio(Path(self.path("b.flac")), audio[0], 8000, samples="pcm24")
        back, rate = atrous.read_audio(Path(self.path("b.flac")))
        self.assertEqual((back.shape, rate), ((1, 10000), 8000))
        np.testing.assert_allclose(back[0], audio[0], atol=2.0 ** -23)

    def test_what_is_refused_writes_nothing(self):
        path = self.path("a.wav")
        self.assert_refused(ValueError, ["pcm16", "pcm17"], atrous.write_audio, path, self.noise(10), 8000, "pcm17")
        self.assert_refused(TypeError, ["float32"], atrous.write_audio, path, np.zeros(3, int), 8000)
        self.assert_refused(atrous.Error, ["rate"], atrous.write_audio, path, self.noise(10), 0.5)
        self.assertFalse(os.path.exists(path))
        self.assert_refused(atrous.Error, ["nope.wav"], atrous.read_audio, self.path("nope.wav"))

    def test_resample(self):
        audio = atrous.read_audio(SPEECH)[0]
        up = atrous.resample(audio, 16000, 48000)
        self.assertEqual(up.shape, (1, 3 * audio.shape[1]))
        self.assertTrue(same(atrous.resample(audio[0], 16000, 48000), up[0]))
        self.assert_refused(atrous.Error, [], atrous.resample, audio, 0, 48000)


if __name__ == "__main__":
    main()
