// Text that counts its blocks, by a cell each, sums their weights in a local, and lists first touches of memory.
//
// A block is counted whole at its start; where the text leaves in its middle it says how much was too much, and the host
// takes that back.

import { CONTROL } from '../../../runtime/layout.ts';
import type { Metered } from '../../region/instrumentation.ts';
import { type Block, endOf } from '../../region/region.ts';
import { assign, bin, control, declare, id, increment, index, int, num, type Statement, when } from '../estree.ts';
import type { AccessPlace, AccessWriter, Instrument } from './instrument.ts';

const WEIGHT = control(CONTROL.weight);
const UNDONE = control(CONTROL.undone);
const TAIL = control(CONTROL.touchTail);
/** log2 of a word's bytes. */
const WORD_SHIFT = 2;
/** log2 of a doubleword's bytes. */
const DOUBLEWORD = 3;

/**
 * At the first touch of the period, one more entry. No branch with work in it: V8 compiles an arm that has not run as a way
 * back to its interpreter, and every new period would take it. An entry that does not stay is written over. Of pages: leaves where
 * somebody must look.
 */
function touch(writer: AccessWriter, { doubleword, leave }: AccessPlace, granule: number): void {
  for (const name of ['$s', '$t']) writer.used.add(name);
  const mark = index('G', id('$s'));
  writer.push(
    assign(id('$s'), bin('>>', doubleword, num(granule - WORD_SHIFT))),
    assign(id('$t'), TAIL),
    assign(index('Q', id('$t')), id('$s')),
    assign(TAIL, bin('-', bin('+', id('$t'), num(1)), mark)),
    assign(mark, num(1)),
  );
  if (granule !== DOUBLEWORD) writer.push(when(bin('>=', TAIL, control(CONTROL.touchLimit)), leave()));
}

/** `slotOf` gives the slot of a pc. */
export function meteredText(
  { isWeighted, touches, cellOf, weightOf }: Metered,
  slotOf: (pc: number) => number,
): Instrument {
  const reload = (): Statement[] => (isWeighted ? [assign(id('weight'), WEIGHT)] : []);
  const spill = (): Statement[] => (isWeighted ? [assign(WEIGHT, id('weight'))] : []);
  const count = (from: number, end: number): Statement[] => {
    const cell = cellOf(from, end);
    if (cell !== undefined) return [increment(index('B', num(cell)))];
    return [increment(index('D', num(from))), increment(index('D', num(end)), '--')];
  };
  const weigh = (weight: number): Statement[] =>
    isWeighted && weight !== 0 ? [assign(id('weight'), int(bin('+', id('weight'), num(weight))))] : [];
  return {
    mode: { metered: true, touching: touches !== undefined },
    declare: () => [declare('let', [['undone', num(0)], ...(isWeighted ? [['weight', WEIGHT] as const] : [])])],
    spill,
    leave: () => [assign(UNDONE, id('undone'))],
    reload,
    refuel: () => ({ before: spill(), along: [], behind: reload() }),
    startBlock(block: Block) {
      if (block.instructions.length === 0) return [];
      const [from, end] = [slotOf(block.pc), slotOf(endOf(block))];
      return [...count(from, end), ...weigh(weightOf(from, end))];
    },
    undo(block, i) {
      const at = endOf({ pc: block.pc, instructions: block.instructions.slice(0, i) });
      return [assign(id('undone'), num(slotOf(endOf(block)) - slotOf(at)))];
    },
    access: touches && ((writer, place) => touch(writer, place, touches.granule)),
  };
}
