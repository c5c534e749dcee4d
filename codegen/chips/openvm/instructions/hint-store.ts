// Words from the hint stream: a row each. Rows of one HINT_BUFFER are consecutive and count down.
// Reference: openvm:extensions/rv32im/circuit/src/hintstore/mod.rs, v1.4.0.

import { SPACE } from '../../../../runtime/openvm/address-spaces.ts';
import { OPENVM_OPCODE } from '../../../../runtime/openvm/opcodes.ts';
import type { Chip } from '../../chip.ts';
import { type Cell, compose, type Limbs, type Poly, sum } from '../../poly.ts';
import { FIELD_BITS, openvm } from '../air.ts';
import { HINT } from '../events.ts';
import { bytes } from '../lookups.ts';
import { read, writeBlock } from '../memory.ts';
import { fromState, stepTo } from './adapters.ts';

const { registers: REGISTERS, memory: MEMORY } = SPACE;

const CYCLES = 3;
const WORD = 4;
/** What lifts the top byte of a pointer below 2^29 to a byte. */
const TOP = 2 ** (32 - FIELD_BITS.timestamp);
const next = ({ cells }: Limbs): Poly[] => cells.map(cell => cell.next);

export const hintStoreChip: Chip = openvm('HintStore', HINT, (air, e) => {
  const isSingle = e.is_buffer.xor(1);
  const isStart = e.is_buffer.and(e.is_start);
  const [is_single, is_buffer] = [air.flag(isSingle), air.flag(e.is_buffer)];
  const is_buffer_start = air.flag(isStart);
  const isValid = sum([is_single, is_buffer]);
  air.only(is_buffer_start).equal(is_buffer, 1, 'a buffer begins with a row of it');
  air.bool(isValid, 'a single or a buffer');
  const isNextValid = is_single.next.add(is_buffer.next);
  air.on('transition').only(isValid.not()).zero(isNextValid, 'padding is followed by padding');
  /** Whether a row does not go on with a buffer. */
  const isNew = (buffer: Poly, start: Poly): Poly => buffer.not().add(start);
  const isLast = isNew(is_buffer.next, is_buffer_start.next);
  air.only(is_single).equal(isLast, 1, 'a buffer does not go on behind a single');
  air.on('first').equal(isNew(is_buffer, is_buffer_start), 1, 'a buffer does not begin in its middle');
  const rem_words_limbs = air.bytes(e.rem_words);
  const from = fromState(air, e);
  const mem_ptr_ptr = air.cell(e.mem_ptr_ptr);
  const mem_ptr_limbs = air.bytes(e.mem_ptr);
  const valid = air.only(isValid.as(1));
  const start = air.only(is_single.add(is_buffer_start).as(isSingle.or(isStart)));
  const at = (i: number): Poly => from.timestamp.add(i);
  const pointer = {
    ...{ space: REGISTERS, pointer: mem_ptr_ptr, now: at(0), prev: e.mem_ptr_prev_timestamp },
    isAccessed: start.condition.word,
  };
  const mem_ptr_aux = read(start, pointer, mem_ptr_limbs.cells);
  const num_words_ptr = air.cell(e.num_words_ptr);
  const count = {
    ...{ space: REGISTERS, pointer: num_words_ptr, now: at(1), prev: e.num_words_prev_timestamp },
    isAccessed: isStart,
  };
  const num_words_aux = read(air.only(is_buffer_start), count, rem_words_limbs.cells);
  const data = air.bytes(e.data);
  const memory = {
    space: MEMORY,
    pointer: compose(mem_ptr_limbs.cells, 8),
    now: at(2),
    prev: e.write_prev_timestamp,
  };
  const write_aux = writeBlock(valid, memory, e.prev_data, data.cells);
  const opcode = is_single.mul(OPENVM_OPCODE.HINT_STOREW).add(is_buffer.mul(OPENVM_OPCODE.HINT_BUFFER));
  const words = compose(rem_words_limbs.cells, 8);
  stepTo(start, from, opcode, [is_buffer.mul(num_words_ptr), mem_ptr_ptr, 0, REGISTERS, MEMORY], words.mul(CYCLES));
  bytes(start, mem_ptr_limbs.at(3).mul(TOP), rem_words_limbs.at(3).mul(TOP));
  bytes(valid, data.at(0), data.at(1));
  bytes(valid, data.at(2), data.at(3));
  valid.when(isLast).equal(words, 1, 'the last word of a hint');
  const goesOn = air.only(isLast.not());
  goesOn.equal(words.sub(compose(next(rem_words_limbs), 8)), 1, 'one word less is left');
  const nextPointer = compose(next(mem_ptr_limbs), 8);
  goesOn.equal(nextPointer.sub(compose(mem_ptr_limbs.cells, 8)), WORD, 'the next word of memory');
  goesOn.equal(from.timestamp.add(CYCLES), (from.timestamp as Cell).next, 'the next word is later');
  return {
    ...{ is_single, is_buffer, rem_words_limbs, from, mem_ptr_ptr, mem_ptr_limbs, mem_ptr_aux, write_aux, data },
    ...{ is_buffer_start, num_words_ptr, num_words_aux },
  };
});
