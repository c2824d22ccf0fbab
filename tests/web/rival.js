// The processor of @opendaw/nam-wasm, as its own documentation has it, over a module that is compiled once: for
// benchmark.mjs.
import createNamModule from "/modules/nam/nam.js";
import { NamWasmModule } from "/modules/nam/NamWasmModule.js";

registerProcessor("rival", class extends AudioWorkletProcessor {
  constructor({ processorOptions: { compiled, model } }) {
    super();
    const instantiateWasm = (imports, take) => take(new WebAssembly.Instance(compiled, imports), compiled);
    createNamModule({ instantiateWasm, locateFile: (name) => name }).then((module) => {
      this.nam = NamWasmModule.fromModule(module);
      this.nam.setSampleRate(sampleRate);
      this.id = this.nam.createInstance();
      this.port.postMessage(Boolean(this.nam.loadModel(this.id, model)));
    }, (error) => this.port.postMessage(String(error)));
  }
  process([[input]], [[output]]) {
    if (input) this.nam.process(this.id, input, output);
    return true;
  }
});
