// SP1's Global chip as kernels: each event is lifted to a point of a curve (the least offset for which there is one), its row
// is filled, the points are added up and rows get the sums before and after them.
// Reference: sp1:sp1-gpu/crates/sys/lib/tracegen/riscv/global.cu, sp1:crates/core/machine/src/operations, SP1 6.4.0.
// Sums are reduced and then scanned, in chunks of a thread each: a chained scan waits for other workgroups, which nothing
// in WebGPU promises to run.

import { LARGEST_Y6, START_POINT } from '../../runtime/curves/global-points.ts';
import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import type { BufferRange, Kernel, Step } from '../../runtime/gpu/device.ts';
import { BYTE_OP, RANGE_SLOT } from '../chips/sp1/bytes.ts';
import { eachLane, type LaneForm } from './lanes.ts';
import { kernel } from './module.ts';
import { fieldText, type Reduction } from './montgomery.ts';
import { POSEIDON2_CONSTANTS, permutationText, poseidon2Constants, poseidon2Text } from './poseidon2.ts';
import { curveText, SEPTIC_CONSTANTS, septicConstants, septicText } from './septic.ts';
import { fillHost, liftHost, PADDING, reduceHost, scanHost, sumsHost } from './sp1-global-host.ts';

/** u32 of an event: the message, then the kind and, in bit 8, whether it is received. */
export const GLOBAL_EVENT_WORDS = 9;
export const GLOBAL_COLUMNS = 241;
/** Rows that a thread adds up. */
export const THREAD_ROWS = 32;

const { mul, r } = koalaBear;
const START_AT = POSEIDON2_CONSTANTS + SEPTIC_CONSTANTS;
const PADDING_AT = START_AT + 14;

/** The buffer that all of these kernels read. */
export function globalConstants(): Uint32Array {
  const start = [...START_POINT.x, ...START_POINT.y].map(x => mul(x, r));
  return Uint32Array.from([...poseidon2Constants(), ...septicConstants(), ...start, ...PADDING]);
}

interface Texts {
  readonly lanes: LaneForm;
  readonly field: string;
  readonly curve: string;
}

function texts(lanes: LaneForm, reduction: Reduction): Texts {
  return {
    lanes,
    field: fieldText(koalaBear, reduction),
    curve: `${septicText(POSEIDON2_CONSTANTS, lanes)}${curveText}`,
  };
}

/** y of what is received has a last coefficient from 1 to this, that of what is sent the negative of one. */
const MOST_Y6 = LARGEST_Y6;

const messageText = `fn hashed(e: u32, offset: u32) -> array<u32, 16> {
  let first = events[e] + ((events[e + 8u] & 255u) << 24u);
  let last = events[e + 7u] + (offset << 16u);
  return array<u32, 16>(toMontgomery(min(first, first - P)), ${[1, 2, 3, 4, 5, 6].map(i => `toMontgomery(events[e + ${i}u])`).join(', ')},
    toMontgomery(min(last, last - P)), 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u);
}
`;

/** Writes x, y and offset of each event, and its point. Immediates: stride, firstCell, stride of points. */
const lift = ({ lanes, field, curve }: Texts): Kernel =>
  kernel({
    name: 'globalLift',
    buffers: { events: 'read', columns: 'write', points: 'write', constants: 'read' },
    declarations: `${field}${poseidon2Text(lanes)}${permutationText('permute', lanes)}${curve}${messageText}`,
    body: `  let stride = immediate(1u);
  let cell = immediate(2u) + thread;
  let e = thread * ${GLOBAL_EVENT_WORDS}u;
  var x = S();
  var y = S();
  var y6 = 0u;
  var offset = 0u;
  for (; offset < 256u; offset++) {
    var right = S();
    for (; offset < 256u; offset++) {
      let state = permute(hashed(e, offset));
      x = S(${[0, 1, 2, 3, 4, 5, 6].map(i => `state[${i}]`).join(', ')});
      right = rightSide(x);
      if (isSquare(right)) { break; }
    }
    y = ssqrt(right);
    y6 = fromMontgomery(y[6]);
    if (y6 != 0u && (y6 <= ${MOST_Y6}u || y6 >= P - ${MOST_Y6}u)) { break; }
  }
  let isReceived = (events[e + 8u] & 256u) != 0u;
  if ((y6 <= ${MOST_Y6}u) != isReceived) { y = sneg(y); }
  for (var i = 0u; i < 7u; i++) {
    columns[cell + (11u + i) * stride] = fromMontgomery(x[i]);
    columns[cell + (18u + i) * stride] = fromMontgomery(y[i]);
    points[i * immediate(3u) + thread] = x[i];
    points[(7u + i) * immediate(3u) + thread] = y[i];
  }
  columns[cell + 204u * stride] = offset;
`,
    host: liftHost,
  });

