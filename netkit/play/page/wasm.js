// ---- the net inside the page: netkit convert ----

// Has what ServerEngine has; `examples` are the bytes of the pictures of the data.
class WasmEngine {
  static async make(facts) {
    const engine = new WasmEngine();
    const { parts, floats } = facts.inside;
    const packed = base85($("weights").textContent);
    const stream = new Blob([packed]).stream();
    const unpacked = await new Response(
      stream.pipeThrough(new DecompressionStream("deflate")),
    ).arrayBuffer();
    let begin = 0;
    const [code, words, constants, examples] = parts.map(
      size => new Uint8Array(unpacked, begin, (begin += size) && size),
    );
    const { instance } = await WebAssembly.instantiate(code);
    const { memory, run, __heap_base: heap } = instance.exports;
    engine.base = Math.ceil(heap.value / 16) * 16;
    const short = engine.base + words.length + 4 * floats - memory.buffer.byteLength;
    if (short > 0) memory.grow(Math.ceil(short / 65536));
    new Uint8Array(memory.buffer).set(words, engine.base);
    engine.block = new Float32Array(memory.buffer, engine.base + words.length, floats);
    const bytes = new Uint8Array(memory.buffer, engine.base + words.length);
    const count = constants.length / 4;
    for (let k = 0; k < count; k++)
      for (let b = 0; b < 4; b++) bytes[4 * k + b] = constants[b * count + k];
    return Object.assign(engine, { facts, run, examples, parts });
  }

  runOn(pixels) {
    const at = this.facts.inside.rows[0];
    const unit = this.facts.fitting.unit;
    for (let k = 0; k < pixels.length; k++)
      this.block[at + k] = unit ? Math.fround(pixels[k] / 255) : pixels[k];
    this.run(this.base);
  }

  values(row) {
    const at = this.facts.inside.rows[row];
    const [c, h, w] = this.facts.rows[row].shape;
    return this.block.slice(at, at + c * h * w);
  }

  async rows(pixels) {
    this.runOn(pixels);
    return this.facts.rows.map((_, row) => this.values(row));
  }

  async scores(images) {
    const one = this.facts.shape.reduce((a, b) => a * b);
    const all = [];
    const last = this.facts.rows.length - 1;
    let rest = performance.now() + 12;
    for (let begin = 0; begin < images.length; begin += one) {
      this.runOn(images.subarray(begin, begin + one));
      all.push(...this.values(last));
      if (performance.now() < rest) continue;
      await new Promise(next => setTimeout(next)); // the pen comes first
      rest = performance.now() + 12;
    }
    return Float32Array.from(all);
  }

  async kernels(row, map) {
    const shape = this.facts.rows[row].kernels;
    if (!shape) return null;
    const size = shape.reduce((a, b) => a * b);
    const found = this.facts.inside.kernels[row];
    if (!Array.isArray(found)) return this.block.slice(found + map * size, found + (map + 1) * size);
    return this.wholeKernels(found, shape, map);
  }

  // Of eight bits, (maps, rows, columns, maps before): what they stand for, maps before first.
  wholeKernels([at, scales], [count, h, w], map) {
    const { buffer, byteOffset } = this.block;
    const size = count * h * w;
    const whole = new Int8Array(buffer, byteOffset + 4 * at + map * size, size);
    const place = k => (k % (h * w)) * count + Math.floor(k / (h * w));
    return Float32Array.from(whole, (_, k) => whole[place(k)] * this.block[scales + map]);
  }
}

// Python's base64.b85encode, with , . / in the place of & < >.
function base85(text) {
  const letters =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%.()*+-;,=/?@^_`{|}~";
  const digits = new Uint8Array(128);
  const bytes = new Uint8Array(Math.floor((text.length * 4) / 5));
  [...letters].forEach((letter, k) => {
    digits[letter.charCodeAt(0)] = k;
  });
  for (let k = 0, at = 0; k < text.length; k += 5) {
    let number = 0;
    for (let i = 0; i < 5; i++)
      number = number * 85 + (k + i < text.length ? digits[text.charCodeAt(k + i)] : 84);
    for (let shift = 24; shift >= 0 && at < bytes.length; shift -= 8)
      bytes[at++] = Math.floor(number / 2 ** shift) & 255;
  }
  return bytes;
}

async function makeEngine(facts) {
  return WasmEngine.make(facts);
}
