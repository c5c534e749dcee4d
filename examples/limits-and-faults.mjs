// What a guest does wrong is a value; what the caller does wrong is an error with a code.
import { readFileSync } from 'node:fs';
import { ERROR_CODES, execute, FAULT_CAUSES, JitExecError } from 'jit-exec';

const faults = readFileSync(new URL('guests/bin/faults.rv64.elf', import.meta.url));

function describe(exit) {
  switch (exit.kind) {
    case 'halted':
      return `halted with ${exit.code}`;
    case 'fault': {
      const address = exit.address === undefined ? '' : ` 0x${exit.address.toString(16)}`;
      return `${FAULT_CAUSES[exit.cause]}${address}`;
    }
    case 'limit':
      return `limit of ${exit.limit} reached`;
    default:
      return exit.kind;
  }
}

for (const name of ['divide-by-zero', 'wild-store', 'illegal', 'store-to-text']) {
  const { exit } = execute(faults, { args: [name] });
  console.log(`${name}: ${describe(exit)}`);
}

// A budget ends at the exact instruction, whatever engine runs.
for (const engine of ['interpreter', 'auto']) {
  const { exit, instructions } = execute(faults, { args: ['endless'], maxCycles: 1_234_567, engine });
  console.log(`endless: ${describe(exit)} after ${instructions} instructions`);
}

try {
  execute(new TextEncoder().encode('#!/bin/sh'), { name: 'script.sh' });
} catch (error) {
  if (!(error instanceof JitExecError)) throw error;
  console.log(`${error.code} (${ERROR_CODES[error.code]}): ${error.message}`);
}