/** The columns before the sums, behind `lift`; padding rows too. Immediates: rows, stride, firstCell, tables, slots. */
const fill = ({ lanes, field }: Texts): Kernel =>
  kernel({
    name: 'globalFill',
    buffers: { events: 'read', columns: 'write', counts: 'atomic', constants: 'read' },
    declarations: `${field}${poseidon2Text(lanes)}${messageText}
var<private> cell: u32;
var<private> stride: u32;
${permutationText('permute', lanes, (column, value) => `columns[cell + (25u + ${column}) * stride] = fromMontgomery(${value});`)}
fn store(column: u32, value: u32) { columns[cell + column * stride] = value; }`,
    body: `  stride = immediate(2u);
  cell = immediate(3u) + thread;
  if (thread >= immediate(1u)) {
    for (var i = 0u; i < 213u; i++) { store(i, constants[${PADDING_AT}u + i]); }
    return;
  }
  let e = thread * ${GLOBAL_EVENT_WORDS}u;
  let flags = events[e + 8u];
  let kind = flags & 255u;
  let received = (flags >> 8u) & 1u;
  let message0 = events[e];
  for (var i = 0u; i < 8u; i++) { store(i, events[e + i]); }
  store(8u, kind);
  store(9u, message0 & 65535u);
  store(10u, (message0 >> 16u) & 255u);
  let offset = columns[cell + 204u * stride];
  let output = permute(hashed(e, offset));
  let y6 = columns[cell + 24u * stride];
  let distance = select(P - y6, y6, received == 1u) - 1u;
  for (var i = 0u; i < 4u; i++) { store(205u + i, (distance >> (8u * i)) & 255u); }
  store(209u, 1u);
  store(210u, received);
  store(211u, 1u - received);
  store(212u, thread);
  let t = ((group.y * groups.x + group.x) % immediate(4u)) * immediate(5u);
  atomicAdd(&counts[t + ${RANGE_SLOT + 2 ** 16}u + (message0 & 65535u)], 1u);
  atomicAdd(&counts[t + ${RANGE_SLOT + 2 ** 16}u + events[e + 7u]], 1u);
  atomicAdd(&counts[t + ${RANGE_SLOT + 2 ** 6}u + kind], 1u);
  atomicAdd(&counts[t + ${BYTE_OP.U8 * 65536}u + ((message0 >> 16u) & 255u) * 256u], 1u);
  atomicAdd(&counts[t + ${BYTE_OP.U8 * 65536}u + offset], 1u);
  for (var i = 0u; i < 3u; i++) { atomicAdd(&counts[t + ${BYTE_OP.U8 * 65536}u + ((distance >> (8u * i)) & 255u)], 1u); }
  atomicAdd(&counts[t + ${BYTE_OP.LTU * 65536}u + (distance >> 24u) * 256u + 63u], 1u);
`,
    host: fillHost,
  });

/** `fn NAME(i, stride) -> Point` of a buffer. */
const readText = (name: string, buffer: string, lanes: LaneForm): string => `fn ${name}(i: u32, stride: u32) -> Point {
  var p: Point;
  ${eachLane(lanes, 7, j => `p.x[${j}] = ${buffer}[${j} * stride + i]; p.y[${j}] = ${buffer}[(7u + ${j}) * stride + i];`)}
  return p;
}
`;

/** Sums of chunks. Immediates: number of points, their stride, stride of sums. */
const reduce = ({ lanes, field, curve }: Texts): Kernel =>
  kernel({
    name: 'globalReduce',
    buffers: { points: 'read', sums: 'write', constants: 'read' },
    declarations: `${field}${curve}${readText('pointAt', 'points', lanes)}`,
    body: `  var sum = Point();
  let end = min((thread + 1u) * ${THREAD_ROWS}u, immediate(1u));
  for (var i = thread * ${THREAD_ROWS}u; i < end; i++) { sum = padd(sum, pointAt(i, immediate(2u))); }
  for (var i = 0u; i < 7u; i++) {
    sums[i * immediate(3u) + thread] = sum.x[i];
    sums[(7u + i) * immediate(3u) + thread] = sum.y[i];
  }
`,
    host: reduceHost,
  });

/** The sum before a chunk: of all before it, or the start. */
const beforeText = (lanes: LaneForm): string =>
  `${readText('aboveAt', 'above', lanes)}${readText('constantAt', 'constants', lanes)}`;
const before = (stride: string): string => `  var sum = Point();
  if (thread == 0u) { sum = constantAt(${START_AT}u, 1u); } else if (thread * ${THREAD_ROWS}u < immediate(1u)) { sum = aboveAt(thread - 1u, ${stride}); }
`;

