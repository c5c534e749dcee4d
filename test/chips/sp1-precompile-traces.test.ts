// Whole traces of the guest `precompiles`, which calls each precompile: the SHA-256 of SP1's.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Chip } from '../../codegen/chips/chip.ts';
import { paddingRow } from '../../codegen/chips/evaluate.ts';
import { PRECOMPILE_CHIPS } from '../../codegen/chips/sp1/precompiles/index.ts';
import { SYSCALL_ID } from '../../codegen/chips/sp1/syscalls.ts';
import { enrichersOf, type PrecompileCall } from '../../src/machine/sp1/records/enrich/index.ts';
import { PRECOMPILES } from '../../src/machine/sp1/syscalls/precompiles.ts';
import { type Filled, javaScriptFiller } from './fillers.ts';
import { eventsOf, readEvents } from './precompile-calls.ts';
import { callsOfRun } from './run-calls.ts';
import { upstreamRows } from './sp1-rows.ts';

/**
 * Rows with padding, rows, SHA-256 over canonical u32 little-endian, row by row; lookups of ranges, of two bytes, and others:
 * sp1-core-machine 6.4.0, ELF 8027b2f6ba678cd436606a86df3baafd23c220671463a0af8b00952ef817f035, all events in one table.
 */
const TRACES: Readonly<
  Record<string, readonly [padded: number, rows: number, sha256: string, ranges: number, bytes: number, others: number]>
> = {
  Secp256k1AddAssign: [32, 1, '77821415d837a179f0579627818e9294d3b5178f81582df7cb49c341e6f0f3b0', 686, 400, 2],
  Secp256r1AddAssign: [32, 1, '3088909747ef090eda6bc885d6d075ea1342e7d5f43175ade7c03015eabe4421', 686, 400, 2],
  Bn254AddAssign: [32, 1, '14b088bdb5cad2c39b4fa2b6360a05130d418469bfe42db9ee6f2702aa9bd46e', 686, 400, 2],
  Bls12381AddAssign: [32, 1, '76e535ecc17e57ebf44b4ce96bb7147a671a1f68b6a2bca9c070a868a4e04dc1', 1038, 600, 2],
  Secp256k1DoubleAssign: [32, 1, '3fc239d8ce5c76907671de8be172314b46235cdac5cd8d88bfbae95a6d094435', 715, 392, 2],
  Secp256r1DoubleAssign: [32, 1, '958b84f051805e1cb8deab702be101ed519c88662150ee58cff244feedb99f71', 715, 392, 2],
  Bn254DoubleAssign: [32, 1, 'da068cc1a5f7669ea00d7bf5f659cd7eeabc9ca59d2f664ec2c040f8143f5420', 715, 392, 2],
  Bls12381DoubleAssign: [32, 1, '13b849ad8c7919b473c5c7a24eed665373056790dd6ab5e3cd5e5971163e62e5', 1083, 588, 2],
  EdAddAssign: [32, 1, '5b42cb180d9a0b3515b809d77a2bacb03eeaf18652ba3dc59281bccfa9722efa', 562, 336, 2],
  EdDecompress: [32, 2, '40a27f678f19ecb9debe902b4214e376d29f0a8e296e61bce02a7af47bfb8073', 934, 528, 8],
  Bls12381FpOpAssign: [32, 3, 'a4efeb091ddc5fac17fdfe720145082da24fae03e4ebf7773599ac1e14c2d25c', 432, 324, 3],
  Bls12381Fp2AddSubAssign: [32, 2, '2935f43fdfcc588315bd2799297738a0ed035afc38e3eebb710de3bedb28fc53', 572, 432, 4],
  Bls12381Fp2MulAssign: [32, 1, '0a4c2b4829b0be8dfe3d6aa49f4fc0e2e5e203a26bbd19f5e9a3d510ae21ff07', 662, 408, 2],
  Bn254FpOpAssign: [32, 3, 'b5c4ba3942c3a8cda5d937d79bb90da4d06fe91769da042d4d6cd9e3d7dd510e', 288, 216, 3],
  Bn254Fp2AddSubAssign: [32, 2, 'a4bed6d94ef7f0871be9f944735f7628a6157cdec430d985ea3eb441484cc6c2', 380, 288, 4],
  Bn254Fp2MulAssign: [32, 1, '61c24b60c5aff43c92785e895ce3b7e735a101ab7c20f38f646e6ae64457871b', 438, 272, 2],
  Uint256MulMod: [32, 2, '2e8977e2218c10404db0538bea669087c056e691cefd210f9f00963cee263c87', 226, 184, 1],
  Uint256Ops: [32, 3, '804df131e95a8a16390557eca3775784dff6373bb0354ad97c9ff781437483e3', 453, 309, 0],
  Poseidon2: [32, 1, 'cf088b2f031ef7108fbfe779e8a15e2b518876c37ccff18628a003b98c1ee592', 129, 8, 0],
  KeccakPermute: [64, 48, 'b0ed63809e16bcac5ac30ec8976c3728dd318acf957d5bbbd0d1b096edd26a62', 0, 0, 0],
  KeccakPermuteControl: [32, 2, '3cf9ee2238566fcad1ec0ee62461523cdac4df61600f604372c8cdd10ca52f6f', 252, 100, 0],
  ShaExtend: [64, 48, '340c039bed86bc8bd0195171f59f2a57e37abb90ecd15ebc402bbf1d4ba929ca', 2256, 336, 816],
  ShaExtendControl: [32, 1, '70722465170f2520e6bef3b10326bef150073b13d1b2888f362f11f8f1d65164', 10, 0, 0],
  ShaCompress: [96, 80, 'f3bda87cc1e0b7d5f15ec70268b807805bdceae638e64f97b493b443b29ef834', 2384, 144, 3072],
  ShaCompressControl: [32, 1, '3b86e81e91a7a74d0806d80f63530fdf4c03921dbf4fb5640881794c8ace8dac', 8, 0, 0],
};

