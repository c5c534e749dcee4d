// Numbers that follow from the descriptions, against upstream's tables (rv64im_costs.json of SP1 6.4.0): columns of a row,
// preprocessed ones included.

import { describe, expect, it } from 'vitest';
import { SP1_CHIPS, sp1Chip } from '../../codegen/chips/sp1/index.ts';
import { AREA, CHIP_NAMES } from '../../src/machine/sp1/records/chips.ts';

const COSTS = `
  Program 17 Byte 13 Range 3 Add 33 Addi 30 Addw 36 Sub 33 Subw 32 Bitwise 51 Lt 44 Mul 82 DivRem 246 ShiftLeft 65 ShiftRight 69
  AluX0 34 UType 31 Branch 45 Jal 31 Jalr 35 LoadByte 47 LoadHalf 44 LoadWord 44 LoadDouble 39 LoadX0 48 StoreByte 50
  StoreHalf 45 StoreWord 44 StoreDouble 39 SyscallInstrs 65 SyscallCore 10 SyscallPrecompile 10 MemoryLocal 20 MemoryBump 15
  StateBump 14 MemoryGlobalInit 30 MemoryGlobalFinalize 30 Global 241 ShaExtend 128 ShaExtendControl 18 ShaCompress 206
  ShaCompressControl 53 KeccakPermute 2640 KeccakPermuteControl 634 EdAddAssign 1347 EdDecompress 1123
  Secp256k1AddAssign 1599 Secp256k1DoubleAssign 1591 Secp256r1AddAssign 1599 Secp256r1DoubleAssign 1591 Bn254AddAssign 1599
  Bn254DoubleAssign 1591 Bls12381AddAssign 2399 Bls12381DoubleAssign 2391 Uint256MulMod 371 Uint256Ops 477
  Bls12381FpOpAssign 450 Bls12381Fp2AddSubAssign 880 Bls12381Fp2MulAssign 1639 Bn254FpOpAssign 306
  Bn254Fp2AddSubAssign 592 Bn254Fp2MulAssign 1095 Poseidon2 348`;

describe('the chips of the Supervisor machine', () => {
  it('are those that SP1 has, and as wide', () => {
    const words = COSTS.trim().split(/\s+/);
    const expected = Array.from(
      { length: words.length / 2 },
      (_, i) => [words[2 * i]!, Number(words[2 * i + 1])] as const,
    );
    const sorted = (pairs: readonly (readonly [string, number])[]) => [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(SP1_CHIPS.map(({ name, columns }) => [name, columns.length] as const))).toEqual(sorted(expected));
  });

  // They are written besides, for whoever reckons would wait most of a second for the descriptions.
  it('are as wide as those reckon who do not load them', () => {
    expect(AREA).toEqual(Object.fromEntries(CHIP_NAMES.map(name => [name, sp1Chip(name).columns.length])));
    expect([...CHIP_NAMES].sort()).toEqual(SP1_CHIPS.map(({ name }) => name).sort());
  });
});
