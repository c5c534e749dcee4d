// Loaded by --import into every thread of a command under test, where it does what SABOTAGE says to what is made there.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { workerData } from 'node:worker_threads';

const { SABOTAGE = '', SABOTAGE_AT = '0' } = process.env;
const FILLER = 'fillAddi';
const at = Number(SABOTAGE_AT);
let calls = 0;

/** What is done around a chip's filler: its memory as words, and byte addresses of its first event and row. */
const DEEDS = {
  // A row that is not what its event says.
  cell: {
    after: (words, { columns, stride }) => {
      words[(columns + at * stride) >> 2] ^= 1;
    },
  },
  // A row that is, of an event that never was.
  event: {
    before: (words, { events }) => {
      words[(events + at) >> 2] ^= 1;
    },
  },
  // A thread that ends at its second shard.
  exit: {
    before: () => {
      if (calls === 2) process.exit(1);
    },
  },
};

const deed = DEEDS[SABOTAGE];
if (deed !== undefined) {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function instance(module, imports) {
    const made = new Instance(module, imports);
    const fill = made.exports[FILLER];
    if (fill === undefined || imports.env?.memory === undefined) return made;
    const sabotaged = (events, columns, stride, ...rest) => {
      const words = new Int32Array(imports.env.memory.buffer);
      const isFirst = ++calls === 1;
      if (isFirst || SABOTAGE === 'exit') deed.before?.(words, { events });
      fill(events, columns, stride, ...rest);
      if (isFirst) deed.after?.(words, { columns, stride });
    };
    return { exports: { ...made.exports, [FILLER]: sabotaged } };
  };
}

/** What befalls a thread of the prover's crew in the middle of a call. */
const DEATHS = {
  'prover exits': () => process.exit(1),
  'prover throws': () => {
    throw new Error('sabotaged');
  },
  'prover is full': () => {
    throw Object.assign(new Error('the heap is full'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
  },
};

const death = DEATHS[SABOTAGE];
if (death !== undefined && workerData?.thread > 0) {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function instance(module, imports) {
    const made = new Instance(module, imports);
    return 'hashRows' in made.exports ? { exports: { ...made.exports, hashRows: death } } : made;
  };
}

/** From the second shard on only small things fit. */
if (SABOTAGE === 'disk') {
  const { openSync, writeSync } = fs;
  let isFull = false;
  fs.openSync = (path, ...rest) => {
    if (/shard-000001/.test(path)) isFull = true;
    return openSync(path, ...rest);
  };
  fs.writeSync = (file, data, ...rest) => {
    if (!isFull || data.length < 2 ** 16) return writeSync(file, data, ...rest);
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
  };
  syncBuiltinESMExports();
}
