// What OpenVM's instruction rows are told: the fields of their records with the bits that they need. Pointers to registers
// are below 128; one that may be none has 32 bits. Layouts: runtime/openvm/records.ts.

import { FIELD_BITS } from './air.ts';

type Bits<Name extends string> = Readonly<Record<Name, number>>;
type Bytes<Name extends string, Size extends number = number> = Readonly<
  Record<Name, readonly [bits: Size, count: number]>
>;

type From = 'from_pc' | 'from_timestamp';
const FROM: Bits<From> = { from_pc: FIELD_BITS.pc, from_timestamp: FIELD_BITS.timestamp };
type RdWrite = 'rd_prev_timestamp' | 'rd_prev_data';
const RD_WRITE: Bits<RdWrite> = { rd_prev_timestamp: FIELD_BITS.timestamp, rd_prev_data: 32 };
type TwoReads = 'rs1_prev_timestamp' | 'rs2_prev_timestamp';
const TWO_READS: Bits<TwoReads> = {
  rs1_prev_timestamp: FIELD_BITS.timestamp,
  rs2_prev_timestamp: FIELD_BITS.timestamp,
};
const OPTIONAL_POINTER = 32;

type Operation = From | RdWrite | TwoReads | 'rd_ptr' | 'rs1_ptr' | 'b' | 'c';
const OPERATION: Bits<Operation> = {
  ...{ ...FROM, rd_ptr: FIELD_BITS.register, rs1_ptr: FIELD_BITS.register },
  ...{ ...TWO_READS, ...RD_WRITE, b: 32, c: 32 },
};

/** Two registers, or one and an immediate: `rs2_as` is 0 then. */
export const ALU: Bits<Operation | 'rs2' | 'rs2_as' | 'local_opcode'> = {
  ...{ ...OPERATION, rs2: 24, rs2_as: 1, local_opcode: 8 },
};
export const PRODUCT: Bits<Operation | 'rs2_ptr'> = { ...OPERATION, rs2_ptr: FIELD_BITS.register };
export const PRODUCTS: Bits<Operation | 'rs2_ptr' | 'local_opcode'> = { ...PRODUCT, local_opcode: 8 };

export const BRANCH: Bits<From | TwoReads | 'rs1_ptr' | 'rs2_ptr' | 'a' | 'b' | 'imm' | 'local_opcode'> = {
  ...{ ...FROM, rs1_ptr: FIELD_BITS.register, rs2_ptr: FIELD_BITS.register, ...TWO_READS },
  ...{ a: 32, b: 32, imm: FIELD_BITS.element, local_opcode: 8 },
};

type Transfer =
  | From
  | 'rs1_ptr'
  | 'rs1_val'
  | 'rs1_prev_timestamp'
  | 'rd_rs2_ptr'
  | 'read_prev_timestamp'
  | 'imm'
  | 'imm_sign'
  | 'mem_as'
  | 'write_prev_timestamp'
  | 'shift_amount';
export const LOAD_STORE: Bits<Transfer> = {
  ...{ ...FROM, rs1_ptr: FIELD_BITS.register, rs1_val: 32, rs1_prev_timestamp: FIELD_BITS.timestamp },
  ...{ rd_rs2_ptr: OPTIONAL_POINTER, read_prev_timestamp: FIELD_BITS.timestamp, imm: 16, imm_sign: 1, mem_as: 8 },
  ...{ write_prev_timestamp: FIELD_BITS.timestamp, shift_amount: 8 },
};
/** Cells of what was there may be any of the field. */
export const LOAD_OR_STORE: Bits<Transfer | 'local_opcode'> & Bytes<'read_data' | 'prev_data'> = {
  ...{ ...LOAD_STORE, local_opcode: 8, read_data: [8, 4], prev_data: [FIELD_BITS.element, 4] },
};
export const SIGNED_LOAD: Bits<Transfer | 'is_byte'> & Bytes<'read_data' | 'prev_data'> = {
  ...{ ...LOAD_STORE, is_byte: 1, read_data: [8, 4], prev_data: [8, 4] },
};

const RD: Bits<From | RdWrite | 'rd_ptr'> = { ...FROM, rd_ptr: OPTIONAL_POINTER, ...RD_WRITE };
export const JAL_LUI: Bits<keyof typeof RD | 'imm' | 'rd_data' | 'is_jal'> = {
  ...{ ...RD, imm: FIELD_BITS.element, rd_data: 32, is_jal: 1 },
};
export const AUIPC: Bits<keyof typeof RD | 'imm'> = { ...RD, rd_ptr: FIELD_BITS.register, imm: 24 };
export const JALR: Bits<keyof typeof RD | 'rs1_ptr' | 'rs1_prev_timestamp' | 'imm' | 'rs1_val' | 'imm_sign'> = {
  ...{
    ...RD,
    rs1_ptr: FIELD_BITS.register,
    rs1_prev_timestamp: FIELD_BITS.timestamp,
    imm: 16,
    rs1_val: 32,
    imm_sign: 1,
  },
};

export const PHANTOM: Bits<'pc' | 'timestamp'> & Bytes<'operands'> = {
  ...{ pc: FIELD_BITS.pc, operands: [FIELD_BITS.element, 3], timestamp: FIELD_BITS.timestamp },
};

/** A word of a hint; `rem_words` counts down to 1; what the first word alone has is 0 in the others. */
export const HINT: Bits<
  | ('is_buffer' | 'is_start' | 'rem_words' | From | 'mem_ptr_ptr' | 'mem_ptr' | 'mem_ptr_prev_timestamp')
  | ('num_words_ptr' | 'num_words_prev_timestamp' | 'write_prev_timestamp' | 'prev_data' | 'data')
> = {
  ...{ is_buffer: 1, is_start: 1, rem_words: 32, ...FROM },
  ...{ mem_ptr_ptr: FIELD_BITS.register, mem_ptr: 32, mem_ptr_prev_timestamp: FIELD_BITS.timestamp },
  ...{ num_words_ptr: FIELD_BITS.register, num_words_prev_timestamp: FIELD_BITS.timestamp },
  ...{ write_prev_timestamp: FIELD_BITS.timestamp, prev_data: 32, data: 32 },
};
