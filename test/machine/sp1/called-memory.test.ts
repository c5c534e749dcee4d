import { expect, test } from 'vitest';
import { TraceChunk } from '../../../runtime/trace/chunk.ts';
import { loadGuest } from '../../../src/machine/guest.ts';
import type { SplicedChunk } from '../../../src/machine/sp1/records/cut/splice.ts';
import { Splicer } from '../../../src/machine/sp1/records/cut/splicer.ts';
import { memoryAddresses } from '../../../src/machine/sp1/records/shards.ts';
import { trace } from '../../../src/verbs/trace.ts';
import { buildElf } from '../../codegen/elf/elf-builder.ts';
import { assemble } from '../../engines/assembler.ts';
import { CALLS, call, halt, TEXT } from './user-programs.ts';

test.each([
  ['with shards of its own', CALLS.KECCAK_PERMUTE, [TEXT + 0x8000, 0], 25],
  ['in the shard of its caller', CALLS.POSEIDON2, [TEXT + 0x8000], 8],
] as const)('memory that only a precompile accessed is memory of the run: one %s', (_where, code, args, granules) => {
  const bytes = assemble('rv64im', TEXT, [...call(code, ...args), ...halt(0)]);
  const elf = buildElf({ xlen: 64, entry: TEXT, segments: [{ address: TEXT, bytes, flags: 5 }] });
  const guest = loadGuest(elf, 'called.elf', 'sp1');
  const splicer = new Splicer(guest.program, { elements: 402_653_184, height: 4_194_304 });
  const chunks: SplicedChunk[] = [];
  trace(elf, { machine: 'sp1', onChunk: ({ raw }) => chunks.push(splicer.splice(TraceChunk.fromRaw(raw))) });
  const { addresses } = memoryAddresses({ elf: guest.elf, chunks });
  const expected = Array.from({ length: granules }, (_, i) => TEXT + 0x8000 + 8 * i);
  expect([...addresses].filter(address => address >= TEXT + 0x8000)).toEqual(expected);
});
