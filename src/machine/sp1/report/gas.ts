// Gas of a run as SP1's executor estimates it: (3 × trace area + constraints) / 10, summed over chunks.
// Reference: sp1:crates/core/executor/src/vm/gas.rs, SP1 6.4.0, commit f66b4bff51d0ccff51d152e0f7f66b2ffedf3529.

import { SYSCALL_NAMES } from '../syscalls/syscalls.ts';

/** Entries after which SP1 starts the next chunk when it only estimates gas. */
export const GAS_CHUNK_ENTRIES = 134_217_728;

/**
 * Columns and constraints of a chip's row: rv64im_costs.json and rv64im_complexity.json in
 * sp1:crates/core/executor/src/artifacts, without the chips that no program of trusted code has.
 */
const COSTS = {
  Add: [33, 16],
  Addi: [30, 15],
  Addw: [36, 21],
  Sub: [33, 16],
  Subw: [32, 16],
  Bitwise: [51, 20],
  Lt: [44, 42],
  Mul: [82, 61],
  DivRem: [246, 348],
  ShiftLeft: [65, 69],
  ShiftRight: [69, 78],
  LoadByte: [47, 32],
  LoadHalf: [44, 33],
  LoadWord: [44, 33],
  LoadDouble: [39, 24],
  StoreByte: [50, 32],
  StoreHalf: [45, 27],
  StoreWord: [44, 27],
  StoreDouble: [39, 23],
  Branch: [45, 49],
  UType: [31, 19],
  Jal: [31, 24],
  Jalr: [35, 26],
  SyscallInstrs: [65, 93],
  MemoryLocal: [20, 4],
  Global: [241, 216],
  SyscallCore: [10, 2],
  MemoryBump: [15, 5],
  StateBump: [14, 8],
  ShaExtend: [128, 80],
  ShaCompress: [206, 300],
  EdAddAssign: [1347, 792],
  EdDecompress: [1123, 755],
  KeccakPermute: [2640, 2859],
  Secp256k1AddAssign: [1599, 918],
  Secp256k1DoubleAssign: [1591, 904],
  Secp256r1AddAssign: [1599, 918],
  Secp256r1DoubleAssign: [1591, 904],
  Bn254AddAssign: [1599, 918],
  Bn254DoubleAssign: [1591, 904],
  Bls12381AddAssign: [2399, 1374],
  Bls12381DoubleAssign: [2391, 1356],
  Uint256MulMod: [371, 253],
  Uint256Ops: [477, 297],
  Bls12381FpOpAssign: [450, 317],
  Bls12381Fp2AddSubAssign: [880, 615],
  Bls12381Fp2MulAssign: [1639, 994],
  Bn254FpOpAssign: [306, 217],
  Bn254Fp2AddSubAssign: [592, 415],
  Bn254Fp2MulAssign: [1095, 666],
  Poseidon2: [348, 497],
} as const satisfies Readonly<Record<string, readonly [area: number, complexity: number]>>;

type Chip = keyof typeof COSTS;

/** Columns of a chip's row, where the estimate knows the chip. */
export const columnsOf = (chip: string): number | undefined =>
  (COSTS as Readonly<Record<string, readonly [number, number]>>)[chip]?.[0];

/** SP1's opcodes by mnemonic where that is not the same in capitals: immediate forms share the opcode of the others. */
const SHARED_OPCODES: Readonly<Record<string, string>> = {
  xori: 'XOR',
  ori: 'OR',
  andi: 'AND',
  slti: 'SLT',
  sltiu: 'SLTU',
  slli: 'SLL',
  srli: 'SRL',
  srai: 'SRA',
  addiw: 'ADDW',
  slliw: 'SLLW',
  srliw: 'SRLW',
  sraiw: 'SRAW',
};

/** SP1's opcode of a row of the instruction table. */
export function opcodeOf(mnemonic: string): string {
  return SHARED_OPCODES[mnemonic] ?? mnemonic.toUpperCase();
}

const CHIP_OF_OPCODE: Readonly<Record<string, Chip>> = Object.fromEntries(
  (
    [
      ['Add', 'ADD'],
      ['Addi', 'ADDI'],
      ['Addw', 'ADDW'],
      ['Sub', 'SUB'],
      ['Subw', 'SUBW'],
      ['Bitwise', 'XOR OR AND'],
      ['Lt', 'SLT SLTU'],
      ['Mul', 'MUL MULH MULHU MULHSU MULW'],
      ['DivRem', 'DIV DIVU REM REMU DIVW DIVUW REMW REMUW'],
      ['ShiftLeft', 'SLL SLLW'],
      ['ShiftRight', 'SRL SRA SRLW SRAW'],
      ['LoadByte', 'LB LBU'],
      ['LoadHalf', 'LH LHU'],
      ['LoadWord', 'LW LWU'],
      ['LoadDouble', 'LD'],
      ['StoreByte', 'SB'],
      ['StoreHalf', 'SH'],
      ['StoreWord', 'SW'],
      ['StoreDouble', 'SD'],
      ['Branch', 'BEQ BNE BLT BGE BLTU BGEU'],
      ['UType', 'LUI AUIPC'],
      ['Jal', 'JAL'],
      ['Jalr', 'JALR'],
      ['SyscallInstrs', 'ECALL'],
    ] as const
  ).flatMap(([chip, opcodes]) => opcodes.split(' ').map(opcode => [opcode, chip] as const)),
);

