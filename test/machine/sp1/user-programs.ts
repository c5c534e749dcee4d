// Small programs with untrusted code, as ELF files. What upstream makes of those in RECORDED is in
// test/vectors/sp1-user-mode.json.

import { encode } from '../../../codegen/isa/encode.ts';
import { isa, rowOf } from '../../../codegen/isa/index.ts';
import { type BuiltSegment, buildElf, words } from '../../codegen/elf/elf-builder.ts';
import { assemble, type Item, type Label, type Line } from '../../engines/assembler.ts';

export const TEXT = 0x7800_0000;
/** Trap context (handler, failure, pc), then data. */
export const CONTEXT = 0x7800_2000;
export const DATA: number = CONTEXT + 64;
/** Memory of untrusted programs. */
export const HEAP = 0x7800_4000;
export const HEAP_END = 0x2_0000_0000;
/** In that memory, where addresses have more than 32 bits. */
export const FAR = 0x1_0000_1000;
export const PAGE = 4096;

const [RA, T0, S0, S1, A0, , A2, A3, A4, T1] = [1, 5, 8, 9, 10, 11, 12, 13, 14, 6] as const;
const SET = isa('rv64im');

export const CALLS = {
  HALT: 0,
  ENTER_UNCONSTRAINED: 3,
  EXIT_UNCONSTRAINED: 4,
  HINT_LEN: 0xf0,
  SHA_EXTEND: 0x300105,
  SHA_COMPRESS: 0x10106,
  KECCAK_PERMUTE: 0x10109,
  SECP256K1_ADD: 0x1010a,
  UINT256_ADD_CARRY: 0x10130,
  MPROTECT: 0x132,
  POSEIDON2: 0x133,
  SIG_RETURN: 0x134,
} as const;

export const i = (mnemonic: string, operands: Omit<Item, 'mnemonic'> = {}): Item => ({ mnemonic, ...operands });

/** rd = value, from 0 to 2^43 - 1. */
export function li(rd: number, value: number): Line[] {
  const low = ((value & 0xfff) ^ 0x800) - 0x800;
  const rest = i('addi', { rd, rs1: rd, imm: low });
  if (value + 0x800 < 2 ** 31) return [i('lui', { rd, imm: (value - low) | 0 }), rest];
  return [...li(rd, (value - low) / 4096), i('slli', { rd, rs1: rd, imm: 12 }), rest];
}

/** A system call with a0, a1, …. */
export const call = (code: number, ...args: readonly number[]): Line[] => [
  ...args.flatMap((value, k) => li(A0 + k, value)),
  ...li(T0, code),
  i('ecall'),
];

export const mprotect = (page: number, permission: number): Line[] => call(CALLS.MPROTECT, page, permission);
export const halt = (code: number): Line[] => call(CALLS.HALT, code);
const load = (rd: number, address: number, mnemonic = 'ld'): Line[] => [
  ...li(rd, address),
  i(mnemonic, { rd, rs1: rd }),
];

/** Stores `value` at `address`, by way of a3 and a4. */
export const poke = (address: number, value: number, mnemonic = 'sd'): Line[] => [
  ...li(A3, address),
  ...li(A4, value),
  i(mnemonic, { rs1: A3, rs2: A4 }),
];

/** Instruction words as stores to `address`. */
export const plant = (address: number, items: readonly Item[]): Line[] =>
  items.flatMap((item, k) => poke(address + 4 * k, encode(rowOf(SET, item.mnemonic), item), 'sw'));

/** Calls the code at an address. */
export const run = (address: number): Line[] => [...li(A2, address), i('jalr', { rd: RA, rs1: A2 })];

/** Installs a trap handler: s1 = 8 s1 + failure, then on to where `onwards` goes. Uses a3 and t1. */
function handler(onwards: readonly Line[]): Line[] {
  const text: Label = { address: 0 };
  const behind: Label = { address: 0 };
  const here: Label = { address: 0 };
  return [
    i('jal', { to: behind }),
    { label: text },
    ...load(T1, CONTEXT + 8),
    i('slli', { rd: S1, rs1: S1, imm: 3 }),
    i('add', { rd: S1, rs1: S1, rs2: T1 }),
    ...onwards,
    { label: behind },
    { label: here },
    i('auipc', { rd: T1 }),
    i('addi', { rd: T1, rs1: T1, to: text, from: here }),
    ...li(A3, CONTEXT),
    i('sd', { rs1: A3, rs2: T1 }),
  ];
}