const calls = callsOfRun('precompiles');
const CARRIES = [0x30, 0x31];
const isCarry = ({ code }: PrecompileCall): boolean => CARRIES.includes(code & 0xff);

/** Calls with rows in a chip, in the order of its rows. */
function callsOf(chip: Chip): PrecompileCall[] {
  const own = calls.filter(({ code }) => enrichersOf(code).some(one => one.chip === chip));
  if (!own.some(isCarry)) return own;
  // Sums first; where the pointers' registers were accessed before, the replay does not know.
  const sorted = own.sort((a, b) => a.code - b.code);
  const rows = upstreamRows(chip.name)[0]!.list;
  return sorted.map((call, i) => ({
    ...call,
    registerClks: ['c', 'd', 'e'].map(name => Number(rows[i]!.columns[`${name}_ptr_memory.prev_low`])),
  }));
}

function digest(rows: readonly (readonly number[])[]): string {
  const hash = createHash('sha256');
  for (const row of rows) hash.update(new Uint8Array(Uint32Array.from(row).buffer));
  return hash.digest('hex');
}

const RANGE_SLOT = 6 * 65_536;
const U8_SLOT = 3 * 65_536;

function lookups({ counts }: Filled): number[] {
  const total = [0, 0, 0];
  for (const [slot, n] of counts)
    total[slot >= RANGE_SLOT ? 0 : slot >= U8_SLOT && slot < U8_SLOT + 65_536 ? 1 : 2]! += n;
  return total;
}

describe.each(PRECOMPILE_CHIPS.map(chip => [chip.name, chip] as const))('%s', (name, chip) => {
  it('makes the trace that SP1 makes', () => {
    const [padded, rows, sha256, ...counted] = TRACES[name]!;
    const events = callsOf(chip).flatMap(call => readEvents(chip, eventsOf(chip, call)));
    const filled = javaScriptFiller(chip, 256)(events);
    expect(filled.cells.length).toBe(rows);
    const padding = Array.from({ length: padded - rows }, (_, i) => paddingRow(chip, i));
    expect(digest([...filled.cells, ...padding])).toBe(sha256);
    expect(lookups(filled)).toEqual(counted);
  });
});

describe('system call numbers', () => {
  it('are the low bytes of codes', () => {
    const known = Object.fromEntries(PRECOMPILES.map(({ name, code }) => [name, code & 0xff]));
    expect({ ...known, SHA_EXTEND: 5 }).toEqual(SYSCALL_ID);
  });
});
