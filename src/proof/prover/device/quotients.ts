// An AIR's quotient on a device.

import { FRAME } from '../../../../codegen/stark/constraint-module.ts';
import { extensionNodes, reachableNodes } from '../../../../codegen/stark/nodes.ts';
import { invariantPlaces } from '../../../../codegen/stark/row-nodes.ts';
import type { LaneForm } from '../../../../codegen/wgsl/lanes.ts';
import {
  invariantsAt,
  POWERS_AT,
  type QuotientParts,
  quotientKernel,
  quotientParts,
} from '../../../../codegen/wgsl/stark-quotient.ts';
import { add, type Extension, mul, ofBase, scale, ZERO } from '../../../../runtime/fields/baby-bear-extension.ts';
import type { BufferRange, Kernel, Step } from '../../../../runtime/gpu/device.ts';
import { type AirValues, joinColumns, nodeValue, type Selectors } from '../../stark/constraints.ts';
import type { AirKey } from '../../stark/key.ts';
import type { Adjacent } from '../../stark/proof.ts';
import { fromMontgomery, toMontgomery } from '../lanes/arena.ts';
import { LOG_BLOWUP } from '../lanes/instances.ts';
import { type DeviceContext, download, part, upload, wordsAt } from './context.ts';
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
  readonly known: QuotientParts;
  readonly kernel: Kernel;
}

/** `lanes`: a loop where a driver is slow to compile what is written out. */
export function deviceAir(key: AirKey, lanes: LaneForm): DeviceAir {
  const known = quotientParts(key, key.cachedWidths.length + 1);
  const shape = { parts: known, quotientDegree: key.quotientDegree, blowup: BLOWUP };
  return { key, known, kernel: quotientKernel(key, key.name, shape, lanes, onHost(key, known)) };
}

export async function quotientOnDevice(
  context: DeviceContext,
  { key, known, kernel }: DeviceAir,
  { frame: at, rows }: QuotientJob,
  memory: Uint32Array,
): Promise<boolean> {
  const frame = wordsAt(memory, at, FRAME.main + known.main.length).slice();
  const parts = partsOf(key, known, frame, rows);
  const constants = constantsOf(key, known, frame, memory);
  const sizes = [...parts.map(({ width, rows }) => width * rows), constants.length, 4 * rows];
  if (sizes.some(words => WORD * words > context.most)) return false;
  await context.with(sizes, async buffers => {
    const up = parts.flatMap(({ base, stride, width, rows }, i) =>
      Array.from({ length: width }, (_, column) =>
        upload(wordsAt(memory, base + column * stride, rows), part(buffers[i]!, column * rows, rows)),
      ),
    );
    const immediates = [(rows / key.quotientDegree) * BLOWUP];
    await context.device.run([
      ...up,
      upload(constants, buffers.at(-2)!),
      { kind: 'dispatch', kernel, buffers, threads: rows, immediates },
      ...downSteps(key, frame, rows, buffers.at(-1)!, memory),
    ]);
  });
  return true;
}

/** In the order of the kernel's buffers. */
function partsOf(key: AirKey, known: QuotientParts, frame: Uint32Array, rows: number): PartColumns[] {
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

function constantsOf(key: AirKey, { invariants }: QuotientParts, frame: Uint32Array, memory: Uint32Array): Uint32Array {
  const words = new Uint32Array(invariantsAt(key) + 4 * invariants);
  words.set(wordsAt(memory, frame[FRAME.inverseVanishing]!, POWERS_AT));
  words.set(wordsAt(memory, frame[FRAME.powers]!, 4 * key.constraints.length), POWERS_AT);
  words.set(wordsAt(memory, frame[FRAME.invariants]!, 4 * invariants), invariantsAt(key));
  return words;
}

function downSteps(key: AirKey, frame: Uint32Array, rows: number, out: BufferRange, memory: Uint32Array): Step[] {
  const height = rows / key.quotientDegree;
  return Array.from({ length: 4 * key.quotientDegree }, (_, i) => {
    const to = frame[FRAME.out]! + (i >> 2) * frame[FRAME.chunk]! + (i & 3) * frame[FRAME.outStride]!;
    return download(part(out, i * height, height), wordsAt(memory, to, height));
  });
}

/** The same by a verifier's arithmetic. */
function onHost(key: AirKey, known: QuotientParts): Kernel['host'] {
  const wanted = reachableNodes(key.nodes, key.constraints);
  const isExtension = extensionNodes(key.nodes);
  const places = new Map(invariantPlaces(key.nodes, wanted).map((node, place) => [node, place]));
  const { quotientDegree: chunks } = key;
  return ({ buffers, threads, immediates: [size] }) => {
    const constants = buffers.at(-2)!;
    const out = buffers.at(-1)!;
    const constant = (at: number): Extension => {
      const [a, b, c, d] = constants.subarray(at, at + 4);
      return [fromMontgomery(a!), fromMontgomery(b!), fromMontgomery(c!), fromMontgomery(d!)];
    };
    for (let row = 0; row < threads; row++) {
      const { air, selectors } = rowOnHost(known, buffers, row, threads, size!);
      const values: Extension[] = [];
      for (const [i, node] of key.nodes.entries()) {
        const place = places.get(i);
        if (!wanted.has(i)) values.push(ZERO);
        else if (place === undefined) values.push(nodeValue(node, values, air, selectors));
        else {
          const value = constant(invariantsAt(key) + 4 * place);
          values.push(isExtension[i] ? value : ofBase(value[0]));
        }
      }
      const sum = key.constraints.reduce(
        (total, node, i) => add(total, mul(values[node]!, constant(POWERS_AT + 4 * i))),
        ZERO,
      );
      const quotient = scale(sum, fromMontgomery(constants[row & 3]!));
      const height = threads / chunks;
      for (const [i, word] of quotient.entries())
        out[(row % chunks) * 4 * height + i * height + Math.floor(row / chunks)] = toMontgomery(word);
    }
  };
}

/** What constraints know on one of the rows of the quotient's domain; extended columns have `size`. */
function rowOnHost(
  known: QuotientParts,
  buffers: readonly Uint32Array[],
  row: number,
  rows: number,
  size: number,
): { readonly air: AirValues; readonly selectors: Selectors } {
  const local = (row * size) / rows;
  let next = 0;
  const taken = (): Adjacent => {
    const words = buffers[next++]!;
    const at = (place: number): Extension[] =>
      Array.from({ length: words.length / size }, (_, c) => ofBase(fromMontgomery(words[c * size + place]!)));
    return { local: at(local), next: at((local + BLOWUP) % size) };
  };
  const main = known.main.map(isKnown => (isKnown ? taken() : { local: [], next: [] }));
  const preprocessed = known.preprocessed ? taken() : undefined;
  const sums = known.permutation ? taken() : undefined;
  const permutation = sums && { local: joinColumns(sums.local), next: joinColumns(sums.next) };
  const selector = (i: number): Extension =>
    known.selectors ? ofBase(fromMontgomery(buffers[next]![i * rows + row]!)) : ZERO;
  return {
    air: { main, preprocessed, permutation, publicValues: [], challenges: [], exposed: [] },
    selectors: { first: selector(0), last: selector(1), trans: selector(2) },
  };
}
