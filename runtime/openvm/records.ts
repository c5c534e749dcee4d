// What a preflight run records of each instruction, by the name of the AIR whose row it becomes: the adapter's struct, then the
// core's. Reference: openvm:extensions/rv32im/circuit/src/{adapters,*/core.rs,hintstore/mod.rs} and
// crates/vm/src/system/phantom/mod.rs, v1.4.0.

import { FLAG, list, type RecordLayout, struct, U8, U16, U32, WORD } from './record-layout.ts';

/** A pointer that says that there was no access: the destination is x0, or a single hint has no count. */
export const NO_POINTER = 0xffff_ffff;

const FROM = { from_pc: U32, from_timestamp: U32 } as const;
const RD_WRITE = { rd_prev_timestamp: U32, rd_prev_data: WORD } as const;
const TWO_READS = { rs1_prev_timestamp: U32, rs2_prev_timestamp: U32 } as const;

/** `rs2` is a pointer where `rs2_as` is 1, an immediate of 24 bits where it is 0. */
const ALU = struct({ ...FROM, rd_ptr: U32, rs1_ptr: U32, rs2: U32, rs2_as: U8, ...TWO_READS, ...RD_WRITE });
const MULT = struct({ ...FROM, rd_ptr: U32, rs1_ptr: U32, rs2_ptr: U32, ...TWO_READS, ...RD_WRITE });
const BRANCH = struct({ ...FROM, rs1_ptr: U32, rs2_ptr: U32, ...TWO_READS });
/** `read` is of memory for a load, of rs2 for a store; `rd_rs2_ptr` is NO_POINTER for a load to x0. */
const LOAD_STORE = struct({
  ...FROM,
  rs1_ptr: U32,
  rs1_val: U32,
  rs1_prev_timestamp: U32,
  rd_rs2_ptr: U32,
  read_prev_timestamp: U32,
  imm: U16,
  imm_sign: FLAG,
  mem_as: U8,
  write_prev_timestamp: U32,
});
/** `rd_ptr` is NO_POINTER for JAL to x0. */
const RD = struct({ ...FROM, rd_ptr: U32, ...RD_WRITE });
const JALR = struct({ ...FROM, rs1_ptr: U32, rd_ptr: U32, rs1_prev_timestamp: U32, ...RD_WRITE });

const OPERANDS = { b: WORD, c: WORD, local_opcode: U8 } as const;
const COMPARED = { a: WORD, b: WORD, imm: U32, local_opcode: U8 } as const;

/** AIRs whose rows are of instructions. */
export type RecordedAir =
  | 'BaseAlu'
  | 'LessThan'
  | 'Shift'
  | 'LoadStore'
  | 'LoadSignExtend'
  | 'BranchEqual'
  | 'BranchLessThan'
  | 'JalLui'
  | 'Jalr'
  | 'Auipc'
  | 'Mul'
  | 'MulH'
  | 'DivRem'
  | 'HintStore'
  | 'Phantom';

export const RECORDS: Readonly<Record<RecordedAir, RecordLayout>> = {
  BaseAlu: struct(OPERANDS, ALU, 4),
  LessThan: struct(OPERANDS, ALU),
  Shift: struct(OPERANDS, ALU),
  /** `prev_data` has a cell a word: it may be of the native address space. */
  LoadStore: struct(
    { local_opcode: U8, shift_amount: U8, read_data: list(U8, 4), prev_data: list(U32, 4) },
    LOAD_STORE,
  ),
  LoadSignExtend: struct(
    { is_byte: FLAG, shift_amount: U8, read_data: list(U8, 4), prev_data: list(U8, 4) },
    LOAD_STORE,
  ),
  /** `imm` is an element of the field. */
  BranchEqual: struct(COMPARED, BRANCH),
  BranchLessThan: struct(COMPARED, BRANCH),
  JalLui: struct({ imm: U32, rd_data: WORD, is_jal: FLAG }, RD),
  Jalr: struct({ imm: U16, core_from_pc: U32, rs1_val: U32, imm_sign: FLAG }, JALR),
  Auipc: struct({ core_from_pc: U32, imm: U32 }, RD),
  Mul: struct({ b: WORD, c: WORD }, MULT),
  MulH: struct(OPERANDS, MULT),
  DivRem: struct(OPERANDS, MULT),
  /** The head of a hint; `num_words` structs of HINT_WORD follow. */
  HintStore: struct({
    num_words: U32,
    from_pc: U32,
    timestamp: U32,
    mem_ptr_ptr: U32,
    mem_ptr: U32,
    mem_ptr_prev_timestamp: U32,
    num_words_ptr: U32,
    num_words_prev_timestamp: U32,
  }),
  Phantom: struct({ pc: U32, operands: list(U32, 3), timestamp: U32 }),
};

/** A word that a hint stored: a row of HintStore. */
export const HINT_WORD: RecordLayout = struct({ write_prev_timestamp: U32, prev_data: WORD, data: WORD });
