// Proves the run of an OpenVM guest in a thread of the page, and verifies the proofs there.

const PROVE_MODULE = ['jit-exec-prove', 'jitExecProveModule'];
const STAGES = {
  main: 'committing to columns',
  permutation: 'sums of messages',
  quotient: 'quotients',
  opening: 'openings',
  verify: 'verifying',
};

class ProofView {
  #thread;
  #began = 0;
  /** Of the segments, in order. */
  proofs = [];

  /** `asked`: the program and options of the last run. */
  async start({ program, options: { name, inputs } }) {
    this.stop();
    byId('prove').disabled = true;
    byId('proofs').replaceChildren();
    byId('prove-status').textContent = 'Loading the prover.';
    const [library, key] = await Promise.all([loadModule(...PROVE_MODULE), loadModule('jit-exec-key', 'jitExecKey')]);
    this.#began = performance.now();
    this.#thread = startThread(message => this.#heard(message), library);
    const queries = Number(byId('prove-queries').value);
    this.#thread.send({ kind: 'prove', program, options: { name, inputs }, key, queries });
    byId('prove-status').textContent = 'Running the guest, and filling columns.';
  }

  stop() {
    this.#thread?.end();
    this.#thread = undefined;
    byId('prove').disabled = false;
  }

  #heard({ kind, stage, segment, proved, text }) {
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(1);
    if (kind === 'stage') {
      byId('prove-status').textContent = `Segment ${segment}: ${STAGES[stage]}, after ${seconds} s.`;
      return;
    }
    this.stop();
    if (kind === 'proved') this.#show(proved, seconds);
    else byId('prove-status').textContent = text;
  }

  #show({ segments, publicValues, peakBytes }, seconds) {
    this.proofs = segments.map(({ proof }) => proof);
    const hex = publicValues.map(byte => byte.toString(16).padStart(2, '0')).join('');
    const memory = `${Math.ceil(peakBytes / 2 ** 20)} MiB of memory`;
    byId('prove-status').textContent = `Proved and verified in ${seconds} s, with ${memory}. Public values: ${hex}`;
    const rows = segments.map(({ instructions, rows, cells, proof, proveSeconds, verifySeconds }, i) => [
      ...[`${i}`, instructions, rows, cells, `${proveSeconds.toFixed(2)} s`, `${verifySeconds.toFixed(2)} s`],
      this.#link(proof, i),
    ]);
    byId('proofs').replaceChildren(
      table(['segment', 'instructions', 'rows', 'cells', 'proving', 'verifying', 'proof'], rows),
    );
  }

  /** What `jit-exec verify` takes, where the queries are those of OpenVM's apps. */
  #link(proof, index) {
    const href = URL.createObjectURL(new Blob([proof]));
    const text = `${proof.length.toLocaleString('en')} bytes`;
    return element('a', { href, download: `segment-${String(index).padStart(6, '0')}.proof` }, text);
  }
}

globalThis.proofView = new ProofView();
