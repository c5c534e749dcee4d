// The program, where a segment begins and ends, and phantom instructions.
// Reference: openvm:crates/vm/src/system/{program,connector,phantom}, v1.4.0.

import { babyBear } from '../../../runtime/fields/baby-bear.ts';
import { OPENVM_OPCODE } from '../../../runtime/openvm/opcodes.ts';
import { RECORDS } from '../../../runtime/openvm/records.ts';
import { type Chip, table } from '../chip.ts';
import { poly, publicValue } from '../poly.ts';
import { FIELD_BITS, recorded } from './air.ts';
import { executionBus, programBus } from './buses.ts';
import { PHANTOM } from './events.ts';
import { stepTo } from './instructions/adapters.ts';
import { range } from './lookups.ts';

const SLOT = { pc: FIELD_BITS.pc, opcode: 16, operands: [FIELD_BITS.element, 7], count: FIELD_BITS.element } as const;
const OPERANDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const;

/** An instruction and how often it is executed. */
export const programChip: Chip = table(babyBear, 'Program', SLOT, (air, e) => {
  const [pc, opcode] = [air.cell(e.pc), air.cell(e.opcode)];
  const cells = air.cells(e.operands);
  const exec_freq = air.cell(e.count);
  const [a, b, c, d, e_, f, g] = cells as never as readonly [never, never, never, never, never, never, never];
  air.only(exec_freq).receive(programBus, [pc, opcode, [a, b, c, d, e_, f, g]]);
  return [{ pc, opcode, ...Object.fromEntries(OPERANDS.map((name, i) => [name, cells[i]!])) }, { exec_freq }];
});

const STATE = {
  row: 1,
  pc: FIELD_BITS.pc,
  timestamp: FIELD_BITS.timestamp,
  is_terminate: 1,
  exit_code: FIELD_BITS.element,
} as const;
/** Public values, by their index. */
const PUBLIC = { initialPc: 0, finalPc: 1, exitCode: 2, isTerminate: 3 } as const;

/** The state that a segment begins with, and the one that it ends with. */
export const connectorChip: Chip = table(babyBear, 'Connector', STATE, (air, e) => {
  const row = air.cell(e.row);
  const [pc, timestamp] = [air.cell(e.pc), air.cell(e.timestamp)];
  const [is_terminate, exit_code] = [air.cell(e.is_terminate), air.cell(e.exit_code)];
  const low = air.cell(e.timestamp.bits(0, 17));
  const first = air.on('transition');
  first.equal(pc, publicValue(PUBLIC.initialPc), 'the first pc');
  first.equal(pc.next, publicValue(PUBLIC.finalPc), 'the last pc');
  first.when(is_terminate.next).equal(exit_code.next, publicValue(PUBLIC.exitCode), 'the exit code');
  first.equal(is_terminate.next, publicValue(PUBLIC.isTerminate), 'whether the program ends');
  first.equal(timestamp, 1, 'the first timestamp');
  const begin = air.only(row.not());
  begin.receive(executionBus, [pc.next, timestamp.next]);
  begin.send(executionBus, [pc, timestamp]);
  const terminates = [OPENVM_OPCODE.TERMINATE, [0, 0, exit_code.next, 0, 0, 0, 0]] as const;
  begin.when(is_terminate.next).send(programBus, [pc.next, ...terminates]);
  range(air, low, 17);
  range(
    air,
    timestamp
      .sub(low)
      .over(2 ** 17)
      .as(e.timestamp.bits(17, 29)),
    12,
  );
  return [{ row }, { pc, timestamp, is_terminate, exit_code, timestamp_low_limb: low }];
});

/** What only the host acts upon. */
export const phantomChip: Chip = recorded('Phantom', RECORDS.Phantom, PHANTOM, (air, e) => {
  const is_valid = air.cell(1);
  const from = { pc: air.cell(e.pc), timestamp: air.cell(e.timestamp) };
  const operands = air.cells(e.operands);
  stepTo(air.only(is_valid), from, OPENVM_OPCODE.PHANTOM, operands, poly(1));
  return { pc: from.pc, operands, timestamp: from.timestamp, is_valid };
});
