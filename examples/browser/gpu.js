// Columns of a shard on the browser's own WebGPU, beside the processor's.

const GPU_MODULE = ['jit-exec-gpu', 'jitExecGpuModule'];
const milliseconds = value => (value === undefined ? '' : value.toFixed(value < 100 ? 1 : 0));

class GpuView {
  #thread;
  #adapter = '';
  #chips = [];

  /** `asked`: the program and options of the last run. */
  async start({ program, options }) {
    this.stop();
    const { engine: _engine, args: _args, ...rest } = options;
    const [shard, elementThreshold] = ['gpu-shard', 'gpu-cells'].map(id => Number(byId(id).value));
    this.#chips = [];
    byId('gpu').disabled = true;
    byId('gpu-chips').replaceChildren();
    this.#say('Looking for an adapter.');
    const library = await loadModule(...GPU_MODULE);
    this.#thread = startThread(message => this.#heard(message), library);
    const adapter = byId('gpu-adapter').value.trim();
    this.#thread.send({ kind: 'columns', program, options: { ...rest, shard, elementThreshold }, adapter });
  }

  stop() {
    this.#thread?.end();
    this.#thread = undefined;
    byId('gpu').disabled = false;
  }

  #say(text) {
    byId('gpu-status').textContent = text;
  }

  #heard({ kind, info, chip, shard, text }) {
    if (kind === 'device') {
      this.#adapter = `${info.adapter}${info.driver === '' ? '' : `, ${info.driver}`}${info.software ? ', computed by the processor' : ''}`;
      this.#say(`${this.#adapter}: running.`);
    } else if (kind === 'chip') {
      this.#chips.push(chip);
      byId('gpu-chips').replaceChildren(this.#table());
    } else {
      this.stop();
      this.#say(kind === 'columns' ? this.#summary(shard) : text);
    }
  }

  #summary({ index, kind, cells }) {
    const filled = this.#chips.filter(({ gpu }) => gpu.refused === undefined);
    const wrong = filled.filter(({ gpu, sha256 }) => gpu.sha256 !== sha256).map(({ name }) => name);
    const sum = of => milliseconds(filled.reduce((total, chip) => total + of(chip), 0));
    const verdict =
      wrong.length === 0 ? 'all as on the processor' : `other columns than the processor's: ${wrong.join(', ')}`;
    const times = `${sum(({ gpu }) => gpu.milliseconds)} ms on ${this.#adapter}, ${sum(({ cpuMilliseconds }) => cpuMilliseconds)} ms on the processor`;
    return `Shard ${index} (${kind}), ${cells.toLocaleString('en')} cells: ${filled.length} of ${this.#chips.length} chips filled, ${verdict}; ${times}`;
  }

  #table() {
    const rows = this.#chips.map(({ name, realRows, width, cpuMilliseconds, gpu, sha256 }) => [
      ...[name, realRows, width, milliseconds(cpuMilliseconds)],
      ...(gpu.refused === undefined
        ? [milliseconds(gpu.milliseconds), milliseconds(gpu.kernelMilliseconds), milliseconds(gpu.firstMilliseconds)]
        : ['', '', '']),
      gpu.refused ?? (gpu.sha256 === sha256 ? sha256.slice(0, 16) : `differs: ${gpu.sha256.slice(0, 16)}`),
    ]);
    return table(['chip', 'rows', 'columns', 'processor ms', 'GPU ms', 'kernels', 'first', 'SHA-256 of both'], rows);
  }
}

globalThis.gpuView = new GpuView();
