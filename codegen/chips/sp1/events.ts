// What SP1's instruction rows are told, by format: fields with their bits. Values of registers are those read; `a_prev` is
// op_a before a write, or what a store or a branch reads of it. The stamps `*_ts` are the low 24 bits of a register's
// last access, 0 where that was in an earlier epoch of 2^24.

type Bits<Name extends string> = Readonly<Record<Name, number>>;
type Every = 'clk' | 'pc' | 'a_prev' | 'b' | 'c' | 'a_ts' | 'op_a' | 'opcode';
type Two = Every | 'b_ts' | 'op_b';

const EVERY: Bits<Every> = { clk: 48, pc: 48, a_prev: 64, b: 64, c: 64, a_ts: 24, op_a: 8, opcode: 7 };

/** Immediates `b` and `c`. */
export const J: Bits<Every> = EVERY;

/** A register and an immediate, `c`. */
export const I: Bits<Two> = { ...EVERY, b_ts: 24, op_b: 8 };

/** Two registers. */
export const R: Bits<Two | 'c_ts' | 'op_c'> = { ...I, c_ts: 24, op_c: 8 };

/** A register and a register or an immediate: `imm` says which; `op_c` and `c_ts` are 0 of an immediate. */
export const ALU: Bits<Two | 'c_ts' | 'op_c' | 'imm'> = { ...R, imm: 1 };

/** A load or store: the granule's value before, and when it was last accessed. */
export const MEMORY: Bits<Two | 'mem' | 'mem_ts'> = { ...I, mem: 64, mem_ts: 48 };

export const BRANCH: Bits<Two | 'next_pc'> = { ...I, next_pc: 48 };

/** A division with its results, sign-extended where they are of 32 bits. */
export const DIVISION: Bits<keyof typeof R | 'quotient' | 'remainder'> = { ...R, quotient: 64, remainder: 64 };

/** A system call: `a_prev` is t0 before, `a` after. */
export const SYSCALL: Bits<keyof typeof R | 'a'> = { ...R, a: 64 };
