// An AIR's quotient on a device.

import { FRAME } from '../../../../codegen/stark/constraint-module.ts';
import { extensionNodes, reachableNodes } from '../../../../codegen/stark/nodes.ts';
import { invariantPlaces } from '../../../../codegen/stark/row-nodes.ts';
import type { LaneForm } from '../../../../codegen/wgsl/lanes.ts';
import { CONSTANT_PLACES, quotientKernel, quotientParts } from '../../../../codegen/wgsl/stark-quotient.ts';
import { add, type Extension, mul, ofBase, scale, ZERO } from '../../../../runtime/fields/baby-bear-extension.ts';
import type { BufferRange, Kernel, Step } from '../../../../runtime/gpu/device.ts';
import { nodeValue } from '../../stark/constraints.ts';
import type { AirKey } from '../../stark/key.ts';
import { fromMontgomery, toMontgomery } from '../lanes/arena.ts';
import { LOG_BLOWUP } from '../lanes/instances.ts';
import { type DeviceContext, part } from './context.ts';
import type { QuotientJob } from './jobs.ts';

const WORD = 4;
const BLOWUP = 2 ** LOG_BLOWUP;

/** Columns of one part in the prover's memory. */
interface PartColumns {
  readonly base: number;
  /** Bytes from one column to the next. */
  readonly stride: number;
  readonly width: number;
  readonly rows: number;
}

/** An AIR as a device knows it. */
export interface DeviceAir {
  readonly key: AirKey;
  readonly kernel: Kernel;
}

const mainsOf = ({ cachedWidths }: AirKey): number => cachedWidths.length + 1;

/** `lanes`: a loop where a driver is slow to compile what is written out. */
export function deviceAir(key: AirKey, lanes: LaneForm): DeviceAir {
  const shape = { mains: mainsOf(key), quotientDegree: key.quotientDegree, blowup: BLOWUP };
  return { key, kernel: quotientKernel(key, key.name, shape, lanes, onHost(key)) };
}

export async function quotientOnDevice(
  context: DeviceContext,
  { key, kernel }: DeviceAir,
  { frame: at, rows }: QuotientJob,
  memory: Uint32Array,
): Promise<boolean> {
  const frame = memory.slice(at / WORD, at / WORD + FRAME.main + mainsOf(key));
  const parts = partsOf(key, frame, rows);
  const constants = constantsOf(key, frame, memory);
  const sizes = [...parts.map(({ width, rows }) => width * rows), constants.length, 4 * rows];
  if (sizes.some(words => WORD * words > context.most)) return false;
  await context.with(sizes, async buffers => {
    const up = parts.flatMap(({ base, stride, width, rows }, i) =>
      Array.from({ length: width }, (_, column): Step => {
        const from = (base + column * stride) / WORD;
        return { kind: 'upload', from: memory.subarray(from, from + rows), to: part(buffers[i]!, column * rows, rows) };
      }),
    );
    const immediates = [(rows / key.quotientDegree) * BLOWUP];
    await context.device.run([
      ...up,
      { kind: 'upload', from: constants, to: buffers.at(-2)! },
      { kind: 'dispatch', kernel, buffers, threads: rows, immediates },
      ...downSteps(key, frame, rows, buffers.at(-1)!, memory),
    ]);
  });
  return true;
}

/** In the order of the kernel's buffers. */
function partsOf(key: AirKey, frame: Uint32Array, rows: number): PartColumns[] {
  const known = quotientParts(key, mainsOf(key));
  const extended = { stride: frame[FRAME.stride]!, rows: (rows / key.quotientDegree) * BLOWUP };
  const widths = [...key.cachedWidths, key.commonWidth];
  const parts: (PartColumns | undefined)[] = known.main.map((isKnown, i) =>
    isKnown ? { ...extended, base: frame[FRAME.main + i]!, width: widths[i]! } : undefined,
  );
  const { preprocessed, permutationWidth } = key;
  if (known.preprocessed) parts.push({ ...extended, base: frame[FRAME.preprocessed]!, width: preprocessed!.width });
  if (known.permutation) parts.push({ ...extended, base: frame[FRAME.permutation]!, width: 4 * permutationWidth });
  if (known.selectors)
    parts.push({ base: frame[FRAME.selectors]!, stride: frame[FRAME.selectorStride]!, width: 3, rows });
  return parts.filter(one => one !== undefined);
}

