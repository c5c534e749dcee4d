// Global's kernels on the host: the same steps on canonical numbers, plain and slow.

import { DUMMY_POINT, liftMessage, START_POINT } from '../../runtime/curves/global-points.ts';
import { addAnyPoints, INFINITY, type SepticPoint, septicNegate } from '../../runtime/curves/septic.ts';
import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import type { HostCall } from '../../runtime/gpu/device.ts';
import { poseidon2Columns } from '../../runtime/hashes/poseidon2.ts';
import { BYTE_OP, RANGE_SLOT } from '../chips/sp1/bytes.ts';

const { modulus, mul, r, inverse } = koalaBear;
const INVERSE_R = inverse(r);
const EVENT_WORDS = 9;
const CHUNK = 32;
const flat = ({ x, y }: SepticPoint): number[] => [...x, ...y];
const zeros = (n: number): number[] => new Array(n).fill(0);

/** A padding row. */
export const PADDING: readonly number[] = [
  ...zeros(11),
  ...flat(DUMMY_POINT),
  ...poseidon2Columns(zeros(16)),
  ...zeros(9),
  ...flat(START_POINT),
  ...flat(addAnyPoints(START_POINT, DUMMY_POINT)),
];

function hashed(event: Uint32Array, offset: number): number[] {
  const first = (event[0]! + (event[8]! & 255) * 2 ** 24) % modulus;
  const last = (event[7]! + offset * 2 ** 16) % modulus;
  return [first, ...event.subarray(1, 7), last, ...zeros(8)];
}

function liftEvent(event: Uint32Array): SepticPoint & { readonly offset: number } {
  const { point, offset } = liftMessage([...event.subarray(0, 8)], event[8]! & 255);
  const isReceived = (event[8]! & 256) !== 0;
  return { x: point.x, y: isReceived ? point.y : septicNegate(point.y), offset };
}

function writePoint(points: Uint32Array, stride: number, row: number, point: SepticPoint): void {
  for (const [i, x] of flat(point).entries()) points[i * stride + row] = mul(x, r);
}

function readPoint(points: Uint32Array, stride: number, row: number): SepticPoint {
  const all = Array.from({ length: 14 }, (_, i) => mul(points[i * stride + row]!, INVERSE_R));
  return { x: all.slice(0, 7), y: all.slice(7) };
}

export function liftHost({ buffers, threads, immediates }: HostCall): void {
  const [events, columns, points] = buffers as [Uint32Array, Uint32Array, Uint32Array];
  const [stride, firstCell, pointStride] = immediates as [number, number, number];
  for (let row = 0; row < threads; row++) {
    const { offset, ...point } = liftEvent(events.subarray(row * EVENT_WORDS, (row + 1) * EVENT_WORDS));
    for (const [i, x] of flat(point).entries()) columns[firstCell + (11 + i) * stride + row] = x;
    columns[firstCell + 204 * stride + row] = offset;
    writePoint(points, pointStride, row, point);
  }
}

export function fillHost({ buffers, threads: height, immediates }: HostCall): void {
  const [events, columns, counts] = buffers as [Uint32Array, Uint32Array, Uint32Array];
  const [rows, stride, firstCell] = immediates as [number, number, number];
  const count = (slot: number): void => {
    counts[slot]!++;
  };
  for (let row = 0; row < height; row++) {
    const store = (column: number, values: Iterable<number>): void => {
      let at = firstCell + column * stride + row;
      for (const value of values) {
        columns[at] = value;
        at += stride;
      }
    };
    if (row >= rows) {
      store(0, PADDING.slice(0, 213));
      continue;
    }
    const event = events.subarray(row * EVENT_WORDS, (row + 1) * EVENT_WORDS);
    const [kind, received] = [event[8]! & 255, (event[8]! >> 8) & 1];
    const offset = columns[firstCell + 204 * stride + row]!;
    const y6 = columns[firstCell + 24 * stride + row]!;
    const distance = (received === 1 ? y6 : modulus - y6) - 1;
    const bytes = [0, 8, 16, 24].map(shift => (distance >> shift) & 255);
    const [low, high] = [event[0]! & 0xffff, (event[0]! >> 16) & 255];
    store(0, [...event.subarray(0, 8), kind, low, high]);
    store(25, poseidon2Columns(hashed(event, offset)));
    store(205, [...bytes, 1, received, 1 - received, row]);
    for (const limb of [low, event[7]!]) count(RANGE_SLOT + 2 ** 16 + limb);
    count(RANGE_SLOT + 2 ** 6 + kind);
    count(BYTE_OP.U8 * 65536 + high * 256);
    for (const byte of [offset, ...bytes.slice(0, 3)]) count(BYTE_OP.U8 * 65536 + byte);
    count(BYTE_OP.LTU * 65536 + bytes[3]! * 256 + 63);
  }
}

export function reduceHost({ buffers, threads, immediates }: HostCall): void {
  const [points, sums] = buffers as [Uint32Array, Uint32Array];
  const [n, stride, sumStride] = immediates as [number, number, number];
  for (let t = 0; t < threads; t++) {
    let sum = INFINITY;
    for (let i = t * CHUNK; i < Math.min((t + 1) * CHUNK, n); i++)
      sum = addAnyPoints(sum, readPoint(points, stride, i));
    writePoint(sums, sumStride, t, sum);
  }
}

export function scanHost({ buffers, immediates }: HostCall): void {
  const [points] = buffers as [Uint32Array];
  const [n, stride] = immediates as [number, number];
  let sum = START_POINT;
  for (let i = 0; i < n; i++) {
    sum = addAnyPoints(sum, readPoint(points, stride, i));
    writePoint(points, stride, i, sum);
  }
}

export function sumsHost({ buffers, immediates }: HostCall): void {
  const [points, , columns] = buffers as [Uint32Array, Uint32Array, Uint32Array];
  const [n, pointStride, , stride, firstCell, height] = immediates as [number, number, number, number, number, number];
  let sum = START_POINT;
  for (let row = 0; row < height; row++) {
    let cells = PADDING.slice(213);
    if (row < n) {
      const next = addAnyPoints(sum, readPoint(points, pointStride, row));
      cells = [...flat(sum), ...flat(next)];
      sum = next;
    }
    for (const [i, cell] of cells.entries()) columns[firstCell + (213 + i) * stride + row] = cell;
  }
}
