import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isa, rowOf } from '../../../codegen/isa/index.ts';
import type { Instruction } from '../../../codegen/isa/instruction.ts';
import { fuelNeeds } from '../../../codegen/region/fuel.ts';
import type { Block, Region } from '../../../codegen/region/region.ts';
import { structure } from '../../../codegen/region/structure.ts';
import { SLACK } from '../../../runtime/abi.ts';

const nop: Instruction = { row: rowOf(isa('rv64im'), 'addi'), rd: 0, rs1: 0, rs2: 0, imm: 0, size: 4 };

interface Plan {
  readonly length: number;
  readonly successors: readonly number[];
  readonly calls?: boolean;
}

function regionOf(plans: readonly Plan[]): Region {
  const blocks = plans.map(({ length, successors, calls }, i): Block => {
    const pc = 0x1000 * (i + 1);
    const end: Block['end'] = calls ? { kind: 'ecall', next: 0 } : { kind: 'return' };
    return { pc, instructions: new Array<Instruction>(length).fill(nop), end, successors };
  });
  const successors = (node: number): readonly number[] => blocks[node]!.successors;
  return { entryPc: 0x1000, blocks, instructionCount: 0, entry: 0, nodes: blocks.length, successors };
}

function needsOf(plans: readonly Plan[]): { readonly needs: Int32Array; readonly heads: ReadonlySet<number> } {
  const region = regionOf(plans);
  const { order, loopHeads } = structure(region);
  return { needs: fuelNeeds(region, order, loopHeads).inside, heads: loopHeads };
}

describe('the fuel that a block needs', () => {
  test('is that of the longest path to the head of a loop, which has its own test', () => {
    const { needs, heads } = needsOf([
      { length: 5, successors: [1] },
      { length: 2, successors: [2, 3] },
      { length: 7, successors: [4] },
      { length: 1, successors: [4] },
      { length: 3, successors: [1, 5] },
      { length: 4, successors: [] },
    ]);
    expect([...heads]).toEqual([1]);
    expect([...needs]).toEqual([5, 2 + 7 + 3 + 4, 7 + 3 + 4, 1 + 3 + 4, 3 + 4, 4]);
  });

  test('ends where something is called: behind it there is a test', () => {
    const { needs } = needsOf([
      { length: 5, successors: [1], calls: true },
      { length: 9, successors: [] },
    ]);
    expect([...needs]).toEqual([5, 9]);
  });

  test('covers every walk from one test to the next, in graphs of any shape', () => {
    const plans = fc.integer({ min: 1, max: 12 }).chain(n =>
      fc.array(
        fc.record({
          length: fc.nat(20),
          successors: fc.array(fc.nat(n - 1), { maxLength: 2 }),
          calls: fc.boolean(),
        }),
        { minLength: n, maxLength: n },
      ),
    );
    const walks = fc.array(fc.nat(1), { minLength: 30, maxLength: 30 });
    const property = fc.property(plans, walks, (made, choices) => {
      const blocks = made.map(plan => ({ ...plan, calls: plan.calls && plan.successors.length === 1 }));
      const { needs, heads } = needsOf(blocks);
      let node = 0;
      let fuel = needs[0]!;
      for (const choice of choices) {
        fuel -= blocks[node]!.length;
        expect(fuel).toBeGreaterThanOrEqual(0);
        const { successors, calls } = blocks[node]!;
        if (successors.length === 0) return;
        node = successors[choice % successors.length]!;
        if (calls || heads.has(node)) fuel = needs[node]!;
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('of a path as long as the slack is our mistake', () => {
    expect(() => needsOf([{ length: SLACK, successors: [] }])).toThrow(/without a test of the fuel/);
  });
});
