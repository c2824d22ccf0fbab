#!/usr/bin/python3
"""atrous.Effect: to the program's bytes, in any layout that is documented and in no other."""

import threading

from common import AMP, GUITAR, VOICE, Case, atrous, linear, main, np, same, two_sizes


class Sound(Case):
    def test_a_file_is_what_the_program_writes(self):
        audio, rate = atrous.read_audio(GUITAR)
        atrous.write_audio(self.path("in.wav"), audio, rate)
        self.atrous("process", AMP, "in.wav", "theirs.wav")
        atrous.write_audio(self.path("mine.wav"), atrous.Effect(AMP, sample_rate=rate)(audio), rate)
        self.assert_same_bytes("mine.wav", "theirs.wav")

    def test_so_is_one_of_two_channels_and_another_rate(self):
        audio = self.noise(2, 30000)
        atrous.write_audio(self.path("in.wav"), audio, 44100)
        self.atrous("process", AMP, "in.wav", "theirs.wav")
        rendered = atrous.Effect(AMP, sample_rate=44100).render(audio)
        self.assertEqual(rendered.shape, audio.shape)
        atrous.write_audio(self.path("mine.wav"), rendered, 44100)
        self.assert_same_bytes("mine.wav", "theirs.wav")

    def test_a_convolution_is_numpys(self):
        taps, audio = self.random.standard_normal(40), self.noise(5000)
        effect = atrous.Effect(self.write_json("linear.nam", linear(taps)))
        expected = np.convolve(audio.astype(float), taps)[:5000]
        np.testing.assert_allclose(effect(audio), expected, atol=1e-5)

    def test_pieces_are_the_whole(self):
        for rate in (48000, 44100):
            effect = atrous.Effect(AMP, rate)
            audio = self.noise(20000)
            whole = effect(audio)
            self.assertTrue(same(effect(audio), whole))
            effect.reset()
            cuts = [0, 1, 700, 700, 9001, 20000]
            pieces = [effect(audio[a:b], reset=False) for a, b in zip(cuts, cuts[1:])]
            self.assertTrue(same(np.concatenate(pieces), whole))

    def test_latency(self):
        self.assertEqual(atrous.Effect(AMP).latency, 0)
        effect = atrous.Effect(self.write_json("through.nam", linear([1])), 44100)
        self.assertEqual(effect.latency, round(effect.exact_latency))
        self.assertGreater(effect.latency, 0)
        click = np.zeros(1000, np.float32)
        click[100] = 1
        self.assertEqual(int(np.argmax(effect(click))), 100 + effect.latency)
        self.assertEqual(int(np.argmax(effect.render(click))), 100)

    def test_gains_and_ceiling(self):
        path = self.write_json("through.nam", linear([1]))
        audio = self.noise(100)
        np.testing.assert_allclose(atrous.Effect(path, input_gain=2.0, output_gain=3.0)(audio), 6 * audio, rtol=1e-6)
        effect = atrous.Effect(path, ceiling=0.05)
        self.assertLessEqual(abs(effect(audio)).max(), np.float32(0.05))
        self.assertEqual(effect.guarded, int((abs(audio) > np.float32(0.05)).sum()))


