// The precompile calls of a run, from its chunks: a replay shows which there are and where their entries begin.

import { vi } from 'vitest';
import { TraceChunk } from '../../runtime/trace/chunk.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import type { PrecompileCall } from '../../src/machine/sp1/records/enrich/index.ts';
import { Replayer } from '../../src/machine/sp1/replay/replay.ts';
import { ReplayHost } from '../../src/machine/sp1/replay/replay-host.ts';
import { ReplayMemory } from '../../src/machine/sp1/replay/replay-memory.ts';
import { PRECOMPILES, SHA_EXTEND } from '../../src/machine/sp1/syscalls/precompiles.ts';
import type { ArgumentIndex } from '../../src/machine/sp1/syscalls/syscall-host.ts';
import { guestBytes, traceAll } from '../machine/sp1/guest-runs.ts';

const CODES = new Set([...PRECOMPILES.map(({ code }) => code), SHA_EXTEND]);
const ENTRY_WORDS = 4;
const T0 = 5;

/** In order of execution. Clocks of registers are not known. */
export function callsOfRun(name: string): PrecompileCall[] {
  const bytes = guestBytes(name);
  const { raw } = traceAll(bytes, { inputs: [], chunkEntries: 2 ** 24, engine: 'interpreter' });
  const calls: PrecompileCall[] = [];
  let memory: ReplayMemory | undefined;
  let entries = new Int32Array(0);
  const begin = ReplayMemory.prototype.begin;
  const call = ReplayHost.prototype.call;
  vi.spyOn(ReplayMemory.prototype, 'begin').mockImplementation(function (this: ReplayMemory, ...given) {
    memory = this;
    entries = new Int32Array(given[0].slice().buffer);
    begin.apply(this, given);
  });
  vi.spyOn(ReplayHost.prototype, 'call').mockImplementation(function (this: ReplayHost, clk) {
    const first = ENTRY_WORDS * memory!.entriesTaken;
    const code = Number(BigInt.asUintN(32, memory!.memory.readRegister(T0)));
    const args = ([0, 1, 2, 3, 4] as ArgumentIndex[]).map(index => this.address(index));
    const outcome = call.call(this, clk);
    if (CODES.has(code)) calls.push({ code, clk, args, registerClks: [0, 0, 0], entries, first });
    return outcome;
  });
  const replayer = new Replayer(loadGuest(bytes, name, 'auto'), { history: 'chunk' });
  for (const chunk of raw) {
    const outcome = replayer.replay(TraceChunk.fromRaw(chunk));
    if (outcome.kind !== 'agrees') throw new Error(JSON.stringify(outcome));
  }
  vi.restoreAllMocks();
  return calls;
}
