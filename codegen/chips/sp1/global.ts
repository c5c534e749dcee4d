// What shards tell each other: a message is a point of a curve, and all points add up. y, the offset and the running sums
// are the event's; the hash is computed here.
// Reference: sp1:crates/core/machine/src/global, sp1:crates/core/machine/src/operations/global_{interaction,accumulation}.rs

import { DUMMY_POINT, START_POINT } from '../../../runtime/curves/global-points.ts';
import { addPoints } from '../../../runtime/curves/septic.ts';
import { koalaBear } from '../../../runtime/fields/koala-bear.ts';
import type { Air, Bus, Term } from '../air.ts';
import type { Chip } from '../chip.ts';
import { type Cell, compose, type Poly, type PolyLike, poly } from '../poly.ts';
import { type Word, word } from '../word.ts';
import { LIMB, sp1 } from './air.ts';
import { globalBus } from './buses.ts';
import { lessThanByte, range, u8 } from './bytes.ts';
import { permutation } from './gadgets/poseidon2.ts';
import { padAs } from './precompiles/blocks.ts';

const DEGREE = 7;

/** Points are x, then y. */
const GLOBAL = {
  ...{ kind: 6, is_receive: 1, offset: 8, index: 24 },
  ...({ message: [31, 8], y: [31, 7], sum_before: [31, 14], sum_after: [31, 14] } as const),
};

export const accumulationBus: Bus<readonly [index: PolyLike, x: readonly Term[], y: readonly Term[]]> = {
  name: 'GlobalAccumulation',
  arity: 15,
};

type Point = readonly [x: readonly Cell[], y: readonly Cell[]];

export const globalChip: Chip = sp1('Global', GLOBAL, (air, e) => {
  const message = air.cells(e.message);
  const kind = air.cell(e.kind);
  const [limb16, limb8] = [air.cell(e.message[0]!.limb(0)), air.cell(e.message[0]!.byte(2))];
  const is_receive = air.flag(e.is_receive);
  const is_send = air.flag(e.is_receive.xor(1));
  const is_real = air.flag(1);
  air.equal(is_real, is_receive.add(is_send), 'received or sent');
  const real = air.when(is_real);
  real.equal(message[0]!, compose([limb16, limb8], 16), 'the first element is below 2^24');
  const offset = air.cell(e.offset);
  const input = [
    e.message[0]!.add(e.kind.shl(24)),
    ...e.message.slice(1, 7),
    e.message[7]!.add(e.offset.shl(16)),
    ...new Array<Word>(8).fill(word(0)),
  ];
  const perm = permutation(air, input);
  const hashed = [message[0]!.add(kind.mul(2 ** 24)), ...message.slice(1, 7), message[7]!.add(offset.mul(LIMB))];
  for (const [i, cell] of perm.ext[0]!.entries()) real.equal(cell, hashed[i] ?? 0, 'what is hashed');
  const x = air.cells(perm.output_state.slice(0, DEGREE).map(cell => cell.word));
  for (const [i, cell] of x.entries()) real.equal(cell, perm.output_state[i]!, 'x is a hash');
  const y = air.cells(e.y);
  const y6_byte_decomp = signOfY(real, y[6]!, is_receive, is_send);
  for (const [limb, bits] of [
    [limb16, 16],
    [message[7]!, 16],
    [kind, 6],
  ] as const)
    range(real, limb, bits);
  for (const [a, b] of [
    [limb8, 0],
    [0, offset],
  ] as const)
    u8(real, a, b);
  real.receive(globalBus, [message, is_send, is_receive, kind]);
  const index = air.cell(e.index);
  const pointOf = (words: typeof e.sum_before): Point => [
    air.cells(words.slice(0, DEGREE)),
    air.cells(words.slice(DEGREE)),
  ];
  const [initial_digest, cumulative_sum] = [pointOf(e.sum_before), pointOf(e.sum_after)];
  air.later(() => {
    onCurve(air, x, y);
    addsUp(air, initial_digest, [x, y], cumulative_sum);
  });
  real.receive(accumulationBus, [index, ...initial_digest]);
  real.send(accumulationBus, [index.add(1), ...cumulative_sum]);
  padAs(air, () => ({ kind: 0n, offset: 0n, message: new Array<bigint>(8).fill(0n) }), perm);
  air.padLater(() => pad(air, [x, y], initial_digest, cumulative_sum));
  return {
    ...{ message, kind, message_0_16bit_limb: limb16, message_0_8bit_limb: limb8 },
    ...{ 'interaction.x_coordinate': x, 'interaction.y_coordinate': y, perm },
    ...{ 'interaction.offset': offset, 'interaction.y6_byte_decomp': y6_byte_decomp },
    ...{ is_real, is_receive, is_send, index, accumulation: { initial_digest, cumulative_sum } },
  };
});

