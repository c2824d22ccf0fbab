// Keeps all that it hears: postMessage("give") gives it.
registerProcessor("recorder", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.pieces = [];
    this.port.onmessage = () => this.port.postMessage(this.pieces);
  }
  process([[input]]) {
    if (input) this.pieces.push(input.slice());
    return true;
  }
});
