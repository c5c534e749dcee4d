// npm run bench:prove [-- segment]: how long a proof of tiny-ops takes on two threads, or one of a segment of 1.5 M instructions (4.5 GiB), and
// its verification, the least of five. Wall time, and processor time where others use the machine.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VmInstance } from '../src/machine/openvm/flow/instance.ts';
import { StarkEngine } from '../src/machine/openvm/flow/stark-engine.ts';
import { VirtualMachine } from '../src/machine/openvm/flow/virtual-machine.ts';
import { readVerifyingKey } from '../src/proof/stark/key-json.ts';
import { ROOT } from './guests.ts';

const WORKERS = 2;
const VERIFICATIONS = 5;

interface Case {
  readonly guest: string;
  readonly inputs: readonly string[];
  /** Seconds that are asked for. */
  readonly asked: number;
}

const CASES: Readonly<Record<string, Case>> = {
  'tiny-ops': {
    guest: 'examples/guests/bin/tiny-ops.openvm.elf',
    inputs: ['0102030405060708090a0b', 'aabbccdd'],
    asked: 6,
  },
  segment: { guest: 'bench/openvm-guests/bin/mont.openvm.elf', inputs: ['31'], asked: 40 },
};

/** Seconds of a clock on the wall, and of processors. */
function timed<T>(work: () => T): { readonly result: T; readonly wall: number; readonly cpu: number } {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = work();
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { result, wall, cpu: (user + system) / 1e6 };
}

const [name = 'tiny-ops'] = process.argv.slice(2);
const chosen = CASES[name];
if (chosen === undefined) throw new Error(`bench: expected ${Object.keys(CASES).join(' or ')}, got ${name}`);
const key = readVerifyingKey(readFileSync(join(ROOT, 'src/proof/keys/openvm-1.4.0-rv32im.json'), 'utf8'));
const bytes = readFileSync(join(ROOT, chosen.guest));
const inputs = chosen.inputs.map(hex => new Uint8Array(Buffer.from(hex, 'hex')));

const engine = await StarkEngine.onThreads(key, { workers: WORKERS });
const { result, wall, cpu } = timed(() => {
  const instance = new VmInstance(VirtualMachine.newWithKeygen(engine), bytes);
  return instance.proveContinuations({ inputs });
});
engine.end();
const [proof] = result.segments;
const verified = Math.min(...Array.from({ length: VERIFICATIONS }, () => timed(() => engine.verify(proof!)).cpu));
const mebibytes = Math.ceil(engine.peakBytes / 2 ** 20);
console.log(
  `prove ${name.padEnd(10)} ${wall.toFixed(2)} s (asked ${chosen.asked}), ${cpu.toFixed(2)} s of processors, ${mebibytes} MiB`,
);
console.log(`verify ${name.padEnd(9)} ${verified.toFixed(3)} s of a processor (asked 0.4)`);
