import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkRow, slotsOf } from '../../codegen/chips/check.ts';
import { type Chip, cellsOfRow } from '../../codegen/chips/chip.ts';
import { evaluateRow, paddingRow } from '../../codegen/chips/evaluate.ts';
import type { Event } from '../../codegen/chips/event.ts';
import { PRECOMPILE_CHIPS } from '../../codegen/chips/sp1/precompiles/index.ts';
import { callOfUpstream, eventsOf, readEvents } from './precompile-calls.ts';
import { cellsOfUpstream, type UpstreamRow, upstreamRows } from './sp1-rows.ts';

/** First bytes of the SHA-256 of SP1's first padding row (guest precompiles, sp1-core-machine 6.4.0), where it is not zero. */
const FIRST_PADDING_ROW: Readonly<Record<string, string>> = {
  Secp256k1AddAssign: '717a93bbf15e8780',
  Secp256r1AddAssign: '717a93bbf15e8780',
  Bn254AddAssign: 'b33a14810edfecc1',
  Bls12381AddAssign: '3a79d1175465e3e4',
  Secp256k1DoubleAssign: '56b3c7a231f98f06',
  Secp256r1DoubleAssign: '962e8febc3024606',
  Bn254DoubleAssign: '01415ab4cfd916a7',
  Bls12381DoubleAssign: '25ab1ede90f06c28',
  EdAddAssign: '565fe13a40a97770',
  EdDecompress: '3f74b6da6b9a82db',
  Bls12381FpOpAssign: '12cf35b0433f78d4',
  Bls12381Fp2AddSubAssign: 'c5cfb323854797ea',
  Bls12381Fp2MulAssign: '5dbfa031cbf5aaf1',
  Bn254FpOpAssign: '2b1238c12b3a580d',
  Bn254Fp2AddSubAssign: '1424d4856fe4f275',
  Bn254Fp2MulAssign: 'f83d6752e588710f',
  Uint256MulMod: '3f34daaa3411a30a',
  Uint256Ops: 'eb55f665d8f9f3c3',
  Poseidon2: '2c4928447a7910c9',
  KeccakPermute: '99feacf1c5ba1286',
  ShaCompress: 'dd4481707937884e',
};

const bytesOf = (cell: number): number[] => [cell & 255, (cell >> 8) & 255, (cell >> 16) & 255, cell >>> 24];

/** Rows of upstream with our events for them: of the calls that the file tells. */
function rowsWithEvents(chip: Chip): { readonly row: number; readonly cells: number[]; readonly event: Event }[] {
  const events = new Map<string, Event[]>();
  const keyOf = ({ from }: UpstreamRow): string => `${from.code} ${from.index}`;
  return upstreamRows(chip.name).flatMap(({ list }) =>
    list.flatMap(one => {
      const { syscall, event, sub } = one.from;
      if (event !== undefined) {
        const call = callOfUpstream(syscall.syscall_code, syscall, event);
        events.set(keyOf(one), readEvents(chip, eventsOf(chip, call)));
      }
      const known = events.get(keyOf(one))?.[sub];
      return known === undefined ? [] : [{ row: one.row, cells: cellsOfUpstream(chip, one.columns), event: known }];
    }),
  );
}

type Tamper = (event: Event) => Event;
const list = (event: Event, name: string): bigint[] => [...(event[name] as readonly bigint[])];

/** Another lowest byte of a result, or lowest bit of another list. */
const otherwise =
  (name: string, bit = 1n): Tamper =>
  event => ({ ...event, [name]: list(event, name).map((value, i) => (i === 0 ? value ^ bit : value)) });
const instead =
  (changes: Readonly<Record<string, bigint>>): Tamper =>
  event => ({ ...event, ...changes });