/** On behind the instruction at fault. */
export const skippingHandler = (): Line[] => handler([...load(T1, CONTEXT + 16), i('jalr', { rs1: T1, imm: 4 })]);

/** Back to ra, from code that cannot be fetched. */
export const returningHandler = (): Line[] => handler([i('jalr', { rs1: RA })]);

const note: BuiltSegment = {
  address: 0,
  bytes: new Uint8Array([
    ...words(9, 20, 1),
    ...new TextEncoder().encode('SUCCINCT\0\0\0\0'),
    ...words(0x31, HEAP, 0, HEAP_END % 2 ** 32, Math.floor(HEAP_END / 2 ** 32)),
  ]),
  flags: 4,
  type: 4,
};

export interface UserProgram {
  /** Without a trap context if false. */
  readonly context?: boolean;
  readonly segments?: readonly BuiltSegment[];
}

/** The ELF file of a program; data starts with a handler at 1. */
export function userElf(lines: readonly Line[], { context = true, segments = [] }: UserProgram = {}): Uint8Array {
  return buildElf({
    xlen: 64,
    entry: TEXT,
    segments: [
      { address: TEXT, bytes: assemble('rv64im', TEXT, lines), flags: 5 },
      { address: CONTEXT, bytes: words(1, 0, 0, 0, 1, 0), memoryBytes: 0x1000, flags: 6 },
      ...segments,
      note,
    ],
    symbols: context ? [{ name: '__SUCCINCT_TRAP_CONTEXT', address: CONTEXT, type: 1 }] : [],
  });
}

const finish = [i('addi', { rd: A0, rs1: S1 }), ...li(T0, CALLS.HALT), i('ecall')];

function loadsAndStores(): Uint8Array {
  const widths = ['b', 'h', 'w', 'd'];
  const accesses = (page: number): Line[] => [
    ...li(A2, page),
    ...widths.flatMap(w => [i(`l${w}`, { rd: A3, rs1: A2, imm: 8 }), i(`s${w}`, { rs1: A2, rs2: A2, imm: 16 })]),
    ...['bu', 'hu', 'wu'].map(w => i(`l${w}`, { rd: A3, rs1: A2, imm: 24 })),
  ];
  return userElf([
    ...skippingHandler(),
    ...[6, 4, 0, 5].flatMap((permission, k) => [
      ...mprotect(HEAP + k * PAGE, permission),
      ...accesses(HEAP + k * PAGE),
      ...mprotect(FAR, permission),
      ...accesses(FAR),
    ]),
    ...accesses(HEAP + 8 * PAGE),
    i('andi', { rd: S1, rs1: S1, imm: 0xff }),
    ...finish,
  ]);
}

/** Writes code, runs it, writes other code in its place, and tries what must fail. */
function writtenCode(at: number): Uint8Array {
  const body = (n: number): Item[] => [
    i('addi', { rd: S0, rs1: S0, imm: n }),
    i('auipc', { rd: T1, imm: 0 }),
    i('add', { rd: S0, rs1: S0, rs2: T1 }),
    i('lw', { rd: T1, rs1: A2 }),
    i('jalr', { rs1: RA }),
  ];
  return userElf([
    ...returningHandler(),
    ...plant(at, body(3)),
    ...run(at),
    ...mprotect(at, 5),
    ...run(at),
    ...run(at + 4),
    ...mprotect(at, 6),
    ...plant(at + 4, body(5)),
    ...run(at),
    ...mprotect(at, 5),
    ...run(at),
    ...mprotect(at, 0),
    ...run(at + 8),
    ...mprotect(at, 4),
    ...run(at),
    ...finish,
  ]);
}

