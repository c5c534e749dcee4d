// The compression of SHA-256: of each call 8 rows that read the hash, 64 of the rounds, 8 that write the hash; and a row of
// each call that begins and ends them.
// Reference: sp1:crates/core/machine/src/syscall/precompiles/sha256/compress, SP1 6.4.0.

import { SHA256_CONSTANTS } from '../../../../runtime/hashes/sha256.ts';
import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import type { EventValues } from '../../event.ts';
import { type Cell, type Limbs, type Poly, sum } from '../../poly.ts';
import { firstOf, type Word, word } from '../../word.ts';
import { sp1 } from '../air.ts';
import { shaCompressBus } from '../buses.ts';
import { addrAdd } from '../gadgets/address.ts';
import { type AddressCells, syscallAddress } from '../gadgets/syscall-address.ts';
import {
  addU32,
  andU32,
  type Limbs32,
  type Logic,
  notU32,
  rotateRight,
  type Shifted,
  u32Result,
  xorU32,
} from '../gadgets/u32.ts';
import { type U32Cells, type U32Words, u32Cells } from '../gadgets/u32-words.ts';
import { type AccessCells, accessNow, moveMemory } from '../memory.ts';
import { SYSCALL_ID } from '../syscalls.ts';
import { addressLimbs, type Clk, clkCells, receiveCall } from './blocks.ts';

const ROWS = 80;
const ROUNDS = 64;
/** Rows of the hash, before and after the rounds; rows come in tens of eight. */
const OCTET = 8;
const TENS = ROWS / OCTET;
const SLOT = 8;

const FIELDS = {
  ...{ clk: 48, w: 48, h: 48, index: 7, is_real: 1, k: 32 },
  ...{ mem_prev: 64, mem_stamp: 48, mem_value: 32 },
  ...({ state: [32, OCTET] } as const),
};

type State = readonly [U32Cells, U32Cells, U32Cells, U32Cells, U32Cells, U32Cells, U32Cells, U32Cells];

/** Words before and after the rows of an index: k of the rounds, 0 elsewhere. */
export function roundConstant(index: number): number {
  const round = index - OCTET;
  return round >= 0 && round < ROUNDS ? SHA256_CONSTANTS[round]! >>> 0 : 0;
}

/** Padding rows count on, with the constants that belong to their index. */
const padding = (): EventValues<typeof FIELDS>[] =>
  Array.from({ length: ROWS }, (_, index) => ({
    ...{ clk: 0n, w: 0n, h: 0n, index: BigInt(index), is_real: 0n, k: BigInt(roundConstant(index)) },
    ...{ mem_prev: 0n, mem_stamp: 0n, mem_value: 0n },
    state: Array.from({ length: OCTET }, () => 0n),
  }));

export const shaCompressChip: Chip = sp1(
  'ShaCompress',
  FIELDS,
  (air, e) => {
    const clk = clkCells(air, e.clk);
    const [w_ptr, h_ptr] = [air.limbs(e.w, 3), air.limbs(e.h, 3)];
    const place = placeCells(air, e.index, e.is_real);
    const { index, is_real, is_compression, is_finalize } = place;
    const memory = wordAccess(air, place, clk, [w_ptr, h_ptr], e);
    const { mem, mem_value } = memory;
    const state = e.state.map(one => u32Cells(air, one)) as unknown as State;
    loads(air, place, state, mem_value);
    const k = u32Cells(air, e.k);
    for (const limb of [0, 1] as const) air.equal(k[limb], constantAt(place, limb), 'the constant of the round');
    const round = compression(air.only(is_compression), state, mem_value, k, is_compression.word);
    const written = finalized(air.only(is_finalize), place, e.state, state, [
      mem.prev_value.at(0),
      mem.prev_value.at(1),
    ]);
    for (const limb of [0, 1] as const) {
      air.only(is_finalize).equal(mem_value[limb], written.finalize_add.value[limb], 'the new word of the hash');
    }
    const before = state.flat();
    const rotated = round.next.flat();
    const after = before.map((limb, i) => is_compression.mul(rotated[i]!.sub(limb)).add(limb));
    const real = air.when(is_real);
    const call = [clk.clk_high, clk.clk_low, w_ptr.cells, h_ptr.cells] as const;
    real.receive(shaCompressBus, [...call, index, before]);
    real.send(shaCompressBus, [...call, index.add(1), after]);
    const [a, b, c, d, fifth, f, g, h] = state;
    return {
      ...clk,
      ...{ w_ptr, h_ptr, index, octet: place.octet, octet_num: place.octet_num },
      ...memory,
      ...{ a, b, c, d, e: fifth, f, g, h, k },
      ...round.cells,
      ...written,
      ...{ is_initialize: place.is_initialize, is_compression, is_finalize, is_real },
    };
  },
  { padding },
);