/** A row that lies, of which all lookups hold; and what it breaks. */
const LIES: Readonly<Record<string, readonly [lie: string, Tamper, rule: string]>> = {
  ShaExtend: ['a word with an upper half', event => ({ ...event, w_2: 1n << 40n }), 'a word has 32 bits'],
  ShaExtendControl: ['a pointer below 2^16', instead({ w: 0x8000n }), 'the address is not below 2^16'],
  ShaCompress: ['a constant of another round', instead({ k: 0x428a2f98n, index: 9n }), 'the constant of the round'],
  ShaCompressControl: ['a pointer below 2^16', instead({ h: 0x8000n }), 'the address is not below 2^16'],
  EdAddAssign: ['another sum', otherwise('x3_ins_result'), 'coefficient 0 of the equation'],
  EdDecompress: ['another x than is written', otherwise('x_new'), 'x is the root'],
  KeccakPermute: ['another input than the first state', otherwise('preimage'), 'the input is the first state'],
  KeccakPermuteControl: ['a pointer below 2^16', instead({ address: 0x8000n }), 'the address is not below 2^16'],
  Uint256MulMod: ['another product', otherwise('output_carry'), 'coefficient 0 of the equation'],
  Uint256Ops: ['another carry', otherwise('field_op_carry'), 'coefficient 32 of the equation'],
  Poseidon2: ['another hash', otherwise('next'), 'what is there now'],
};

function lieOf(name: string): readonly [string, Tamper, string] {
  const own = LIES[name];
  if (own !== undefined) return own;
  const rule = 'coefficient 0 of the equation';
  if (name.endsWith('FpOpAssign')) return ['another result', otherwise('output_result'), rule];
  if (/Fp2/.test(name)) return ['another component', otherwise('c1_result'), rule];
  return ['another slope', otherwise('slope_result'), rule];
}

describe.each(PRECOMPILE_CHIPS.map(chip => [chip.name, chip] as const))('%s', (name, chip) => {
  const rows = rowsWithEvents(chip);

  it('has as many columns as in SP1', () => {
    expect(upstreamRows(name).map(({ width }) => width)).toEqual([chip.columns.length]);
  });

  it('makes the rows that SP1 makes, and they keep what it says', () => {
    expect(rows.length).toBeGreaterThan(0);
    for (const [i, { row, cells, event }] of rows.entries()) {
      const made = evaluateRow(chip, event);
      const wrong = chip.columns.flatMap(({ name }, i) =>
        made.cells[i] === cells[i] ? [] : [[name, made.cells[i], cells[i]]],
      );
      expect([row, wrong]).toEqual([row, []]);
      if (i > 0 && i < rows.length - 1) continue; // what rows keep takes long to look at
      expect(checkRow(chip, made).slice(0, 3)).toEqual([]);
      expect(slotsOf(chip, made)).toEqual(made.counts);
    }
  });

  it('pads as SP1 does', () => {
    const padding = paddingRow(chip);
    const [known] = upstreamRows(name);
    if (known!.padding) expect(padding).toEqual(cellsOfUpstream(chip, known!.padding));
    const digest = createHash('sha256')
      .update(Uint8Array.from(padding.flatMap(bytesOf)))
      .digest('hex');
    if (padding.some(cell => cell !== 0)) expect(digest.slice(0, 16)).toBe(FIRST_PADDING_ROW[name]);
    else expect(FIRST_PADDING_ROW[name]).toBeUndefined();
    expect(checkRow(chip, { cells: padding }).slice(0, 3)).toEqual([]);
    expect(slotsOf(chip, { cells: padding }).size).toBe(0);
  });

  it('notices a lie whose lookups hold', () => {
    const [, tamper, rule] = lieOf(name);
    const { event } = rows.at(name === 'ShaCompress' ? -1 : 0)!;
    const cells = cellsOfRow(chip.field, chip.columns, tamper(event));
    const rules = checkRow(chip, { cells }).map(fault => fault.rule);
    expect(rules.filter(one => one.startsWith('Byte('))).toEqual([]);
    expect(rules.filter(one => one.startsWith(rule))).not.toEqual([]);
  });
});
