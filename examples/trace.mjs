// The minimal trace of a guest of the sp1 machine: the old values that its run met in memory, in chunks. Each has the
// registers it starts with, so that a prover can replay it alone.
//   node examples/trace.mjs [n [entries per chunk]]
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { trace } from 'jit-exec';

const program = readFileSync(new URL('guests/bin/fibonacci.sp1.elf', import.meta.url));
const [n = '20', chunkEntries = '500'] = process.argv.slice(2);

const { exit, instructions, chunks, entries } = trace(program, {
  inputs: [new Uint8Array(BigUint64Array.of(BigInt(n)).buffer)],
  chunkEntries: Number(chunkEntries),
  // `raw` is what SP1's executor hands its prover; it is overwritten after the call.
  onChunk({ index, numMemReads, clkStart, clkEnd, raw }) {
    const digest = createHash('sha256').update(raw).digest('hex');
    console.log(`chunk ${index}: ${numMemReads} entries, clk ${clkStart} to ${clkEnd}, SHA-256 ${digest}`);
  },
});

console.log(`${exit.kind} after ${instructions} instructions: ${chunks} chunks, ${entries} entries`);
