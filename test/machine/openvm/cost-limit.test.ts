// Metered cost is upstream's, and a run that may not cost so much stops before the first instruction at which it has.

import { describe, expect, it } from 'vitest';
import { VmExecutor } from '../../../src/machine/openvm/flow/executor.ts';
import type { Engine } from '../../../src/verbs/execute.ts';
import { plan } from '../../../src/verbs/plan.ts';
import { TINY } from './programs.ts';

describe.each<Engine>(['interpreter', 'js', 'wasm'])('metered cost on engine %s', engine => {
  const executor = new VmExecutor({ engine });

  it.each(Object.entries(TINY))(
    'of %s, with limits and without',
    (_name, { elf_base64, input, metered_cost, pure }) => {
      const bytes = new Uint8Array(Buffer.from(elf_base64, 'base64'));
      const inputs = input.map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')));
      const whole = executor.executeMeteredCost(bytes, { inputs });
      expect(whole).toMatchObject({ cost: metered_cost.cost, instructions: pure.instret, exit: { kind: 'halted' } });
      const costAfter = (maxCycles: number): number => plan(bytes, { inputs, engine, maxCycles }).cost;
      for (const limit of [0, 1000, Math.floor(metered_cost.cost / 3), metered_cost.cost - 1]) {
        const { cost, instructions, exit } = executor.executeMeteredCost(bytes, { inputs }, limit);
        expect(exit).toBeUndefined();
        expect(cost).toBeGreaterThan(limit);
        expect(cost).toBe(costAfter(instructions));
        expect(instructions === 0 ? 0 : costAfter(instructions - 1)).toBeLessThanOrEqual(limit);
      }
      expect(executor.executeMeteredCost(bytes, { inputs }, metered_cost.cost)).toEqual(whole);
    },
  );
});
