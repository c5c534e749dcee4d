// An AIR's arithmetic as a WebAssembly module: its permutation trace, and its constraints, folded, over what vanishes on the
// trace's domain.

import type { CodeWriter } from '../wasm/binary/code.ts';
import { codeWriter } from '../wasm/binary/code.ts';
import { access, op, valueType } from '../wasm/binary/instructions.ts';
import { type ModuleWriter, moduleWriter } from '../wasm/binary/module.ts';
import { type Value, type Values, values } from '../wasm/binary/values.ts';
import { type ExtensionLanes, type ExtensionLocals, extensionLanes } from './extension-lanes.ts';
import { type Lanes, lanes } from './lanes.ts';
import { interactionChunks } from './log-up.ts';
import { advance, repeat } from './loops.ts';
import { type AirNodes, messageNodes, reachableNodes } from './nodes.ts';
import { columnAt, inverseFunction, inverseType, invertedBy, storeColumn } from './points.ts';
import { emitNodes, type NodeWords, nodeWord, type RowSource } from './row-nodes.ts';
import { importAnyMemory } from './shared-memory.ts';

/** Words at the address that both functions are given; addresses, and bytes from one column to the next. */
export const FRAME = {
  /** Of the AIR's columns: traces for permutations, extended ones for quotients. */
  stride: 0,
  out: 1,
  outStride: 2,
  /** Values of nodes that are the same on every row, 16 bytes each. */
  invariants: 3,
  /** Of a quotient, α's powers from the highest; of a permutation, powers of β and then each message's constant term; 16 bytes each. */
  powers: 4,
  preprocessed: 5,
  permutation: 6,
  selectors: 7,
  selectorStride: 8,
  /** Four words of 1/Z, by row modulo four. */
  inverseVanishing: 9,
  /** From the first chunk of a quotient to the second. */
  chunk: 10,
  /** As many as there are main parts. */
  main: 11,
} as const;

/** An AIR with the factor by which its columns are extended for quotients, and what of a row is where. */
export interface ConstraintOptions {
  readonly mains: number;
  readonly quotientDegree: number;
  readonly blowup: number;
}

/** Exports `quotient` and, where there are messages, `permutation`: (frame, first row, rows), rows a multiple of four. */
export function constraintModule(air: AirNodes, options: ConstraintOptions): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  importAnyMemory(module);
  const invert = module.declareFunction(module.type(inverseType.parameters, inverseType.results), 'inverse');
  module.defineFunction(invert, inverseFunction());
  define(module, 'quotient', quotientFunction(air, options));
  if (air.interactions.length > 0) define(module, 'permutation', permutationFunction(air, options, invert));
  return module.finish();
}

function define(module: ModuleWriter, name: string, body: CodeWriter): void {
  const type = module.type([valueType.i32, valueType.i32, valueType.i32], []);
  const index = module.declareFunction(type, name);
  module.defineFunction(index, body);
  module.export(name, 'function', index);
}

/** Locals of a frame, and rows as a source of columns. */
interface RowFrame {
  readonly source: RowSource;
  readonly word: (name: keyof typeof FRAME) => number;
  /** To the next four rows. */
  next(): void;
}

/** `step`: rows of columns for one that is computed; `nextRow`: how many of them to the next row. */
function rowFrame(v: Lanes, i32: Values, { mains }: ConstraintOptions, step: number, nextRow: number): RowFrame {
  const { code } = v;
  const [frame, row] = [0, 1];
  const word = (name: keyof typeof FRAME): number => loaded(FRAME[name]);
  const loaded = (at: number): number => {
    const local = i32.local();
    i32.set(local, i32.load(frame, 4 * at));
    return local;
  };
  const part = (at: number, rows: number): number => {
    const local = loaded(at);
    i32.set(local, i32.add(i32.get(local), i32.mul(i32.get(row), i32.constant(4 * rows))));
    return local;
  };
  const stride = word('stride');
  const [invariants, selectorStride] = [word('invariants'), word('selectorStride')];
  const [preprocessed, permutation] = [part(FRAME.preprocessed, step), part(FRAME.permutation, step)];
  const main = Array.from({ length: mains }, (_, i) => part(FRAME.main + i, step));
  const selectors = part(FRAME.selectors, 1);
  const column = (base: number, offset: number, index: number): Value => {
    const load =
      (bytes: number): Value =>
      () => {
        columnAt(v, base, stride, index)();
        code.access(access.v128Load, 4 * nextRow * offset + bytes, 2);
      };
    return step === 1 ? load(0) : v.shuffle(load(0), load(16), [0, 2, 4, 6]);
  };
  return {
    word,
    source: {
      main: (index, offset, at) => column(main[index]!, offset, at),
      preprocessed: (offset, at) => column(preprocessed, offset, at),
      permutation: (offset, at, e) => column(permutation, offset, 4 * at + e),
      selector: kind => () => {
        columnAt(v, selectors, selectorStride, { first: 0, last: 1, trans: 2 }[kind])();
        code.access(access.v128Load, 0, 2);
      },
      invariant: (place, e) => v.loadSplat(invariants, 16 * place + 4 * e),
    },
    next: () => {
      for (const base of [preprocessed, permutation, ...main]) advance(code, base, 16 * step);
      advance(code, selectors, 16);
    },
  };
}