function constantsOf(key: AirKey, frame: Uint32Array, memory: Uint32Array): Uint32Array {
  const places = quotientParts(key, mainsOf(key)).invariants;
  const pieces = [
    [frame[FRAME.inverseVanishing]!, CONSTANT_PLACES.powers],
    [frame[FRAME.powers]!, 4 * key.constraints.length],
    [frame[FRAME.invariants]!, 4 * places],
  ] as const;
  return Uint32Array.from(pieces.flatMap(([at, count]) => [...memory.subarray(at / WORD, at / WORD + count)]));
}

function downSteps(key: AirKey, frame: Uint32Array, rows: number, out: BufferRange, memory: Uint32Array): Step[] {
  const height = rows / key.quotientDegree;
  return Array.from({ length: 4 * key.quotientDegree }, (_, i): Step => {
    const to = (frame[FRAME.out]! + (i >> 2) * frame[FRAME.chunk]! + (i & 3) * frame[FRAME.outStride]!) / WORD;
    return { kind: 'download', from: part(out, i * height, height), to: memory.subarray(to, to + height) };
  });
}

/** The same by a verifier's arithmetic. */
function onHost(key: AirKey): Kernel['host'] {
  const wanted = reachableNodes(key.nodes, key.constraints);
  const isExtension = extensionNodes(key.nodes);
  const places = new Map(invariantPlaces(key.nodes, wanted).map((node, place) => [node, place]));
  const known = quotientParts(key, mainsOf(key));
  const { quotientDegree: chunks } = key;
  return ({ buffers, threads, immediates: [size] }) => {
    const constants = buffers.at(-2)!;
    const out = buffers.at(-1)!;
    const element = (at: number): Extension =>
      [0, 1, 2, 3].map(i => fromMontgomery(constants[at + i]!)) as unknown as Extension;
    for (let row = 0; row < threads; row++) {
      const rows = [(row * BLOWUP) / chunks, ((row * BLOWUP) / chunks + BLOWUP) % size!] as const;
      let next = 0;
      const column = (words: Uint32Array, c: number, at: number): number => fromMontgomery(words[c * size! + at]!);
      const adjacent = (words: Uint32Array, width: number, at: (c: number, row: number) => Extension) => ({
        local: Array.from({ length: width }, (_, c) => at(c, rows[0])),
        next: Array.from({ length: width }, (_, c) => at(c, rows[1])),
        words,
      });
      const base = (words: Uint32Array) =>
        adjacent(words, words.length / size!, (c, at) => ofBase(column(words, c, at)));
      const main = known.main.map(isKnown => (isKnown ? base(buffers[next++]!) : { local: [], next: [] }));
      const preprocessed = known.preprocessed ? base(buffers[next++]!) : undefined;
      const sums = known.permutation ? buffers[next++]! : undefined;
      const permutation =
        sums &&
        adjacent(
          sums,
          sums.length / size! / 4,
          (c, at) => [0, 1, 2, 3].map(i => column(sums, 4 * c + i, at)) as unknown as Extension,
        );
      const [first, last, trans] = [0, 1, 2].map(i =>
        known.selectors ? ofBase(fromMontgomery(buffers[next]![i * threads + row]!)) : ZERO,
      ) as [Extension, Extension, Extension];
      const rest = { publicValues: [], challenges: [], exposed: [] };
      const values: Extension[] = [];
      for (const [i, node] of key.nodes.entries()) {
        const place = places.get(i);
        if (!wanted.has(i)) values.push(ZERO);
        else if (place === undefined)
          values.push(nodeValue(node, values, { main, preprocessed, permutation, ...rest }, { first, last, trans }));
        else {
          const value = element(CONSTANT_PLACES.powers + 4 * key.constraints.length + 4 * place);
          values.push(isExtension[i] ? value : ofBase(value[0]));
        }
      }
      const sum = key.constraints.reduce(
        (total, node, i) => add(total, mul(values[node]!, element(CONSTANT_PLACES.powers + 4 * i))),
        ZERO,
      );
      const quotient = scale(sum, fromMontgomery(constants[row & 3]!));
      const height = threads / chunks;
      for (const [i, word] of quotient.entries())
        out[(row % chunks) * 4 * height + i * height + Math.floor(row / chunks)] = toMontgomery(word);
    }
  };
}
