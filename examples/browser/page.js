// Joins the form, the thread and the views.

const MOST_FUNCTIONS = 40;
const { functionTotals, FAULT_CAUSES, chooseMachine, parseElf } = jitExec;

let program;
let thread;
/** One that counts what a proof would cost. */
let counting;
/** What the last run was asked. */
let asked;

function say(text) {
  byId('status').textContent = text;
}

async function choose(file) {
  program = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
  byId('name').textContent = file.name;
  byId('run').disabled = false;
  say('Ready.');
}

function addInput(kind) {
  const field =
    kind === 'file'
      ? element('input', { type: 'file' })
      : element('input', { placeholder: kind === 'hex' ? '0a0b0c' : '20' });
  const remove = element('button', { type: 'button' }, 'remove');
  const item = element('li', { 'data-kind': kind }, `${kind} `, field, ' ', remove);
  remove.addEventListener('click', () => item.remove());
  byId('inputs').append(item);
}

/** The bytes of one input. Throws what a person can read. */
async function bytesOfInput(item) {
  const field = item.querySelector('input');
  const { kind } = item.dataset;
  if (kind === 'file') {
    if (!field.files[0]) throw new Error('an input has no file');
    return new Uint8Array(await field.files[0].arrayBuffer());
  }
  const text = field.value.replaceAll(/[\s_]/g, '');
  if (kind === 'u64') {
    if (!/^(0x[\da-f]+|\d+)$/i.test(text) || BigInt(text) >= 2n ** 64n)
      throw new Error(`no number of 64 bits: ${field.value}`);
    return new Uint8Array(BigUint64Array.of(BigInt(text)).buffer);
  }
  const digits = text.replace(/^0x/i, '');
  if (digits.length % 2 !== 0 || !/^[\da-f]*$/i.test(digits)) throw new Error(`no hexadecimal bytes: ${field.value}`);
  return Uint8Array.from(digits.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
}

async function run() {
  const inputs = await Promise.all([...byId('inputs').children].map(bytesOfInput));
  const args = byId('arguments')
    .value.split(' ')
    .filter(word => word !== '');
  const machine = chooseMachine(parseElf(program.bytes, program.name));
  const options = {
    name: program.name,
    machine,
    engine: byId('engine').value,
    maxCycles: Number(byId('limit').value),
    inputs,
    ...(machine === 'bare' ? { args } : {}),
  };
  asked = { program: program.bytes, options };
  for (const id of ['report', 'spans', 'flame', 'cost', 'gpu', 'prove', 'code']) byId(`${id}-section`).hidden = true;
  counting?.end();
  gpuView.stop();
  proofView.stop();
  byId('output').textContent = '';
  thread?.end();
  thread = startThread(heard);
  thread.send({ kind: 'run', ...asked });
  byId('stop').disabled = false;
  say('Running.');
}

function ended({ exit, symbol, instructions, seconds, mips, engine, machine }) {
  const how = {
    halted: `halted with ${exit.code}`,
    fault: `fault: ${FAULT_CAUSES[exit.cause]}`,
    limit: 'stopped at the limit',
  };
  const place = exit.kind === 'halted' || symbol === undefined ? '' : ` in ${symbol}`;
  return `${how[exit.kind] ?? exit.kind}${place} after ${instructions} instructions in ${seconds.toFixed(3)} s, ${mips.toFixed(1)} MIPS (${machine}, ${engine})`;
}

function show({ result, callTree }) {
  const { syscalls, clk, publicValues, cycleSpans = [], unreadInputs } = result;
  const hex = Array.from(publicValues, byte => byte.toString(16).padStart(2, '0')).join('');
  const rows = [
    ['instructions', result.instructions],
    ...(clk === undefined ? [] : [['clk', clk]]),
    ...Object.entries(syscalls).map(([name, n]) => [`call ${name}`, n]),
    ...(hex === '' ? [] : [['public values', hex]]),
    ...(unreadInputs > 0 ? [['inputs not read to the end', unreadInputs]] : []),
  ];
  byId('report').replaceChildren(table(['', ''], rows));
  byId('report-section').hidden = false;
  if (cycleSpans.length > 0) {
    byId('spans').replaceChildren(
      table(
        ['span', 'instructions'],
        cycleSpans.map(({ name, instructions }) => [name, instructions]),
      ),
    );
    byId('spans-section').hidden = false;
  }
  const functions = functionTotals(callTree);
  const heaviest = functions.slice(0, MOST_FUNCTIONS).map(({ name, self, total, calls }) => [name, self, total, calls]);
  byId('functions').replaceChildren(table(['function', 'self', 'with what it calls', 'calls'], heaviest));
  byId('flame-section').hidden = false;
  drawFlame(byId('flame'), callTree.nodes);
  byId('function').replaceChildren(
    element('option', { value: '' }, ''),
    ...functions.map(({ name }) => element('option', {}, name)),
  );
  byId('code').textContent = '';
  byId('code-section').hidden = false;
  byId('costs').replaceChildren();
  byId('cost').disabled = false;
  byId('cost-section').hidden = COST_MODULES[result.machine] === undefined;
  byId('gpu-section').hidden = result.machine !== 'sp1';
  byId('prove-section').hidden = result.machine !== 'openvm';
}

/** By machine: the bundle, and what it is made by. */
const COST_MODULES = {
  sp1: ['jit-exec-cost', 'jitExecCostModule'],
  openvm: ['jit-exec-segments', 'jitExecSegmentsModule'],
};

/** Runs the guest once more, in another thread. */
async function count() {
  const { engine: _engine, ...options } = asked.options;
  byId('cost').disabled = true;
  byId('costs').textContent = 'Counting.';
  const library = await loadModule(...COST_MODULES[options.machine]);
  counting = startThread(message => {
    byId('cost').disabled = false;
    if (message.kind === 'costs') showCosts(message.found);
    else if (message.kind === 'error') byId('costs').textContent = message.text;
  }, library);
  counting.send({ kind: 'costs', program: asked.program, options });
}

function showCosts({ shards, segments, chips, cells, gas }) {
  const pieces = shards ?? segments;
  const ofPiece = ({ kind, syscall, reason, instructions, cells }, i) => [
    `${i} ${kind ?? reason}${syscall === undefined ? '' : ` ${syscall}`}`,
    instructions ?? '',
    cells,
  ];
  byId('costs').replaceChildren(
    element(
      'p',
      {},
      `${pieces.length} ${shards === undefined ? 'segments' : 'shards'}, ${cells.toLocaleString('en')} cells${gas === undefined ? '' : `, gas ${gas.toLocaleString('en')}`}`,
    ),
    table([shards === undefined ? 'segment' : 'shard', 'instructions', 'cells'], pieces.map(ofPiece)),
    table(
      ['chip', 'rows', 'cells'],
      chips.map(({ name, rows, cells }) => [name, rows, cells]),
    ),
  );
}

function heard(message) {
  if (message.kind === 'output') {
    byId('output').append(message.text);
    return;
  }
  byId('stop').disabled = true;
  if (message.kind === 'code') byId('code').textContent = message.text;
  else if (message.kind === 'error') say(message.text);
  else {
    say(ended(message.result));
    show(message);
  }
}

byId('form').addEventListener('submit', event => {
  event.preventDefault();
  run().catch(error => say(error.message));
});
byId('stop').addEventListener('click', () => {
  thread.end();
  thread = undefined;
  byId('stop').disabled = true;
  say('Stopped.');
});
byId('cost').addEventListener('click', () =>
  count().catch(error => {
    byId('cost').disabled = false;
    byId('costs').textContent = error.message;
  }),
);
for (const [id, view] of [
  ['gpu', gpuView],
  ['prove', proofView],
])
  byId(id).addEventListener('click', () =>
    view.start(asked).catch(error => {
      view.stop();
      byId(`${id}-status`).textContent = error.message;
    }),
  );
byId('program').addEventListener('change', ({ target }) => target.files[0] && choose(target.files[0]));
for (const button of document.querySelectorAll('[data-add]'))
  button.addEventListener('click', () => addInput(button.dataset.add));
byId('function').addEventListener('change', ({ target }) => {
  if (target.value !== '') thread?.send({ kind: 'code', ...asked, name: target.value });
});
document.addEventListener('dragover', event => {
  event.preventDefault();
  document.body.classList.add('over');
});
document.addEventListener('dragleave', () => document.body.classList.remove('over'));
document.addEventListener('drop', event => {
  event.preventDefault();
  document.body.classList.remove('over');
  if (event.dataTransfer.files[0]) choose(event.dataTransfer.files[0]);
});
