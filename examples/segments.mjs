// Runs a guest of OpenVM segment by segment, as OpenVM's vm.rs does, with the engine that checks instead of proving.

import { readFileSync } from 'node:fs';
import { CheckEngine, ProofRejected, VirtualMachine, VmInstance, verifyPublicValues } from 'jit-exec/openvm';

const guest = readFileSync(new URL('guests/bin/tiny-ops.openvm.elf', import.meta.url));
const inputs = ['0102030405060708090a0b', 'aabbccdd'].map(hex => new Uint8Array(Buffer.from(hex, 'hex')));

// A segment ends at the first check, each 16 instructions, that finds more cells than that.
const vm = VirtualMachine.newWithKeygen(new CheckEngine(), { limits: { cells: 9_800_000 }, checkEvery: 16 });
const { segments, publicValues, metrics } = new VmInstance(vm, guest).proveContinuations({ inputs });
for (const [i, { instructions, rows, mainCells }] of metrics.entries())
  console.log(`segment ${i}: ${instructions} instructions, ${rows} rows, ${mainCells} cells`);

const { exeCommit, finalMemoryRoot } = vm.verify(segments);
console.log('the run is of', exeCommit.map(word => word.toString(16).padStart(8, '0')).join(''));
verifyPublicValues(publicValues, finalMemoryRoot);
console.log('it revealed', Buffer.from(publicValues.publicValues).toString('hex'));

try {
  vm.verify(segments.toReversed());
} catch (error) {
  if (!(error instanceof ProofRejected)) throw error;
  console.log('the other way round:', error.verdict);
}
