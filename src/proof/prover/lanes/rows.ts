// What is computed row by row with an AIR's printed functions: permutation traces and quotients.

import { FRAME, longestMessage } from '../../../../codegen/stark/constraint-module.ts';
import { interactionChunks } from '../../../../codegen/stark/log-up.ts';
import { invariantNodes, messageNodes, reachableNodes } from '../../../../codegen/stark/nodes.ts';
import { invariantPlaces } from '../../../../codegen/stark/row-nodes.ts';
import { assert } from '../../../../runtime/errors.ts';
import { GENERATOR, inverse, mul, power, rootOfUnity, sub } from '../../../../runtime/fields/baby-bear.ts';
import {
  add,
  type Extension,
  mul as multiply,
  ONE,
  scale,
  ZERO,
} from '../../../../runtime/fields/baby-bear-extension.ts';
import { nodeValue } from '../../stark/constraints.ts';
import type { AirKey, VerifyingKey } from '../../stark/key.ts';
import type { Committed, QuotientStatement, Statement } from '../backend.ts';
import type { ProverArena } from './arena.ts';
import { type AirFunction, airCall, kernelCall, type LaneCall } from './calls.ts';
import type { ProverCrew } from './crew.ts';
import { LOG_BLOWUP } from './instances.ts';
import { addTails, type ExtendedMatrix, type LaneMatrix, takeMatrix } from './matrices.ts';
import type { Tables } from './tables.ts';
import type { LaneCommitment } from './trees.ts';

export interface RowContext {
  readonly arena: ProverArena;
  readonly crew: ProverCrew;
  readonly tables: Tables;
  readonly key: VerifyingKey;
}

/** Rows of one call. */
const TILE = 2048;

/** Columns of whichever kind. */
type Part = Pick<LaneMatrix, 'base' | 'stride'>;

/** What a printed function finds at its frame's address. */
interface Frame {
  readonly stride: number;
  readonly out: LaneMatrix;
  readonly invariants: number;
  readonly powers: number;
  readonly preprocessed: Part | undefined;
  readonly permutation?: Part | undefined;
  readonly selectors?: Part;
  readonly inverseVanishing?: number;
  readonly chunk?: number;
  readonly main: readonly Part[];
}

function runRows({ arena, crew, key }: RowContext, air: AirKey, name: AirFunction, frame: Frame, rows: number): void {
  const airId = key.airs.indexOf(air);
  crew.know(airId, air);
  const words = new Array<number>(FRAME.main + frame.main.length).fill(0);
  words[FRAME.stride] = frame.stride;
  words[FRAME.out] = frame.out.base;
  words[FRAME.outStride] = frame.out.stride;
  words[FRAME.invariants] = frame.invariants;
  words[FRAME.powers] = frame.powers;
  words[FRAME.preprocessed] = frame.preprocessed?.base ?? 0;
  words[FRAME.permutation] = frame.permutation?.base ?? 0;
  words[FRAME.selectors] = frame.selectors?.base ?? 0;
  words[FRAME.selectorStride] = frame.selectors?.stride ?? 0;
  words[FRAME.inverseVanishing] = frame.inverseVanishing ?? 0;
  words[FRAME.chunk] = frame.chunk ?? 0;
  for (const [i, part] of frame.main.entries()) words[FRAME.main + i] = part.base;
  const at = arena.placeRaw(words);
  const calls: LaneCall[] = [];
  for (let row = 0; row < rows; row += TILE) calls.push(airCall(airId, name, at, row, Math.min(TILE, rows - row)));
  crew.run(calls);
}

/** The values of nodes that are the same on every row, in the order of their places; 16 bytes each. */
function invariantTable(
  arena: ProverArena,
  air: AirKey,
  wanted: ReadonlySet<number>,
  { challenges, publicValues, exposed }: Pick<QuotientStatement<unknown>, 'challenges' | 'publicValues' | 'exposed'>,
): number {
  const isInvariant = invariantNodes(air.nodes);
  const values: Extension[] = [];
  const none = { preprocessed: undefined, main: [], permutation: undefined };
  const selectors = { first: ZERO, last: ZERO, trans: ZERO };
  const needed = reachableNodes(air.nodes, invariantPlaces(air.nodes, wanted));
  for (const [i, node] of air.nodes.entries())
    values.push(
      isInvariant[i] && needed.has(i)
        ? nodeValue(node, values, { ...none, challenges, publicValues, exposed }, selectors)
        : ZERO,
    );
  return arena.place(invariantPlaces(air.nodes, wanted).flatMap(i => values[i]!));
}

/** 1, x, x², … */
function powersOf(x: Extension, count: number): Extension[] {
  const powers = [ONE];
  while (powers.length < count) powers.push(multiply(powers.at(-1)!, x));
  return powers.slice(0, count);
}