/** Sums up to each point, in place. Immediates: number of points, their stride, stride of the sums above. */
const scan = ({ lanes, field, curve }: Texts): Kernel =>
  kernel({
    name: 'globalScan',
    buffers: { points: 'write', above: 'read', constants: 'read' },
    declarations: `${field}${curve}${readText('pointAt', 'points', lanes)}${beforeText(lanes)}`,
    body: `${before('immediate(3u)')}  let stride = immediate(2u);
  let end = min((thread + 1u) * ${THREAD_ROWS}u, immediate(1u));
  for (var i = thread * ${THREAD_ROWS}u; i < end; i++) {
    sum = padd(sum, pointAt(i, stride));
    for (var j = 0u; j < 7u; j++) {
      points[j * stride + i] = sum.x[j];
      points[(7u + j) * stride + i] = sum.y[j];
    }
  }
`,
    host: scanHost,
  });

/** Columns of the sums. Immediates: number of points, their stride, stride of the sums above, stride, firstCell, height. */
const sums = ({ lanes, field, curve }: Texts): Kernel =>
  kernel({
    name: 'globalSums',
    buffers: { points: 'read', above: 'read', columns: 'write', constants: 'read' },
    declarations: `${field}${curve}${readText('pointAt', 'points', lanes)}${beforeText(lanes)}
fn storePoint(cell: u32, stride: u32, p: Point) {
  for (var j = 0u; j < 7u; j++) {
    columns[cell + j * stride] = fromMontgomery(p.x[j]);
    columns[cell + (7u + j) * stride] = fromMontgomery(p.y[j]);
  }
}
`,
    body: `${before('immediate(3u)')}  let stride = immediate(4u);
  let end = min((thread + 1u) * ${THREAD_ROWS}u, immediate(6u));
  for (var i = thread * ${THREAD_ROWS}u; i < end; i++) {
    let cell = immediate(5u) + i;
    if (i < immediate(1u)) {
      storePoint(cell + 213u * stride, stride, sum);
      sum = padd(sum, pointAt(i, immediate(2u)));
      storePoint(cell + 227u * stride, stride, sum);
    } else {
      for (var j = 213u; j < ${GLOBAL_COLUMNS}u; j++) { columns[cell + j * stride] = constants[${PADDING_AT}u + j]; }
    }
  }
`,
    host: sumsHost,
  });

export interface GlobalKernels {
  readonly lift: Kernel;
  readonly fill: Kernel;
  readonly reduce: Kernel;
  readonly scan: Kernel;
  readonly sums: Kernel;
}

export function globalKernels(lanes: LaneForm, reduction: Reduction = 'multiply'): GlobalKernels {
  const t = texts(lanes, reduction);
  return { lift: lift(t), fill: fill(t), reduce: reduce(t), scan: scan(t), sums: sums(t) };
}

/** Numbers of points at each level: sums of chunks of the level before, until one thread can do them. */
export function globalLevels(rows: number): number[] {
  const levels = [rows];
  while (levels.at(-1)! > THREAD_ROWS) levels.push(Math.ceil(levels.at(-1)! / THREAD_ROWS));
  return levels;
}

export interface GlobalParts {
  readonly kernels: GlobalKernels;
  readonly rows: number;
  readonly height: number;
  readonly stride: number;
  readonly firstCell: number;
  readonly tables: number;
  readonly slots: number;
  readonly events: BufferRange;
  readonly columns: BufferRange;
  readonly counts: BufferRange;
  readonly constants: BufferRange;
  /** For each of `globalLevels`: 14 words a point. */
  readonly points: readonly BufferRange[];
}

/** All 241 columns and the lookups of Global's rows. */
export function globalSteps(parts: GlobalParts): Step[] {
  const { lift, fill, reduce, scan, sums } = parts.kernels;
  const { rows, height, stride, firstCell, tables, slots, events, columns, counts, constants, points } = parts;
  const levels = globalLevels(rows);
  const step = (
    kernel: Kernel,
    threads: number,
    buffers: readonly BufferRange[],
    immediates: readonly number[],
  ): Step => ({
    kind: 'dispatch',
    kernel,
    threads,
    buffers,
    immediates,
  });
  const chunks = (n: number): number => Math.ceil(n / THREAD_ROWS);
  const steps = [
    step(lift, rows, [events, columns, points[0]!, constants], [stride, firstCell, levels[0]!]),
    step(fill, height, [events, columns, counts, constants], [rows, stride, firstCell, tables, slots]),
  ];
  for (let k = 1; k < levels.length; k++) {
    const [below, above] = [levels[k - 1]!, levels[k]!];
    steps.push(step(reduce, above, [points[k - 1]!, points[k]!, constants], [below, below, above]));
  }
  for (let k = levels.length - 1; k > 0; k--) {
    const n = levels[k]!;
    steps.push(step(scan, chunks(n), [points[k]!, points[k + 1] ?? constants, constants], [n, n, levels[k + 1] ?? 0]));
  }
  const last = [rows, levels[0]!, levels[1] ?? 0, stride, firstCell, height];
  steps.push(step(sums, chunks(height), [points[0]!, points[1] ?? constants, columns, constants], last));
  return steps;
}