const CHIP_OF_SYSCALL: Readonly<Record<string, Chip>> = Object.fromEntries(
  (
    [
      ['ShaExtend', 'SHA_EXTEND'],
      ['ShaCompress', 'SHA_COMPRESS'],
      ['EdAddAssign', 'ED_ADD'],
      ['EdDecompress', 'ED_DECOMPRESS'],
      ['KeccakPermute', 'KECCAK_PERMUTE'],
      ['Secp256k1AddAssign', 'SECP256K1_ADD'],
      ['Secp256k1DoubleAssign', 'SECP256K1_DOUBLE'],
      ['Secp256r1AddAssign', 'SECP256R1_ADD'],
      ['Secp256r1DoubleAssign', 'SECP256R1_DOUBLE'],
      ['Bn254AddAssign', 'BN254_ADD'],
      ['Bn254DoubleAssign', 'BN254_DOUBLE'],
      ['Bls12381AddAssign', 'BLS12381_ADD'],
      ['Bls12381DoubleAssign', 'BLS12381_DOUBLE'],
      ['Uint256MulMod', 'UINT256_MUL'],
      ['Uint256Ops', 'UINT256_ADD_CARRY UINT256_MUL_CARRY'],
      ['Bls12381FpOpAssign', 'BLS12381_FP_ADD BLS12381_FP_SUB BLS12381_FP_MUL'],
      ['Bls12381Fp2AddSubAssign', 'BLS12381_FP2_ADD BLS12381_FP2_SUB'],
      ['Bls12381Fp2MulAssign', 'BLS12381_FP2_MUL'],
      ['Bn254FpOpAssign', 'BN254_FP_ADD BN254_FP_SUB BN254_FP_MUL'],
      ['Bn254Fp2AddSubAssign', 'BN254_FP2_ADD BN254_FP2_SUB'],
      ['Bn254Fp2MulAssign', 'BN254_FP2_MUL'],
      ['Poseidon2', 'POSEIDON2'],
    ] as const
  ).flatMap(([chip, names]) => names.split(' ').map(name => [name, chip] as const)),
);

const ROWS_PER_CALL: Partial<Record<Chip, number>> = { ShaCompress: 80, ShaExtend: 48, KeccakPermute: 24 };

/** Names of the chips of an opcode and of a system call, and how many rows of the latter a call has. */
export const chipOfOpcode = (opcode: string): string => CHIP_OF_OPCODE[opcode]!;
export const chipOfSyscall = (name: string): readonly [chip: string, rows: number] => {
  const chip = CHIP_OF_SYSCALL[name]!;
  return [chip, ROWS_PER_CALL[chip] ?? 1];
};

/** Calls whose rows SP1 keeps in the shard of the caller by default; others it sends to shards of their own. */
export const RETAINED: RegExp = /^(SHA_|POSEIDON2$|UINT256_(ADD|MUL)_CARRY$|(BLS12381|BN254)_FP_)/;

/** Whether a system call has a chip of its own. */
export const isPrecompile = (code: number): boolean => (code & 0xff00) !== 0;

const tenthsOf = (chip: Chip): number => 3 * COSTS[chip][0] + COSTS[chip][1];

/** What an instruction's row, and the rows of a precompile call, come to: tenths of gas before it is scaled. */
export const GAS_TENTHS = {
  opcode(opcode: string): number {
    const chip = CHIP_OF_OPCODE[opcode];
    return chip === undefined ? 0 : tenthsOf(chip);
  },
  /** Of any opcode. */
  most: Math.max(...Object.values(CHIP_OF_OPCODE).map(tenthsOf)) as number,
  call(code: number): number {
    const name = SYSCALL_NAMES.get(code);
    const chip = name === undefined ? undefined : CHIP_OF_SYSCALL[name];
    if (chip === undefined) return 0;
    const sent = RETAINED.test(name!) ? 0 : tenthsOf('Global') + tenthsOf('SyscallCore');
    return (ROWS_PER_CALL[chip] ?? 1) * tenthsOf(chip) + sent;
  },
};

/** What happened in one chunk. */
export interface ChunkUse {
  /** Instructions by SP1's opcode. */
  readonly opcodes: ReadonlyMap<string, number>;
  /** Precompile calls by code. */
  readonly precompiles: ReadonlyMap<number, number>;
  /** Doublewords and registers whose first access in the chunk was traced. */
  readonly locals: number;
  /** Changes of the clock's bits 24 and up. */
  readonly clockBumps: number;
  readonly stateBumps: number;
}

/** Gas of one chunk, to be summed before `normalizedGas`. Every factor is far below 2^53. */
export function gasOf({ opcodes, precompiles, locals, clockBumps, stateBumps }: ChunkUse): number {
  const rows: [Chip, number][] = [...opcodes].map(([opcode, n]) => [CHIP_OF_OPCODE[opcode]!, n]);
  let sent = 0;
  for (const [code, n] of precompiles) {
    const name = SYSCALL_NAMES.get(code)!;
    const chip = CHIP_OF_SYSCALL[name]!;
    rows.push([chip, n * (ROWS_PER_CALL[chip] ?? 1)]);
    if (!RETAINED.test(name)) sent += n;
  }
  rows.push(['MemoryLocal', locals], ['Global', 2 * locals + sent], ['SyscallCore', sent]);
  rows.push(['MemoryBump', 32 * clockBumps], ['StateBump', stateBumps]);
  let [area, complexity] = [0, 0];
  for (const [chip, n] of rows) {
    area += n * COSTS[chip][0];
    complexity += n * COSTS[chip][1];
  }
  return Math.floor((3 * area + complexity) / 10);
}

/** Gas as SP1's execution report shows it, from the sum over chunks (sp1:crates/core/executor/src/report.rs). */
export const normalizedGas = (sum: number): number => Math.floor((sum * 10) / 191);
