// A spectrogram that runs from right to left while sound plays: logarithmic in frequency, from 40 Hz up.
const lowest = 40; // Hz
const window = 0.07; // seconds, to the nearest power of two samples
const floor = -100, ceiling = -20; // dB

// Black, purple, orange, white: brighter all the way.
const colors = Uint8ClampedArray.from({ length: 256 * 3 }, (_, i) => {
  const x = Math.floor(i / 3) / 255;
  const stops = [[0, 0, 4], [60, 15, 110], [150, 40, 115], [222, 80, 70], [250, 150, 40], [252, 255, 215]];
  const at = x * (stops.length - 1), low = Math.min(Math.floor(at), stops.length - 2);
  return stops[low][i % 3] + (at - low) * (stops[low + 1][i % 3] - stops[low][i % 3]);
});

export class Spectrogram {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d", { alpha: false, willReadFrequently: false });
    this.running = false;
  }

  // Draws what comes through a node of a context until stop().
  start(node) {
    this.stop();
    const fftSize = 2 ** Math.round(Math.log2(window * node.context.sampleRate));
    this.analyser = new AnalyserNode(node.context, { fftSize, smoothingTimeConstant: 0, minDecibels: floor,
      maxDecibels: ceiling });
    this.node = node;
    node.connect(this.analyser);
    this.levels = new Uint8Array(this.analyser.frequencyBinCount);
    this.running = true;
    const draw = () => {
      if (!this.running) return;
      this.draw();
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  }

  stop() {
    if (this.running) this.node.disconnect(this.analyser);
    this.running = false;
  }

  draw() {
    const { canvas, pen } = this;
    const width = Math.max(1, Math.round(canvas.clientWidth)), height = Math.max(1, Math.round(canvas.clientHeight));
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    this.analyser.getByteFrequencyData(this.levels);
    pen.drawImage(canvas, -2, 0);
    const column = pen.createImageData(2, height);
    const half = this.analyser.context.sampleRate / 2, octaves = Math.log(half / lowest);
    for (let y = 0; y < height; ++y) {
      const hz = lowest * Math.exp(octaves * (1 - y / height));
      const level = this.levels[Math.min(this.levels.length - 1, Math.round((hz / half) * this.levels.length))];
      for (let x = 0; x < 2; ++x) {
        column.data.set(colors.subarray(3 * level, 3 * level + 3), 4 * (2 * y + x));
        column.data[4 * (2 * y + x) + 3] = 255;
      }
    }
    pen.putImageData(column, width - 2, 0);
  }
}
