// Keccak-f[1600] (FIPS 202) as a WebAssembly module: its 25 lanes are i64 locals, lane x + 5 y at byte 8 (x + 5 y).

import { type CodeWriter, codeWriter } from '../wasm/binary/code.ts';
import { access, op, valueType } from '../wasm/binary/instructions.ts';
import { moduleWriter } from '../wasm/binary/module.ts';

export const KECCAK_LANES = 25;
const ROUNDS = 24;

/** Where the module expects the round constants in its memory, behind the lanes; 8 bytes each. */
export const KECCAK_CONSTANTS = 256;

const lane = (x: number, y: number): number => (x % 5) + 5 * (y % 5);

/** Exports `memory`, of one page, and `permute`. */
export function keccakModule(): Uint8Array<ArrayBuffer> {
  const module = moduleWriter();
  module.export('memory', 'memory', module.memory({ min: 1, max: 1 }));
  const index = module.declareFunction(module.type([], []), 'permute');
  module.defineFunction(index, permute());
  module.export('permute', 'function', index);
  return module.finish();
}

function permute(): CodeWriter {
  const code = codeWriter(0);
  const locals = (count: number): number[] => Array.from({ length: count }, () => code.addLocal(valueType.i64));
  const state = locals(KECCAK_LANES);
  const row = locals(5);
  const carried = locals(1)[0]!;
  const constant = code.addLocal(valueType.i32);
  state.forEach((local, i) => {
    code.i32Const(8 * i);
    code.access(access.i64Load);
    code.localSet(local);
  });
  const round = code.loop();
  theta(code, state, row, carried);
  rhoPi(code, state, row[0]!, carried);
  for (let y = 0; y < 5; y++) chi(code, state.slice(5 * y, 5 * y + 5), row);
  code.localGet(state[0]!);
  code.localGet(constant);
  code.access(access.i64Load, KECCAK_CONSTANTS);
  code.op(op.i64Xor);
  code.localSet(state[0]!);
  code.localGet(constant);
  code.i32Const(8);
  code.op(op.i32Add);
  code.localTee(constant);
  code.i32Const(8 * ROUNDS);
  code.op(op.i32LtU);
  code.brIf(round);
  code.end();
  state.forEach((local, i) => {
    code.i32Const(8 * i);
    code.localGet(local);
    code.access(access.i64Store);
  });
  return code;
}

/** Adds to each lane the parities of the columns to its left and, rotated, to its right. */
function theta(code: CodeWriter, state: readonly number[], parity: readonly number[], sum: number): void {
  for (let x = 0; x < 5; x++) {
    code.localGet(state[x]!);
    for (let y = 1; y < 5; y++) {
      code.localGet(state[lane(x, y)]!);
      code.op(op.i64Xor);
    }
    code.localSet(parity[x]!);
  }
  for (let x = 0; x < 5; x++) {
    code.localGet(parity[(x + 4) % 5]!);
    rotated(code, parity[(x + 1) % 5]!, 1);
    code.op(op.i64Xor);
    code.localSet(sum);
    for (let y = 0; y < 5; y++) {
      code.localGet(state[lane(x, y)]!);
      code.localGet(sum);
      code.op(op.i64Xor);
      code.localSet(state[lane(x, y)]!);
    }
  }
}

/** Rotates each lane and moves it to (y, 2 x + 3 y), along the one cycle that this is. */
function rhoPi(code: CodeWriter, state: readonly number[], next: number, carried: number): void {
  let [x, y] = [1, 0];
  code.localGet(state[lane(x, y)]!);
  code.localSet(carried);
  for (let t = 0; t < KECCAK_LANES - 1; t++) {
    [x, y] = [y, (2 * x + 3 * y) % 5];
    const to = state[lane(x, y)]!;
    code.localGet(to);
    code.localSet(next);
    rotated(code, carried, (((t + 1) * (t + 2)) / 2) % 64);
    code.localSet(to);
    code.localGet(next);
    code.localSet(carried);
  }
}

/** Adds to each lane of a row the product of the next two, the first of them inverted. */
function chi(code: CodeWriter, lanes: readonly number[], row: readonly number[]): void {
  lanes.forEach((local, x) => {
    code.localGet(local);
    code.localSet(row[x]!);
  });
  lanes.forEach((local, x) => {
    code.localGet(row[x]!);
    code.localGet(row[(x + 1) % 5]!);
    code.i64Const(-1);
    code.op(op.i64Xor);
    code.localGet(row[(x + 2) % 5]!);
    code.op(op.i64And);
    code.op(op.i64Xor);
    code.localSet(local);
  });
}

function rotated(code: CodeWriter, local: number, bits: number): void {
  code.localGet(local);
  code.i64Const(bits);
  code.op(op.i64Rotl);
}