/** Where the row is among the eighty. */
interface Place {
  readonly index: Cell;
  readonly octet: readonly Cell[];
  readonly octet_num: readonly Cell[];
  readonly is_initialize: Cell;
  readonly is_compression: Cell;
  readonly is_finalize: Cell;
  readonly is_real: Cell;
}

function placeCells(air: Air, at: Word, isReal: Word): Place {
  const is_real = air.flag(isReal);
  const index = air.cell(at);
  const octet = Array.from({ length: OCTET }, (_, i) => air.flag(at.bits(0, 3).eq(i)));
  const octet_num = Array.from({ length: TENS }, (_, i) => air.flag(at.bits(3, 7).eq(i)));
  for (const flags of [octet, octet_num]) air.equal(sum(flags), 1, 'one place in ten octets');
  const place = sum([...octet.map((flag, i) => flag.mul(i)), ...octet_num.map((flag, i) => flag.mul(OCTET * i))]);
  air.equal(index, place, 'the place of the index');
  const [first, last] = [octet_num[0]!, octet_num[TENS - 1]!];
  const phase = (w: Word): Cell => air.flag(isReal.and(w));
  const is_initialize = phase(first.word);
  const is_finalize = phase(last.word);
  const is_compression = phase(first.word.or(last.word).xor(1));
  air.equal(is_initialize, is_real.mul(first), 'the first octet');
  air.equal(is_finalize, is_real.mul(last), 'the last octet');
  air.equal(sum([is_initialize, is_compression, is_finalize]), is_real, 'one phase');
  return { index, octet, octet_num, is_initialize, is_compression, is_finalize, is_real };
}

type WordAccess = {
  readonly mem: AccessCells;
  readonly mem_value: U32Cells;
  readonly mem_addr: readonly Cell[];
  readonly mem_addr_init: AddressCells;
  readonly mem_addr_compress: AddressCells;
  readonly mem_addr_finalize: AddressCells;
};

/** The word that the row reads or writes: of the hash, of the schedule, of the hash. */
function wordAccess(
  air: Air,
  { index, is_initialize, is_compression, is_finalize, is_real }: Place,
  clk: Clk,
  [w_ptr, h_ptr]: readonly [Limbs, Limbs],
  e: { readonly mem_prev: Word; readonly mem_stamp: Word; readonly mem_value: Word },
): WordAccess {
  const real = air.when(is_real);
  const now = { high: clk.clk_high, low: sum([clk.clk_low, is_compression, is_finalize.mul(2)]) };
  const mem = accessNow(real, now, e.mem_prev, e.mem_stamp, is_real.word);
  const mem_value = u32Cells(air, e.mem_value);
  const at = (phase: Cell, base: Limbs, first: number): AddressCells =>
    addrAdd(air.only(phase), base, index.sub(first).mul(SLOT), phase.word);
  const mem_addr_init = at(is_initialize, h_ptr, 0);
  const mem_addr_compress = at(is_compression, w_ptr, OCTET);
  const mem_addr_finalize = at(is_finalize, h_ptr, ROWS - OCTET);
  const mem_addr = phaseAddress(air, [
    [is_initialize, mem_addr_init],
    [is_compression, mem_addr_compress],
    [is_finalize, mem_addr_finalize],
  ]);
  for (const i of [2, 3]) real.zero(mem.prev_value.at(i), 'a word has 32 bits');
  const reads = air.only(is_initialize.add(is_compression));
  for (const i of [0, 1] as const) reads.equal(mem_value[i], mem.prev_value.at(i), 'what is read stays');
  moveMemory(real, now, mem_addr, mem, [...mem_value, 0, 0]);
  return { mem, mem_value, mem_addr, mem_addr_init, mem_addr_compress, mem_addr_finalize };
}

