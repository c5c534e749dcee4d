// Where the host has no WebAssembly, cold code runs in the interpreter in JavaScript, hot code on engine js.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { execute } from '../../src/verbs/execute.ts';
import { traceAll } from '../machine/sp1/guest-runs.ts';
import { differences, prepare } from './compare.ts';
import { MODES } from './engines.ts';
import { runOracle } from './oracle.ts';
import { plans } from './random-plan.ts';
import { type Built, build } from './random-program.ts';

const HOT = 5;
const BUDGET = 12_000;
const THRESHOLD = 50;

const guest = (name: string): Buffer => readFileSync(new URL(`../../examples/guests/bin/${name}.elf`, import.meta.url));

describe('a host without WebAssembly', () => {
  beforeAll(() => void vi.stubGlobal('WebAssembly', undefined));
  afterAll(() => void vi.unstubAllGlobals());

  it('refuses engine wasm', () => {
    expect(() => execute(guest('sort.rv64'), { engine: 'wasm' })).toThrow(/host has no WebAssembly/);
  });

  it.each(['sort.rv32', 'sort.rv64', 'fibonacci.rv64c'])('runs %s on engine js as its interpreter does', name => {
    const [auto, interpreted] = (['auto', 'interpreter'] as const).map(engine => {
      const written: Uint8Array[] = [];
      const result = execute(guest(name), { engine, hot: HOT, stdout: bytes => void written.push(bytes.slice()) });
      const { exit, instructions, registers } = result;
      return { engine: result.engine, ran: [exit, instructions, registers, Buffer.concat(written).toString()] };
    });
    expect([auto!.engine, interpreted!.engine]).toEqual(['js', 'interpreter']);
    expect(auto!.ran).toEqual(interpreted!.ran);
  });

  it('makes the same chunks, unconstrained execution included', () => {
    const [auto, interpreted] = (['auto', 'interpreter'] as const).map(engine =>
      traceAll(guest('unconstrained.sp1'), { engine, hot: HOT, chunkEntries: THRESHOLD }).raw.map(raw =>
        Buffer.from(raw).toString('base64'),
      ),
    );
    expect(auto!.length).toBeGreaterThan(1);
    expect(auto).toEqual(interpreted);
  });

  it.each(MODES)('runs generated programs as the oracle does, %s', mode => {
    const threshold = mode === 'traced' ? THRESHOLD : undefined;
    const property = fc.property(plans('rv64im', 30), plan => {
      let built: Built;
      try {
        built = build(mode === 'traced' ? { ...plan, alignedOnly: true, protectsText: false } : plan);
      } catch (error) {
        if (error instanceof RangeError) return;
        throw error;
      }
      const oracle = runOracle(built.setup, built.text, BUDGET, threshold);
      const prepared = prepare(built, { engine: 'js', budget: BUDGET, hot: 1, threshold });
      expect(prepared.executor.memory.wasm).toBeUndefined();
      expect(differences(built, prepared, oracle).join('\n')).toBe('');
    });
    fc.assert(property, { numRuns: 20 });
  });
});