class Layout(Case):
    def setUp(self):
        super().setUp()
        self.effect = atrous.Effect(AMP)

    def test_shapes_come_back(self):
        for shape in ((0,), (3000,), (1, 3000), (3, 3000), (2, 0)):
            out = self.effect(self.noise(*shape))
            self.assertEqual((out.shape, out.dtype), (shape, np.float32))

    def test_channels_are_rows(self):
        audio = self.noise(3, 3000)
        out = self.effect(audio)
        for row in range(3):
            self.assertTrue(same(out[row], self.effect(audio[row])))

    def test_any_memory_layout_and_float64(self):
        audio = self.noise(2, 3000)
        expected = self.effect(audio)
        for other in (np.asfortranarray(audio), audio.astype(np.float64), audio.astype(">f4"),
                      np.repeat(audio, 2, axis=1)[:, ::2]):
            before = other.copy()
            self.assertTrue(same(self.effect(other), expected))
            self.assertTrue((before == other).all())

    def test_what_is_not_audio(self):
        audio = self.noise(400, 2)
        self.assert_refused(ValueError, ["(400, 2)", "(channels, frames)"], self.effect, audio)
        self.assert_refused(ValueError, ["(1, 2, 3)", "(frames,)"], self.effect, self.noise(1, 2, 3))
        self.assert_refused(ValueError, ["()"], self.effect, np.array(1, np.float32))
        self.assert_refused(ValueError, ["(0, 5)"], self.effect, self.noise(0, 5))
        for dtype in (np.int16, np.float16, np.complex64, np.bool_, object):
            self.assert_refused(TypeError, ["float32 or float64", np.dtype(dtype).name], self.effect, audio.astype(dtype))
        self.assert_refused(TypeError, ["NumPy", "list"], self.effect, [0.0, 1.0])
        self.assert_refused(TypeError, ["NumPy", "NoneType"], self.effect, None)

    def test_channels_that_are_fixed(self):
        effect = atrous.Effect(AMP, channels=2)
        self.assertEqual(effect(self.noise(2, 10)).shape, (2, 10))
        self.assert_refused(ValueError, ["(2, frames)", "(10,)"], effect, self.noise(10))
        self.assert_refused(ValueError, ["(2, frames)", "(3, 10)"], effect.render, self.noise(3, 10))
        error = self.assert_refused(atrous.Error, ["65", "1 to 64"], atrous.Effect, AMP, channels=65)
        self.assertEqual(error.code, "argument")

    def test_channels_may_not_change_while_it_goes_on(self):
        self.effect(self.noise(10))
        self.assert_refused(ValueError, ["1 channels", "(2, 10)"], self.effect, self.noise(2, 10), reset=False)
        self.effect(self.noise(2, 10))
        self.assertEqual(self.effect.channels, 2)

    def test_more_channels_than_an_effect_has(self):
        self.assert_refused(atrous.Error, ["65", "1 to 64"], self.effect, self.noise(65, 10))
        self.assertEqual(self.effect(self.noise(10)).shape, (10,))

    def test_a_model_of_two_inputs(self):
        hidden = 3
        size = 4 * hidden * (2 + hidden) + 4 * hidden + 2 * hidden + hidden + 1
        weights = self.random.standard_normal(size).tolist()
        path = self.write_json("two.nam", {"version": "0.5.4", "architecture": "LSTM", "weights": weights, "config": {
            "input_size": 2, "hidden_size": hidden, "num_layers": 1}, "sample_rate": 48000})
        effect = atrous.Effect(path)
        audio = self.noise(2, 1000)
        out = effect(audio)
        self.assertEqual((effect.channels, out.shape), (2, (2, 1000)))
        self.assertTrue(same(out[0], out[1]))
        self.assertFalse(same(effect(audio[::-1]), out))
        self.assert_refused(ValueError, ["(2, frames)", "(1000,)"], effect, audio[0])

    def test_a_generator_is_no_effect(self):
        self.assert_refused(atrous.Error, ["distribution"], atrous.Effect, VOICE)


class Sizes(Case):
    def test_sizes(self):
        small, large = linear([1, 0.5]), linear([0, 1, 2])
        path = self.write_json("sizes.nam", two_sizes(small, large))
        self.assertEqual(atrous.Model(path).size_bounds, [0.5])
        effect = atrous.Effect(path)
        audio = self.noise(2, 30000)
        at_small, at_large = (atrous.Effect(self.write_json("one.nam", one))(audio) for one in (small, large))
        self.assertTrue(same(effect(audio), at_large))
        effect.set_size(0.0)
        changing = effect(audio, reset=False)
        self.assertFalse(same(changing[:, :1000], at_small[:, :1000]))
        self.assertTrue(same(changing[:, -1000:], at_small[:, -1000:]))
        self.assertTrue(same(effect(audio), at_small))
        self.assertTrue(same(effect.render(audio), at_small))
        self.assertTrue(same(effect(audio[0]), at_small[0]))  # an effect made anew, for another number of channels
        effect.set_size(7.0)
        self.assertTrue(same(effect(audio), at_large))
        self.assert_refused(ValueError, ["nan"], effect.set_size, float("nan"))


