// A function of a guest beside the WebAssembly that walks over it: what counts its blocks, and what writes its events.

import { expect, test } from 'vitest';
import { disassemble } from '../../codegen/isa/disassemble.ts';
import { isa } from '../../codegen/isa/index.ts';
import { makeText } from '../../codegen/program/text.ts';
import { compileWalk } from '../../codegen/wasm/walk/compile-regions.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import { recordOperationAt } from '../../src/machine/sp1/records/record-operations.ts';
import { guestBytes } from '../machine/sp1/guest-runs.ts';
import { wat } from './wat.ts';

const { elf, program } = loadGuest(guestBytes('fibonacci'), 'fibonacci', 'sp1');
const text = makeText(isa('rv64im'), program.textBase, program.text, () => false, program.gaps);
const entry = elf.symbols.find(({ name }) => name === 'fibonacci')!;

const listing = Array.from({ length: entry.size / 4 }, (_, i) => {
  const pc = entry.address + 4 * i;
  return `${pc.toString(16)}: ${disassemble(text.instructionAt((pc - text.base) / 4)!, BigInt(pc))}\n`;
}).join('');

test.each([
  ['counting', undefined],
  ['recording', recordOperationAt],
] as const)('%s', async (kind, operationAt) => {
  const plan = { pages: 64, most: 65_536, tableLength: text.slots, operationAt };
  const never = (): boolean => false;
  const { bytes, regions } = compileWalk(program, text, plan, entry.address, {
    ...{ maxInstructions: 1000, batchInstructions: 1000, wholeInstructions: 0 },
    isFunctionStart: pc => program.functionBefore(pc) === pc,
    ...{ seenTargets: () => [], isReached: () => true, wanted: never, isBusy: never, strays: never },
    tableIndexOf: pc => (pc - text.base) / 4,
  });
  expect(WebAssembly.validate(bytes)).toBe(true);
  expect(regions.map(({ name }) => name)).toEqual(['fibonacci_78001800']);
  await expect(listing).toMatchFileSnapshot('fibonacci.sp1.s');
  await expect(wat(bytes)).toMatchFileSnapshot(`fibonacci.sp1.${kind}.wat`);
});
