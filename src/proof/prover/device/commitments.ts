// Columns extended, rows hashed and pairs of digests compressed on a device: what commitments are made of. Each gives whether the
// device has room for it.

import { TAIL_WORDS } from '../../../../codegen/stark/transforms.ts';
import { laneFormOf } from '../../../../codegen/wgsl/lanes.ts';
import { absorbKernel, compressKernel, digestsOfStates } from '../../../../codegen/wgsl/stark-hashes.ts';
import { layerToCoefficients, layerToValues, spreadCoefficients } from '../../../../codegen/wgsl/stark-transforms.ts';
import type { BufferRange, Kernel, Step } from '../../../../runtime/gpu/device.ts';
import { type DeviceContext, download, part, upload, wordsAt } from './context.ts';
import type { CompressJob, ExtendJob, HashJob } from './jobs.ts';

const WORD = 4;
const RATE = 8;
const DIGEST_WORDS = 8;
const STATE_WORDS = 16;

const HASHES = {
  written: { absorb: absorbKernel('written'), compress: compressKernel('written') },
  loop: { absorb: absorbKernel('loop'), compress: compressKernel('loop') },
} as const;
const hashesFor = ({ device }: DeviceContext): (typeof HASHES)['loop'] => HASHES[laneFormOf(device.info)];

export async function extendOnDevice(context: DeviceContext, job: ExtendJob, memory: Uint32Array): Promise<boolean> {
  const { columns, size, scales } = job;
  const each = Math.floor(context.most / (2 * WORD * size));
  if (each === 0) return false;
  const log = Math.log2(size);
  const tables = {
    inverses: await context.powers('inverses', log + 1),
    roots: await context.powers('roots', log + 1),
  };
  for (let first = 0; first < columns.length; first += each) {
    const some = columns.slice(first, first + each);
    await context.with([size * some.length, 2 * size * some.length, size], async ([coefficients, values, factors]) => {
      const buffers = { coefficients: coefficients!, values: values!, factors: factors! };
      await context.device.run([
        ...some.map(({ from }, i) => upload(wordsAt(memory, from, size), part(coefficients!, i * size, size))),
        upload(wordsAt(memory, scales, size), factors!),
        ...extendSteps(buffers, tables, size, some.length),
        ...some.map(({ to }, i) => download(part(values!, 2 * size * i, 2 * size), wordsAt(memory, to, 2 * size))),
      ]);
    });
    for (const { to } of some) wordsAt(memory, to + 2 * WORD * size, TAIL_WORDS).set(wordsAt(memory, to, TAIL_WORDS));
  }
  return true;
}

function extendSteps(
  { coefficients, values, factors }: Record<'coefficients' | 'values' | 'factors', BufferRange>,
  { inverses, roots }: Record<'inverses' | 'roots', BufferRange>,
  size: number,
  columns: number,
): Step[] {
  const steps: Step[] = [];
  const dispatch = (kernel: Kernel, buffers: BufferRange[], threads: number, ...immediates: number[]): void => {
    steps.push({ kind: 'dispatch', kernel, buffers, threads, immediates });
  };
  for (let half = size / 2; half >= 1; half /= 2)
    dispatch(layerToCoefficients, [coefficients, inverses], (size / 2) * columns, half, size);
  dispatch(spreadCoefficients, [coefficients, values, factors], size * columns, size);
  for (let half = 2; half <= size; half *= 2) dispatch(layerToValues, [values, roots], size * columns, half, 2 * size);
  return steps;
}

export async function hashOnDevice(context: DeviceContext, job: HashJob, memory: Uint32Array): Promise<boolean> {
  const { list, columns, height, digests } = job;
  const each = Math.floor(context.most / (WORD * height) / RATE) * RATE;
  if (each === 0 || STATE_WORDS * WORD * height > context.most) return false;
  const { absorb } = hashesFor(context);
  const constants = await context.constants();
  const addresses = wordsAt(memory, list, columns);
  const room = Math.min(each, Math.ceil(columns / RATE) * RATE);
  await context.with([room * height, STATE_WORDS * height, DIGEST_WORDS * height], async ([some, states, hashed]) => {
    const steps: Step[] = [];
    for (let first = 0; first < columns; first += each) {
      const count = Math.min(each, columns - first);
      for (let i = 0; i < count; i++)
        steps.push(upload(wordsAt(memory, addresses[first + i]!, height), part(some!, i * height, height)));
      const immediates = [count, height, first === 0 ? 1 : 0];
      const buffers = [some!, states!, constants];
      steps.push({ kind: 'dispatch', kernel: absorb, buffers, threads: height, immediates });
    }
    const [buffers, immediates] = [[states!, hashed!], [Math.log2(height)]];
    await context.device.run([
      ...steps,
      { kind: 'dispatch', kernel: digestsOfStates, buffers, threads: height, immediates },
      download(hashed!, wordsAt(memory, digests, DIGEST_WORDS * height)),
    ]);
  });
  return true;
}

export async function compressOnDevice(
  context: DeviceContext,
  job: CompressJob,
  memory: Uint32Array,
): Promise<boolean> {
  const { left, right, stride, out, count } = job;
  const words = (stride / WORD) * count;
  if (WORD * words > context.most) return false;
  const { compress } = hashesFor(context);
  const constants = await context.constants();
  // Pairs lie side by side, or left and right ones each together.
  const isOne = right === left + WORD * DIGEST_WORDS && stride === 2 * WORD * DIGEST_WORDS;
  await context.with([words, ...(isOne ? [] : [words]), DIGEST_WORDS * count], async buffers => {
    const [lefts, rights, made] = [buffers[0]!, buffers.at(-2)!, buffers.at(-1)!];
    const up = [upload(wordsAt(memory, left, words), lefts)];
    if (!isOne) up.push(upload(wordsAt(memory, right, words), rights));
    const immediates = [0, isOne ? DIGEST_WORDS : 0, stride / WORD];
    await context.device.run([
      ...up,
      { kind: 'dispatch', kernel: compress, buffers: [lefts, rights, made, constants], threads: count, immediates },
      download(made, wordsAt(memory, out, DIGEST_WORDS * count)),
    ]);
  });
  return true;
}