/** y6 is 1 to 63 · 2^24 where received, the negative of such a number where sent. */
function signOfY(air: Air, y6: Cell, is_receive: Cell, is_send: Cell): readonly Cell[] {
  const distance = is_receive.word.choose(y6.word.sub(1), word(koalaBear.modulus - 1).sub(y6.word));
  const bytes = [0, 1, 2, 3].map(i => air.cell(distance.byte(i)));
  const sum = compose(bytes, 8);
  air.only(is_receive).equal(y6, sum.add(1), 'the sign of what is received');
  air.only(is_send).equal(y6.add(1).add(sum), 0, 'the sign of what is sent');
  for (const byte of bytes.slice(0, 3)) u8(air, 0, byte);
  lessThanByte(air, bytes[3]!, 63);
  return bytes;
}

/** Product in F_p[z] / (z^7 − 3z − 5). */
function product(a: readonly Poly[], b: readonly Poly[]): Poly[] {
  const wide: Poly[] = new Array(2 * DEGREE - 1).fill(poly(0));
  for (const [i, x] of a.entries()) for (const [j, y] of b.entries()) wide[i + j] = wide[i + j]!.add(x.mul(y));
  for (let i = wide.length - 1; i >= DEGREE; i--) {
    wide[i - 7] = wide[i - 7]!.add(wide[i]!.mul(5));
    wide[i - 6] = wide[i - 6]!.add(wide[i]!.mul(3));
  }
  return wide.slice(0, DEGREE);
}

const minus = (a: readonly Poly[], b: readonly Poly[]): Poly[] => a.map((x, i) => x.sub(b[i]!));
const plus = (a: readonly Poly[], b: readonly Poly[]): Poly[] => a.map((x, i) => x.add(b[i]!));

function equalAll(air: Air, a: readonly Poly[], b: readonly Poly[], reason: string): void {
  for (const [i, x] of a.entries()) air.equal(x, b[i]!, reason);
}

/** y² = x³ + 45x + 41z³. */
function onCurve(air: Air, x: readonly Poly[], y: readonly Poly[]): void {
  const right = product(product(x, x), x).map((c, i) => c.add(x[i]!.mul(45), i === 3 ? 41 : 0));
  equalAll(air, product(y, y), right, 'a point of the curve');
}

/** a + b = c, of points whose x differ: by the line through them. */
function addsUp(air: Air, [ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): void {
  const [dx, dy] = [minus(bx, ax), minus(by, ay)];
  const left = product(plus(plus(ax, bx), cx), product(dx, dx));
  equalAll(air, left, product(dy, dy), 'the x of the sum');
  equalAll(air, product(plus(ay, cy), dx), product(dy, minus(ax, cx)), 'the y of the sum');
}

/** The dummy point added to the first one. */
function pad(air: Air, [x, y]: Point, [startX, startY]: Point, [sumX, sumY]: Point): void {
  const set = (cells: readonly Cell[], values: readonly number[]): void => {
    for (const [i, cell] of cells.entries()) air.pad(cell, values[i]!);
  };
  const sum = addPoints(START_POINT, DUMMY_POINT);
  set(x, DUMMY_POINT.x);
  set(y, DUMMY_POINT.y);
  set(startX, START_POINT.x);
  set(startY, START_POINT.y);
  set(sumX, sum.x);
  set(sumY, sum.y);
}