function quotientFunction(air: AirNodes, options: ConstraintOptions): CodeWriter {
  const { quotientDegree, blowup } = options;
  const code = codeWriter(3);
  const v = lanes(code);
  const e = extensionLanes(v);
  const i32 = values(code, 32);
  const step = blowup / quotientDegree;
  const frame = rowFrame(v, i32, options, step, blowup);
  const [powers, out, outStride] = [frame.word('powers'), frame.word('out'), frame.word('outStride')];
  const [inverseVanishing, chunk] = [frame.word('inverseVanishing'), frame.word('chunk')];
  i32.set(out, i32.add(i32.get(out), i32.mul(i32.get(1), i32.constant(4 / quotientDegree))));
  const sum = e.locals();
  repeat(code, 2, 4, () => {
    const wanted = reachableNodes(air.nodes, air.constraints);
    const known = emitNodes(v, e, air.nodes, wanted, frame.source);
    fold(
      v,
      e,
      air.constraints.map(node => known.get(node)!),
      powers,
      sum,
    );
    e.scale(sum, sum, v.load(inverseVanishing));
    for (const [i, word] of sum.entries()) {
      if (quotientDegree === 1) storeColumn(v, out, outStride, i, v.get(word));
      else storeHalves(v, i32, out, outStride, chunk, i, word);
    }
    frame.next();
    advance(code, out, 16 / quotientDegree);
  });
  return code;
}

/** Rows 0 and 2 to the first chunk, 1 and 3 to the second. */
function storeHalves(
  v: Lanes,
  i32: Values,
  out: number,
  stride: number,
  chunk: number,
  column: number,
  word: number,
): void {
  v.set(word, v.shuffle(v.get(word), v.get(word), [0, 2, 1, 3]));
  for (const half of [0, 1]) {
    columnAt(v, out, stride, column)();
    if (half === 1) {
      i32.get(chunk)();
      v.code.op(op.i32Add);
    }
    v.code.localGet(word);
    v.code.vectorStoreHalf(half);
  }
}

/** Σ constraint · power, in `sum`. */
function fold(
  v: Lanes,
  e: ExtensionLanes,
  constraints: readonly NodeWords[],
  powers: number,
  sum: ExtensionLocals,
): void {
  const power = (i: number, word: number): Value => v.loadSplat(powers, 16 * i + 4 * word);
  e.set(sum, () => v.constant(0));
  const product = e.locals();
  const base = [...constraints.keys()].filter(i => 'word' in constraints[i]!);
  for (let i = 0; i < base.length; i += 4) {
    const four = base.slice(i, i + 4);
    for (const [word, local] of sum.entries()) {
      const pairs = four.map(k => [nodeWord(constraints[k]!), power(k, word)] as const);
      v.set(local, v.add(v.get(local), v.dot(...pairs)));
    }
  }
  for (const [i, constraint] of constraints.entries()) {
    if ('word' in constraint) continue;
    e.mul(
      product,
      constraint.words,
      [0, 1, 2, 3].map(word => power(i, word)),
    );
    e.add(sum, sum, product);
  }
}

function permutationFunction(air: AirNodes, options: ConstraintOptions, invert: number): CodeWriter {
  const code = codeWriter(3);
  const v = lanes(code);
  const e = extensionLanes(v);
  const i32 = values(code, 32);
  const frame = rowFrame(v, i32, options, 1, 1);
  const [powers, out, outStride] = [frame.word('powers'), frame.word('out'), frame.word('outStride')];
  i32.set(out, i32.add(i32.get(out), i32.shl(i32.get(1), i32.constant(2))));
  const [total, numerator, denominator, term, scaled] = Array.from({ length: 5 }, e.locals) as [
    ExtensionLocals,
    ExtensionLocals,
    ExtensionLocals,
    ExtensionLocals,
    ExtensionLocals,
  ];
  const chunks = interactionChunks(air);
  repeat(code, 2, 4, () => {
    const known = emitNodes(v, e, air.nodes, messageNodes(air), frame.source);
    e.set(total, () => v.constant(0));
    for (const [c, chunk] of chunks.entries()) {
      for (const [k, i] of chunk.entries()) {
        const { message, count } = air.interactions[i]!;
        const constants = longestMessage(air) + i;
        messageSum(
          v,
          term,
          message.map(node => nodeWord(known.get(node)!)),
          powers,
          constants,
        );
        if (k === 0) {
          e.set(numerator, word => (word === 0 ? nodeWord(known.get(count)!) : v.constant(0)));
          e.set(denominator, word => v.get(term[word]!));
        } else {
          // n/d + count/t = (n t + count d) / (d t)
          e.mul(numerator, numerator, term);
          e.scale(scaled, denominator, nodeWord(known.get(count)!));
          e.add(numerator, numerator, scaled);
          e.mul(denominator, denominator, term);
        }
      }
      e.inverse(denominator, denominator, invertedBy(code, invert));
      e.mul(numerator, numerator, denominator);
      for (const [word, local] of numerator.entries()) storeColumn(v, out, outStride, 4 * c + word, v.get(local));
      e.add(total, total, numerator);
    }
    // What a row adds; the host makes running sums of them.
    for (const [word, local] of total.entries()) storeColumn(v, out, outStride, 4 * chunks.length + word, v.get(local));
    frame.next();
    advance(code, out, 16);
  });
  return code;
}

/** Powers of β that an AIR's messages need: from 0 on. */
export const longestMessage = ({ interactions }: AirNodes): number =>
  interactions.reduce((most, { message }) => Math.max(most, message.length), 0);

/** The constant term plus Σ β^j m_j. */
function messageSum(v: Lanes, to: ExtensionLocals, message: readonly Value[], powers: number, constants: number): void {
  for (const [word, local] of to.entries()) {
    v.set(local, v.loadSplat(powers, 16 * constants + 4 * word));
    for (let j = 0; j < message.length; j += 4) {
      const pairs = message
        .slice(j, j + 4)
        .map((value, k) => [value, v.loadSplat(powers, 16 * (j + k) + 4 * word)] as const);
      v.set(local, v.add(v.get(local), v.dot(...pairs)));
    }
  }
}
