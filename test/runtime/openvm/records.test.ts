// Records are structs as the Rust compiler lays them out.

import { describe, expect, it } from 'vitest';
import { FLAG, list, offsetOf, readRecord, struct, U8, U16, U32, WORD } from '../../../runtime/openvm/record-layout.ts';
import { HINT_WORD, RECORDS } from '../../../runtime/openvm/records.ts';

describe('records', () => {
  // Sizes by the rules of repr(C) on the structs of openvm v1.4.0, adapter and core together, aligned to 4.
  it.each([
    ['BaseAlu', 40 + 12],
    ['LessThan', 40 + 12],
    ['Shift', 40 + 12],
    ['LoadStore', 36 + 24],
    ['LoadSignExtend', 36 + 12],
    ['BranchEqual', 24 + 16],
    ['BranchLessThan', 24 + 16],
    ['JalLui', 20 + 12],
    ['Jalr', 28 + 16],
    ['Auipc', 20 + 8],
    ['Mul', 36 + 8],
    ['MulH', 36 + 12],
    ['DivRem', 36 + 12],
    ['HintStore', 32],
    ['Phantom', 20],
  ] as const)('of %s have %i bytes', (air, bytes) => {
    expect(RECORDS[air].bytes).toBe(bytes);
    expect(RECORDS[air].bytes % 4).toBe(0);
  });

  it('have no gaps but for alignment', () => {
    expect(HINT_WORD.bytes).toBe(12);
    const { LoadStore, Jalr, LoadSignExtend } = RECORDS;
    expect(['imm', 'imm_sign', 'mem_as', 'write_prev_timestamp'].map(name => offsetOf(LoadStore, name))).toEqual([
      28, 30, 31, 32,
    ]);
    expect(['local_opcode', 'shift_amount', 'read_data', 'prev_data'].map(name => offsetOf(LoadStore, name))).toEqual([
      36, 37, 38, 44,
    ]);
    expect(['read_data', 'prev_data'].map(name => offsetOf(LoadSignExtend, name))).toEqual([38, 42]);
    expect(['imm', 'core_from_pc', 'rs1_val', 'imm_sign'].map(name => offsetOf(Jalr, name))).toEqual([28, 32, 36, 40]);
  });

  it('are read by their layout', () => {
    const layout = struct({ a: U8, b: U16, c: list(U8, 3), d: WORD, e: FLAG, f: U32 }, struct({ first: U32 }));
    const bytes = Uint8Array.from({ length: layout.bytes }, (_, i) => i);
    expect(layout.bytes).toBe(20);
    expect(readRecord(layout, new DataView(bytes.buffer), 0)).toEqual({
      first: 0x0302_0100,
      a: 4,
      b: 0x0706,
      c: [8, 9, 10],
      d: 0x0e0d_0c0b,
      e: 1,
      f: 0x1312_1110,
    });
  });
});