/** Code in a segment that is marked untrusted; it crosses to the next page, which cannot be executed. */
function untrustedSegment(): Uint8Array {
  const last = HEAP + PAGE - 16;
  const bytes = assemble('rv64im', last, [
    i('addi', { rd: S0, rs1: S0, imm: 1 }),
    i('addi', { rd: S0, rs1: S0, imm: 2 }),
    i('mul', { rd: S0, rs1: S0, rs2: S0 }),
    i('bne', { rs1: S0, rs2: 0, imm: 4 }),
  ]);
  const segment = { address: last, bytes, flags: 5 | 0x10_0000 };
  return userElf([...returningHandler(), ...run(last), ...finish], { segments: [segment] });
}

function sigReturn(): Uint8Array {
  const target: Label = { address: 0 };
  const here: Label = { address: 0 };
  const registers = Array.from({ length: 31 }, (_, r) => poke(DATA + 8 * (r + 1), 1000 + r)).flat();
  return userElf([
    ...registers,
    { label: here },
    i('auipc', { rd: T1 }),
    i('addi', { rd: T1, rs1: T1, to: target, from: here }),
    ...li(A3, DATA),
    i('sd', { rs1: A3, rs2: T1 }),
    ...call(CALLS.SIG_RETURN, DATA, 0),
    ...halt(1),
    { label: target },
    i('sub', { rd: S1, rs1: T0, rs2: 31 }),
    ...finish,
  ]);
}

/** Each precompile with all its memory permitted, then with each of its pages forbidden in each way. */
function precompiles(): Uint8Array {
  const [first, second, third] = [HEAP, HEAP + PAGE, HEAP + 2 * PAGE];
  const split = second - 64;
  const calls: (readonly [number, ...number[]])[] = [
    [CALLS.SHA_EXTEND, split, 0],
    [CALLS.SHA_COMPRESS, split, third],
    [CALLS.KECCAK_PERMUTE, split, 0],
    [CALLS.POSEIDON2, second - 32, 0],
    [CALLS.UINT256_ADD_CARRY, first, second - 16, third, third - 16, split],
  ];
  return userElf([
    ...skippingHandler(),
    ...calls.flatMap(([code, ...args]) => [
      ...call(code, ...args),
      ...[first, second, third].flatMap(page =>
        [4, 0].flatMap(permission => [...mprotect(page, permission), ...call(code, ...args)]),
      ),
      ...[first, second, third].flatMap(page => mprotect(page, 6)),
    ]),
    i('andi', { rd: S1, rs1: S1, imm: 0xff }),
    ...finish,
  ]);
}

/** Checks in unconstrained execution leave neither entries nor stamps. */
function unconstrained(): Uint8Array {
  const inside: Label = { address: 0 };
  const after: Label = { address: 0 };
  return userElf([
    ...skippingHandler(),
    ...poke(HEAP, 77),
    ...li(T0, CALLS.ENTER_UNCONSTRAINED),
    i('ecall'),
    i('beq', { rs1: T0, rs2: 0, to: after }),
    { label: inside },
    ...poke(HEAP, 78),
    ...poke(HEAP + PAGE, 79),
    ...li(T0, CALLS.EXIT_UNCONSTRAINED),
    i('ecall'),
    { label: after },
    ...load(S0, HEAP),
    ...load(S0, HEAP + PAGE),
    ...call(CALLS.HINT_LEN),
    ...finish,
  ]);
}

/** A trap with the handler as it is at the start ends the run. */
const noHandler = (): Uint8Array => userElf([...mprotect(HEAP, 0), ...load(A0, HEAP), ...halt(9)]);

export const RECORDED: Readonly<Record<string, () => Uint8Array>> = {
  'loads and stores': loadsAndStores,
  'code written below 4 GiB': () => writtenCode(HEAP + PAGE),
  'code written above 4 GiB': () => writtenCode(FAR),
  'an untrusted segment': untrustedSegment,
  'a return from a signal': sigReturn,
  precompiles,
  'unconstrained execution': unconstrained,
  'a trap without a handler': noHandler,
};
