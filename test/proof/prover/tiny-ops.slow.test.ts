// A run of OpenVM's whole RV32IM machine, from the executable to the proof that OpenVM 1.4.0 made of it.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openVmChip } from '../../../codegen/chips/openvm/index.ts';
import type { Columns } from '../../../runtime/columns/columns.ts';
import { VmInstance } from '../../../src/machine/openvm/flow/instance.ts';
import { StarkEngine } from '../../../src/machine/openvm/flow/stark-engine.ts';
import { VirtualMachine } from '../../../src/machine/openvm/flow/virtual-machine.ts';
import { encodeProof } from '../../../src/proof/stark/codec.ts';
import { bytesOf, rv32imKey, tinyOps, tinyOpsParameters, vector } from '../openvm-vectors.ts';

const poseidon2Rows = (
  vector('tiny-ops-traces') as {
    readonly airs: Readonly<
      Record<string, { readonly poseidon2_inputs_and_multiplicity: readonly (readonly number[])[] }>
    >;
  }
).airs['26']!.poseidon2_inputs_and_multiplicity;
const guest = readFileSync(new URL('../../../examples/guests/bin/tiny-ops.openvm.elf', import.meta.url));
const inputs = ['0102030405060708090a0b', 'aabbccdd'].map(hex => new Uint8Array(Buffer.from(hex, 'hex')));

/** Upstream leaves the order of Poseidon2's rows to a hash table: those of one run are put into the order of another. */
function ordered(columns: Columns, keys: readonly (readonly number[])[]): Columns {
  const rowsOf = new Map<string, number[]>();
  const cell = (row: number, column: number): number => columns.data[column * columns.stride + row]!;
  const names = openVmChip(columns.name).columns.map(({ name }) => name);
  const places = [...names.keys()].filter(i => /input|mult/.test(names[i]!));
  for (let row = 0; row < columns.rows; row++) {
    const key = places.map(column => cell(row, column)).join();
    rowsOf.set(key, [...(rowsOf.get(key) ?? []), row]);
  }
  const data = new Uint32Array(columns.data.length);
  for (const [to, key] of keys.entries()) {
    const row = rowsOf.get(key.join())!.shift()!;
    for (let column = 0; column < columns.width; column++) data[column * columns.stride + to] = cell(row, column);
  }
  return { ...columns, data };
}

describe('tiny-ops', () => {
  it('has upstream’s proof word for word', () => {
    let at = process.cpuUsage().user / 1000;
    const times: string[] = [];
    const lap = (what: string): void => {
      times.push(`${what} ${(process.cpuUsage().user / 1000 - at).toFixed(0)}`);
      at = process.cpuUsage().user / 1000;
    };
    const engine = new StarkEngine(rv32imKey, { parameters: tinyOpsParameters, onStage: lap });
    const vm = VirtualMachine.newWithKeygen(engine);
    const instance = new VmInstance(vm, guest);
    lap('key');
    const { segments } = instance.proveContinuations(
      { inputs },
      {
        onContext: ({ program, airs }) => ({
          program,
          airs: airs.map(air =>
            air.columns.name === 'Poseidon2' ? { ...air, columns: ordered(air.columns, poseidon2Rows) } : air,
          ),
        }),
      },
    );
    lap('end');
    console.log(times.join(), engine.peakBytes);
    expect(segments).toHaveLength(1);
    expect(Buffer.compare(encodeProof(segments[0]!), bytesOf(tinyOps.proof_codec_base64))).toBe(0);
    expect(vm.verify(segments).exeCommit).toEqual(tinyOps.upstream_verify_segments.exe_commit);
  }, 120_000);
});