class Oversampling(Case):
    def test_oversampling(self):
        effect = atrous.Effect(self.write_json("half.nam", linear([0.5])), oversample=4)
        self.assertEqual((effect.latency, effect.exact_latency), (64, 64))
        click = np.zeros(300, np.float32)
        click[100] = 1
        self.assertEqual(int(np.argmax(effect(click))), 164)
        self.assertEqual(int(np.argmax(effect.render(click))), 100)
        self.assert_refused(atrous.Error, ["oversample is 5"], atrous.Effect, AMP, oversample=5)
        effect = atrous.Effect(self.write_json("half.nam", linear([0.5])), oversample=4, oversample_phase="minimum")
        self.assertEqual((effect.latency, round(effect.exact_latency, 1)), (4, 4.5))
        self.assertFalse(np.any(effect(click)[:100]))
        self.assertTrue(np.any(effect(click)[100:104]))
        self.assert_refused(atrous.Error, ["filter phase", "none"], atrous.Effect, AMP, oversample_phase="none")


class Knobs(Case):
    def test_knobs(self):
        # y = (1 + 2 PARAM1) x + PARAM2 is no model that files have; y = x + 2 PARAM1 - PARAM2 is one.
        path = self.write_json("knobs.json", {"in_shape": [None, None, 3], "samplerate": 48000, "layers": [
            {"type": "dense", "activation": "", "shape": [None, None, 1], "weights": [[[1.0], [2.0], [-1.0]], [0.0]]}]})
        knobs = atrous.Network(path).info.knobs
        self.assertEqual([knob.name for knob in knobs], ["PARAM1", "PARAM2"])
        self.assertEqual((knobs[0].min, knobs[0].max, knobs[0].default, knobs[0].positions), (0, 1, 0, []))
        self.assertIn("PARAM1", repr(knobs[0]))
        audio = self.noise(2, 1000)
        self.assertTrue(same(atrous.Effect(path)(audio), audio))
        effect = atrous.Effect(path, knobs={"param1": 0.5})
        np.testing.assert_allclose(effect(audio), audio + 1, atol=1e-6)
        effect.set_knob(1, "1")
        np.testing.assert_allclose(effect(audio), audio, atol=1e-6)
        np.testing.assert_allclose(effect.render(audio), audio, atol=1e-6)
        np.testing.assert_allclose(effect(audio[0]), audio[0], atol=1e-6)  # made anew
        effect.set_knob("PARAM2", 0)
        turning = effect(np.zeros(4800, np.float32), reset=False)
        self.assertTrue(0 < turning[0] < 0.01 and turning[-1] == 1)
        np.testing.assert_allclose(atrous.Effect(path, knobs=[0.5, 0.25])(audio), audio + 0.75, atol=1e-6)
        self.assert_refused(atrous.Error, ["PARAM1", "0 to 1"], effect.set_knob, 0, 2)
        self.assert_refused(ValueError, ["'PARAM1', 'PARAM2'", "'gain'"], effect.set_knob, "gain", 0)
        self.assert_refused(ValueError, ["expected 2 values"], atrous.Effect, path, knobs=[1])
        self.assert_refused(ValueError, ["no knobs"], atrous.Effect, AMP, knobs={"gain": 1})


class Threads(Case):
    def test_effects_share_a_network_on_many_threads(self):
        network = atrous.Network(AMP)
        audio = self.noise(50000)
        expected, outs = atrous.Effect(network)(audio), {}

        def work(index):
            outs[index] = atrous.Effect(network)(audio)

        workers = [threading.Thread(target=work, args=(index,)) for index in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertTrue(all(same(outs[index], expected) for index in range(4)))

    def test_the_interpreter_is_free_and_the_effect_is_not(self):
        effect = atrous.Effect(AMP, rest=False)
        audio = np.zeros((64, 192000), np.float32)
        worker = threading.Thread(target=effect, args=(audio,))
        worker.start()
        refused = turns = 0
        while worker.is_alive():
            turns += 1
            try:
                effect.reset()
            except RuntimeError as error:
                self.assertIn("busy", str(error))
                refused += 1
        worker.join()
        self.assertGreater(turns, 100)
        self.assertGreater(refused, 10)
        effect.reset()


if __name__ == "__main__":
    main()
