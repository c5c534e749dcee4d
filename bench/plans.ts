// npm run bench:plans [-- guest …]: what profiles and plans of SP1 runs take in terms of the run itself, and how long a batch of
// 631,000 blocks is cut; the least processor time of several rounds, interleaved in one process.

import { readFileSync } from 'node:fs';
import { metering } from '../src/engine/metering.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../src/machine/sp1/records/cut/shape.ts';
import { partition } from '../src/planner/batch/partition.ts';
import { hypergraphOf, ProfileBuilder } from '../src/planner/batch/profile.ts';
import { planRun } from '../src/planner/run/plan-run.ts';
import { execute, executionOf, guestOf } from '../src/verbs/execute.ts';
import { profileRun } from '../src/verbs/profile-run.ts';
import { blockGuest, chooseKernels, pairOf, type TraceGuest, type TraceRun } from './trace-guests.ts';

const ROUNDS = 3;
const SECOND = 1e6;
const BLOCKS = 631_000;
const LIMITS = { elementThreshold: DEFAULT_ELEMENT_THRESHOLD, heightThreshold: DEFAULT_HEIGHT_THRESHOLD };
const CALIBRATION = {
  ...{
    source: 'bench',
    baseBytes: 1,
    bytesPerCell: 8,
    workerBytes: 1,
    bytesPerEntry: 16,
    usable: 1,
    secondsPerCell: 1e-8,
  },
};

/** Seconds of this process, the compiler's threads included. */
function secondsOf(act: () => unknown): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / SECOND;
}

/** An address that sorts as its number does. */
function addressOf(n: number): Uint8Array {
  const address = new Uint8Array(32);
  new DataView(address.buffer).setUint32(0, n + 1);
  return address;
}

/** Blocks that use mostly near ones, drawn by the generator of the planner's vectors. */
function batchOf(blocks: number): ReturnType<ProfileBuilder['profile']> {
  const builder = new ProfileBuilder();
  let state = 7;
  const draw = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
  for (let n = 0; n < blocks; n++) {
    const stats = { heartbeats: BigInt(50 + (draw() % 200)), size: 100 + (draw() % 900), constants: 1 };
    builder.add(addressOf(n), stats);
    for (let edge = 0; edge < 3 && n > 0; edge++) {
      const back = draw() % 8 === 0 ? draw() % n : draw() % Math.min(n, 200);
      builder.addEdge(addressOf(n), addressOf(n - 1 - back));
    }
  }
  return builder.profile(1);
}

function batches(): void {
  const profile = batchOf(BLOCKS);
  const costs = Float64Array.from(profile.blocks, ({ heartbeats }) => Number(heartbeats));
  const graph = hypergraphOf(profile, costs);
  for (const shards of [2, 47]) {
    const seconds = secondsOf(() => partition(graph, shards));
    console.log(`${BLOCKS} blocks in ${shards} shards: ${seconds.toFixed(1)} s on one core`);
  }
}

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

function measure({ name, path }: TraceGuest, { inputs }: TraceRun): void {
  const program = readFileSync(path);
  const options = { inputs: inputs.map(bytesOf) };
  const least = {
    plain: Number.POSITIVE_INFINITY,
    counted: Number.POSITIVE_INFINITY,
    profile: Number.POSITIVE_INFINITY,
  };
  let made!: ReturnType<typeof profileRun>;
  for (let round = 0; round < ROUNDS; round++) {
    least.plain = Math.min(
      least.plain,
      secondsOf(() => execute(program, options)),
    );
    least.counted = Math.min(
      least.counted,
      secondsOf(() => executionOf(guestOf(program, options), options, metering()).run()),
    );
    const profile = secondsOf(() => {
      made = profileRun(program, options);
    });
    least.profile = Math.min(least.profile, profile);
  }
  const [run] = made.profile.runs;
  const budgets = { ...LIMITS, area: 2 ** 27 };
  const plan = secondsOf(() => planRun(made.profile, run!, budgets, CALIBRATION));
  const numbers = [least.counted, least.profile, plan].map(seconds => (seconds / least.plain).toFixed(3).padStart(9));
  console.log(
    `${name.padEnd(14)}${String(run!.instructions).padStart(12)}${least.plain.toFixed(2).padStart(9)}${numbers.join('')}`,
  );
}

const wanted = process.argv.slice(2);
const block = blockGuest(false);
if (wanted.length === 0 || wanted.includes('batch')) batches();
console.log('guest         instructions    plain   counts  profile     plan   (seconds; the others in terms of them)');
const kernels = wanted.filter(name => !['block', 'batch'].includes(name));
if (wanted.length === 0 || kernels.length > 0)
  for (const kernel of chooseKernels(kernels)) measure(kernel, pairOf(kernel, 'wasm')[0]);
if (wanted.length === 0 || wanted.includes('block')) measure(block.guest, block.run);
