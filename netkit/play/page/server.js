// ---- the net behind a server: netkit play ----

// Every engine has rows(pixels) -> [Float32Array of each row], scores(images) -> outputs of each
// image one after the other, kernels(row, map) -> Float32Array or null.
class ServerEngine {
  constructor(facts) {
    this.facts = facts;
    this.at = facts.at; // which of the kept weights answer
  }

  async ask(path, body) {
    const headers = { "Content-Type": "application/octet-stream" };
    let reply;
    try {
      reply = await fetch(path, { method: "POST", headers, body });
    } catch (error) {
      throw new Error(`No answer (${error.message}). Does netkit play still run?`);
    }
    if (!reply.ok) throw new Error(await reply.text());
    return new Float32Array(await reply.arrayBuffer());
  }

  async rows(pixels) {
    const given = await this.ask(`/rows?at=${this.at}`, pixels);
    const count = this.facts.classes.length;
    const says = this.facts.reading.kind !== "boxes"; // the answer comes first
    let begin = says ? count + 1 : 0;
    const values = this.facts.rows.map(({ shape: [c, h, w] }) =>
      given.subarray(begin, (begin += c * h * w)),
    );
    if (says) values.said = { label: given[0], confidences: [...given.subarray(1, count + 1)] };
    return values;
  }

  async scores(images) {
    const one = this.facts.shape.reduce((a, b) => a * b);
    const parts = [];
    const most = Math.max(1, Math.floor(1e6 / one)) * one;
    for (let begin = 0; begin < images.length; begin += most) {
      parts.push(await this.ask(`/scores?at=${this.at}`, images.slice(begin, begin + most)));
    }
    const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((begin, part) => {
      all.set(part, begin);
      return begin + part.length;
    }, 0);
    return all;
  }

  async kernels(row, map) {
    if (!this.facts.rows[row].kernels) return null;
    return this.ask(`/kernels?at=${this.at}&row=${row}&map=${map}`, null);
  }
}

async function makeEngine(facts) {
  return new ServerEngine(facts);
}
