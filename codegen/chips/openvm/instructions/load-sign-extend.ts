// Loads of halves and bytes with a sign. Reference: openvm:extensions/rv32im/circuit/src/load_sign_extend/core.rs, v1.4.0.

import { OPENVM_OPCODE } from '../../../../runtime/openvm/opcodes.ts';
import { RECORDS } from '../../../../runtime/openvm/records.ts';
import type { Chip } from '../../chip.ts';
import { sum } from '../../poly.ts';
import { firstOf } from '../../word.ts';
import { LIMB, recorded } from '../air.ts';
import { SIGNED_LOAD } from '../events.ts';
import { range } from '../lookups.ts';
import { loadStoreAdapter } from './load-store-adapter.ts';

const SIGN = 128;

/** The word is turned by two bytes where bit 1 of the address is 1; `loadb1` loads the second byte then. */
export const loadSignExtendChip: Chip = recorded('LoadSignExtend', RECORDS.LoadSignExtend, SIGNED_LOAD, (air, e) => {
  const [odd, upper] = [e.shift_amount.bit(0), e.shift_amount.bit(1)];
  const loadb0 = air.flag(e.is_byte.and(odd.xor(1)));
  const loadb1 = air.flag(e.is_byte.and(odd));
  const loadh = air.flag(e.is_byte.xor(1));
  const total = sum([loadb0, loadb1, loadh]);
  air.bool(total, 'at most one flag is 1');
  const isValid = total.as(1);
  const valid = air.when(isValid);
  const shift_most_sig_bit = air.flag(upper);
  const shifted = [0, 1, 2, 3].map(i => upper.choose(e.read_data[(i + 2) % 4]!, e.read_data[i]!));
  const shifted_read_data = air.cells(shifted);
  const top = firstOf([[loadb0.word, shifted[0]!]], shifted[1]!);
  const data_most_sig_bit = air.flag(top.bit(7));
  const prev_data = air.cells(e.prev_data);
  const [d0, d1] = [shifted_read_data[0]!, shifted_read_data[1]!];
  const signed = d0.mul(loadb0).add(d1.mul(loadb1), d1.mul(loadh)).sub(data_most_sig_bit.mul(SIGN));
  range(valid, signed.as(top.bits(0, 7)), 7);
  const sign = data_most_sig_bit.mul(LIMB - 1);
  const written = [
    loadh.add(loadb0).mul(d0).add(loadb1.mul(d1)),
    d1.mul(loadh).add(loadb0.add(loadb1).mul(sign)),
    sign,
    sign,
  ];
  const turned = [0, 1, 2, 3].map(i => {
    const there = shifted_read_data[(i + 2) % 4]!;
    return shift_most_sig_bit.mul(there).add(shift_most_sig_bit.not().mul(shifted_read_data[i]!));
  });
  const bytes = loadb0.add(loadb1);
  const opcode = bytes.mul(OPENVM_OPCODE.LOADB - OPENVM_OPCODE.LOADW);
  const adapter = loadStoreAdapter(valid, e, {
    opcode: opcode.add(loadh.mul(OPENVM_OPCODE.LOADH - OPENVM_OPCODE.LOADW), OPENVM_OPCODE.LOADW),
    isLoad: isValid,
    loadShift: shift_most_sig_bit.mul(2).add(loadb1),
    storeShift: 0,
    ...{ read: turned, before: prev_data, written },
  });
  const core = { loadb0, loadb1, loadh, shift_most_sig_bit, data_most_sig_bit, shifted_read_data, prev_data };
  return { ...adapter, ...core };
});