/** The first eight rows read the hash, which is the state. */
function loads(air: Air, { octet, is_initialize }: Place, state: State, value: U32Cells): void {
  for (const [i, one] of state.entries()) {
    const own = air.only(is_initialize).when(octet[i]!);
    for (const limb of [0, 1] as const) own.equal(one[limb], value[limb], 'a word of the hash');
  }
}

/** The last eight rows add the state to the hash, a word each. */
function finalized(
  writes: Air,
  { octet, is_finalize }: Place,
  words: readonly Word[],
  state: State,
  old: U32Words,
): { readonly finalized_operand: U32Cells; readonly finalize_add: Limbs32 } {
  const isWritten = is_finalize.word;
  const operand = firstOf(
    octet.map((flag, i) => [flag.word, words[i]!]),
    0,
  );
  const finalized_operand = u32Cells(writes, isWritten.choose(operand, 0));
  for (const limb of [0, 1] as const) {
    const chosen = sum(octet.map((flag, i) => flag.mul(state[i]![limb])));
    writes.equal(finalized_operand[limb], chosen, 'the word of the state');
  }
  return { finalized_operand, finalize_add: addU32(writes, [old, finalized_operand], isWritten) };
}

/** The address of the row's phase; 0 in padding rows. */
function phaseAddress(air: Air, phases: readonly (readonly [Cell, AddressCells])[]): Cell[] {
  return [0, 1, 2].map(i => {
    const words = phases.map(([, { value }]) => value.at(i).word);
    const cell = air.cell(words.reduce((a, b) => a.or(b))); // only one is not 0
    for (const [flag, { value }] of phases) air.when(flag).equal(cell, value.at(i), 'the address of the phase');
    return cell;
  });
}

/** A limb of k, from where the row is. */
function constantAt({ octet, octet_num }: Place, limb: 0 | 1): Poly {
  return sum(
    octet_num.flatMap((ten, i) =>
      octet.map((one, j) => ten.mul(one).mul((roundConstant(OCTET * i + j) >>> (16 * limb)) & 0xffff)),
    ),
  );
}

type RoundCells = {
  readonly e_rr_6: Shifted;
  readonly e_rr_11: Shifted;
  readonly e_rr_25: Shifted;
  readonly s1_intermediate: Logic;
  readonly s1: Logic;
  readonly e_and_f: Logic;
  readonly e_not: Limbs32;
  readonly e_not_and_g: Logic;
  readonly ch: Logic;
  readonly temp1: Limbs32;
  readonly a_rr_2: Shifted;
  readonly a_rr_13: Shifted;
  readonly a_rr_22: Shifted;
  readonly s0_intermediate: Logic;
  readonly s0: Logic;
  readonly a_and_b: Logic;
  readonly a_and_c: Logic;
  readonly b_and_c: Logic;
  readonly maj_intermediate: Logic;
  readonly maj: Logic;
  readonly temp2: Limbs32;
  readonly d_add_temp1: Limbs32;
  readonly temp1_add_temp2: Limbs32;
};

