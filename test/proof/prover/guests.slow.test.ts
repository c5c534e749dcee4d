// Segments from the middle of runs of real guests: what a crew proves of them, the verifier accepts.

import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { MemoryTree } from '../../../runtime/openvm/memory-tree.ts';
import { AIRS } from '../../../src/machine/openvm/airs.ts';
import { VmInstance } from '../../../src/machine/openvm/flow/instance.ts';
import { StarkEngine } from '../../../src/machine/openvm/flow/stark-engine.ts';
import { VirtualMachine } from '../../../src/machine/openvm/flow/virtual-machine.ts';
import { mostRows } from '../../../src/machine/openvm/pipeline/ram.ts';
import { proofBytes } from '../../../src/proof/prover/lanes/need.ts';
import { decodeProof, encodeProof } from '../../../src/proof/stark/codec.ts';
import { APP_PARAMETERS } from '../../../src/proof/stark/proof.ts';
import { rv32imKey } from '../openvm-vectors.ts';

const folder = new URL('../../../bench/openvm-guests/', import.meta.url);
const guests: Readonly<Record<string, { readonly runs: readonly { readonly inputs: readonly string[] }[] }>> =
  JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'));
/** Three queries: what is opened is the same for each. */
const parameters = { ...APP_PARAMETERS, queries: 3, powBits: 8, logUpPowBits: 8 };

describe('a segment of', () => {
  const engine = new StarkEngine(rv32imKey, { parameters });
  afterAll(() => engine.end());
  let most = 0;

  it.each(Object.keys(guests))('%s is proved', name => {
    const bytes = readFileSync(new URL(`bin/${name}.elf`, folder));
    const inputs = guests[name]!.runs[0]!.inputs.map(hex => new Uint8Array(Buffer.from(hex, 'hex')));
    const vm = VirtualMachine.newWithKeygen(engine, { limits: { rows: 2 ** 15 } });
    const { segments } = vm.executor.executeMetered(bytes, { inputs, maxCycles: 300_000 });
    expect(segments.length).toBeGreaterThan(2);
    const instance = new VmInstance(vm, bytes);
    instance.resetState({ inputs });
    const tree = MemoryTree.of(instance.state.memory);
    const [, context] = segments
      .slice(0, 2)
      .map(plan => vm.generateProvingContext(instance.program, instance.executePreflight(plan), tree));
    const proof = decodeProof(encodeProof(engine.prove(context!)));
    engine.verify(proof);
    expect(proof.mainCommitments[0]).toEqual(instance.program.commitment);
    most = Math.max(
      most,
      proofBytes(
        rv32imKey,
        AIRS.map(air => mostRows(air.name, segments[1]!)),
      ),
    );
    expect(engine.peakBytes).toBeLessThan(most);
    const [first] = proof.perAir;
    const other = { ...proof, perAir: [{ ...first!, degree: 2 * first!.degree }, ...proof.perAir.slice(1)] };
    expect(() => engine.verify(other)).toThrow();
  });
});