export function permutationTrace(
  context: RowContext,
  { key, logHeight, preprocessed, main, challenges }: Statement<LaneMatrix>,
): { readonly matrix: LaneMatrix; readonly sum: Extension } {
  const { arena, crew } = context;
  const [alpha, beta] = challenges as [Extension, Extension];
  const rows = 2 ** logHeight;
  const chunks = interactionChunks(key).length;
  const out = takeMatrix(arena, logHeight, 4 * (chunks + 1));
  const mark = arena.mark;
  const powers = powersOf(beta, longestMessage(key) + 1);
  const constants = key.interactions.map(({ bus, message }) => add(alpha, scale(powers[message.length]!, bus + 1)));
  const frame = {
    stride: main[0]!.stride,
    out,
    invariants: invariantTable(arena, key, messageNodes(key), { challenges, publicValues: [], exposed: [] }),
    powers: arena.place([...powers.slice(0, -1), ...constants].flat()),
    preprocessed,
    main,
  };
  assert(powers.length - 1 === longestMessage(key), 'prover: constants of messages are behind the powers');
  runRows(context, key, 'permutation', frame, rows);
  const last = out.base + 4 * chunks * out.stride;
  crew.run([0, 1, 2, 3].map(e => kernelCall('runningSum', last + e * out.stride, rows)));
  addTails(arena, out);
  arena.release(mark);
  return { matrix: out, sum: arena.extension(last + 4 * (rows - 1), out.stride) };
}

export function quotientChunks(
  context: RowContext,
  statement: QuotientStatement<Committed<LaneCommitment<ExtendedMatrix>>>,
): LaneMatrix[] {
  const { arena } = context;
  const { key, logHeight, preprocessed, main, permutation, alpha } = statement;
  const { quotientDegree } = key;
  assert(quotientDegree <= 2 ** LOG_BLOWUP, `prover: ${quotientDegree} chunks are more than traces are extended to`);
  const step = rootOfUnity(logHeight + Math.log2(quotientDegree));
  const chunks = Array.from({ length: quotientDegree }, (_, c) =>
    takeMatrix(arena, logHeight, 4, mul(GENERATOR, power(step, c))),
  );
  // Tables are kept: made before what is given back.
  context.tables.domain(logHeight + Math.log2(quotientDegree));
  const mark = arena.mark;
  const part = ({ commitment, index }: Committed<LaneCommitment<ExtendedMatrix>>): ExtendedMatrix =>
    commitment.matrices[index]!;
  const wanted = reachableNodes(key.nodes, key.constraints);
  const usesSelectors = [...wanted].some(i => ['first', 'last', 'trans'].includes(key.nodes[i]![0]));
  const frame = {
    stride: part(main[0]!).stride,
    out: chunks[0]!,
    chunk: quotientDegree > 1 ? chunks[1]!.base - chunks[0]!.base : 0,
    invariants: invariantTable(arena, key, wanted, statement),
    powers: arena.place(powersOf(alpha, key.constraints.length).reverse().flat()),
    preprocessed: preprocessed && part(preprocessed),
    permutation: permutation && part(permutation),
    main: main.map(part),
    ...vanishingOf(context, logHeight, quotientDegree, usesSelectors),
  };
  runRows(context, key, 'quotient', frame, 2 ** logHeight * quotientDegree);
  for (const chunk of chunks) addTails(arena, chunk);
  arena.release(mark);
  return chunks;
}

/** At the points x = 31 g^j of a quotient's domain: 1 / (x^n - 1), which has as many values as there are chunks, and selectors. */
function vanishingOf(
  { arena, crew, tables }: RowContext,
  logHeight: number,
  chunks: number,
  usesSelectors: boolean,
): Pick<Frame, 'inverseVanishing' | 'selectors'> {
  const logSize = logHeight + Math.log2(chunks);
  const height = 2 ** logHeight;
  const z = [0, 1, 2, 3].map(j => sub(power(mul(GENERATOR, power(rootOfUnity(logSize), j)), height), 1));
  const inverseVanishing = arena.place(z.map(inverse));
  if (!usesSelectors) return { inverseVanishing };
  const points = tables.domain(logSize);
  const selectors = takeMatrix(arena, logSize, 3);
  const constants = arena.place([GENERATOR, inverse(rootOfUnity(logHeight)), ...z]);
  const rows = 2 ** logSize;
  const calls: LaneCall[] = [];
  for (let row = 0; row < rows; row += TILE)
    calls.push(
      kernelCall(
        'selectors',
        points + 4 * row,
        selectors.base + 4 * row,
        selectors.stride,
        Math.min(TILE, rows - row),
        constants,
      ),
    );
  crew.run(calls);
  return { inverseVanishing, selectors };
}