/** A round (FIPS 180-4, 6.2.2): its cells, which are 0 where `is` is, and the state after it. */
function compression(
  air: Air,
  [a, b, c, d, e, f, g, h]: State,
  w: U32Words,
  k: U32Words,
  is: Word,
): { readonly cells: RoundCells; readonly next: readonly U32Words[] } {
  const [e_rr_6, e_rr_11, e_rr_25] = [6, 11, 25].map(by => rotateRight(air, e, by, is)) as [Shifted, Shifted, Shifted];
  const s1_intermediate = xorU32(air, e_rr_6.value, e_rr_11.value, is);
  const s1 = xorU32(air, u32Result(s1_intermediate), e_rr_25.value, is);
  const e_and_f = andU32(air, e, f, is);
  const e_not = notU32(air, e, is);
  const e_not_and_g = andU32(air, e_not.value, g, is);
  const ch = xorU32(air, u32Result(e_and_f), u32Result(e_not_and_g), is);
  const temp1 = addU32(air, [h, u32Result(s1), u32Result(ch), w, k], is);
  const [a_rr_2, a_rr_13, a_rr_22] = [2, 13, 22].map(by => rotateRight(air, a, by, is)) as [Shifted, Shifted, Shifted];
  const s0_intermediate = xorU32(air, a_rr_2.value, a_rr_13.value, is);
  const s0 = xorU32(air, u32Result(s0_intermediate), a_rr_22.value, is);
  const [a_and_b, a_and_c, b_and_c] = [andU32(air, a, b, is), andU32(air, a, c, is), andU32(air, b, c, is)];
  const maj_intermediate = xorU32(air, u32Result(a_and_b), u32Result(a_and_c), is);
  const maj = xorU32(air, u32Result(maj_intermediate), u32Result(b_and_c), is);
  const temp2 = addU32(air, [u32Result(s0), u32Result(maj)], is);
  const d_add_temp1 = addU32(air, [d, temp1.value], is);
  const temp1_add_temp2 = addU32(air, [temp1.value, temp2.value], is);
  return {
    cells: {
      ...{ e_rr_6, e_rr_11, e_rr_25, s1_intermediate, s1, e_and_f, e_not, e_not_and_g, ch, temp1 },
      ...{ a_rr_2, a_rr_13, a_rr_22, s0_intermediate, s0, a_and_b, a_and_c, b_and_c, maj_intermediate, maj, temp2 },
      ...{ d_add_temp1, temp1_add_temp2 },
    },
    next: [temp1_add_temp2.value, a, b, c, d_add_temp1.value, e, f, g],
  };
}

const CONTROL_FIELDS = {
  ...{ clk: 48, w: 48, h: 48 },
  ...({ initial_state: [32, OCTET], final_state: [32, OCTET] } as const),
};

/** Begins the rows of a call with the hash, and ends them with the state after the rounds, which is then added to it. */
export const shaCompressControlChip: Chip = sp1('ShaCompressControl', CONTROL_FIELDS, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const clk = clkCells(air, e.clk);
  const w_ptr = syscallAddress(real, e.w, SLOT * ROUNDS);
  const h_ptr = syscallAddress(real, e.h, SLOT * OCTET);
  const w_slice_end = addrAdd(real, w_ptr.addr, SLOT * (ROUNDS - 1));
  const h_slice_end = addrAdd(real, h_ptr.addr, SLOT * (OCTET - 1));
  const initial_state = e.initial_state.map(one => u32Cells(air, one));
  const final_state = e.final_state.map(one => u32Cells(air, one));
  const pointers = [addressLimbs(w_ptr), addressLimbs(h_ptr)] as const;
  receiveCall(real, clk, SYSCALL_ID.SHA_COMPRESS, ...pointers);
  real.send(shaCompressBus, [clk.clk_high, clk.clk_low, ...pointers, 0, initial_state]);
  real.receive(shaCompressBus, [clk.clk_high, clk.clk_low, ...pointers, ROWS, final_state]);
  return { ...clk, w_ptr, h_ptr, w_slice_end, h_slice_end, is_real, initial_state, final_state };
});
