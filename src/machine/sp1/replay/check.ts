// Compares a minimal trace with the program: chunk by chunk in order, each replayed from its own entries.

import { JitExecError } from '../../../../runtime/errors.ts';
import { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import type { ChunkLayout } from '../../../../runtime/trace/chunk-layout.ts';
import { CLK_START } from '../abi.ts';
import { type Sp1Version, sp1UserMode } from '../elf.ts';
import type { Sp1Guest } from '../machine.ts';
import { type Attempt, type Divergence, type ReplayEnd, Replayer, type RunReplayer } from './replay.ts';
import type { ReplayHost } from './replay-host.ts';
import type { ReplayMemory } from './replay-memory.ts';
import { UserReplayer } from './user-replay.ts';

/** Takes the raw chunks of a run in order. */
export class TraceChecker {
  readonly #guest: Sp1Guest;
  readonly #replayer: RunReplayer;
  readonly #layout: ChunkLayout;
  /** What the replay came to; undefined of programs with untrusted code. */
  readonly memory: ReplayMemory | undefined;
  chunks = 0;
  entries = 0;
  /** Instructions replayed, an unconstrained block being one. */
  instructions = 0;
  /** Where the chunks so far lead to. */
  end: ReplayEnd | undefined;

  /** `version`: by whose rules the run's image was loaded; 6.10 unless given. */
  constructor(guest: Sp1Guest, layout: ChunkLayout, version?: Sp1Version) {
    this.#guest = guest;
    this.#layout = layout;
    const mode = sp1UserMode(guest.elf);
    const trusted = mode === undefined ? new Replayer(guest, { history: 'run', version }) : undefined;
    this.#replayer = trusted ?? new UserReplayer(guest, mode!, version);
    this.memory = trusted?.memory;
  }

  /** What the guest asked of its host in all chunks so far. */
  get host(): ReplayHost {
    return this.#replayer.host;
  }

  /** Tries the instruction behind the last chunk of a run that did not halt. */
  attempt(): Attempt {
    return this.#replayer.attempt();
  }

  /**
   * The next chunk. `stopped`: it is the last of a run that did not halt.
   * @throws TRACE_INVALID where it is malformed, does not continue the one before, or is not what the program does.
   */
  check(raw: Uint8Array, name: string, stopped: boolean): TraceChunk {
    const chunk = TraceChunk.fromRaw(raw, this.#layout, name);
    const size = raw.length - chunk.entries.length - chunk.entries.byteOffset + raw.byteOffset;
    if (size !== 0) throw this.#invalid(name, 'no bytes after the last entry', `${size}`);
    if (this.end?.exitCode !== undefined) throw this.#invalid(name, 'no chunk after the halt', 'one');
    this.#checkStart(chunk);
    const outcome = this.#replayer.replay(chunk, { stopped });
    if (outcome.kind === 'diverges') throw this.#diverged(name, outcome.divergence);
    this.chunks++;
    this.entries += chunk.numMemReads;
    this.instructions += outcome.end.instructions;
    this.end = outcome.end;
    const { globalClkEnd } = chunk;
    const isCounted = globalClkEnd === undefined || globalClkEnd === this.instructions;
    // A run that stopped inside an unconstrained block counted its entry.
    if (!isCounted && !stopped) throw this.#invalid(name, `globalClkEnd ${this.instructions}`, `${globalClkEnd}`);
    return chunk;
  }

  #checkStart(chunk: TraceChunk): void {
    const { pc, clk, registers } = this.end ?? {
      pc: this.#guest.program.entry,
      clk: CLK_START,
      registers: new BigUint64Array(32),
    };
    if (chunk.pcStart !== pc) {
      throw this.#invalid(chunk.name, `pcStart 0x${pc.toString(16)}`, `0x${chunk.pcStart.toString(16)}`);
    }
    if (chunk.clkStart !== clk) throw this.#invalid(chunk.name, `clkStart ${clk}`, `${chunk.clkStart}`);
    const r = registers.findIndex((value, i) => value !== chunk.startRegisters[i]);
    if (r < 0) return;
    const hex = (value: bigint): string => `0x${value.toString(16)}`;
    throw this.#invalid(chunk.name, `register x${r} ${hex(registers[r]!)}`, hex(chunk.startRegisters[r]!));
  }

  #invalid(name: string, expected: string, got: string): JitExecError {
    return new JitExecError('TRACE_INVALID', `trace: expected ${expected}, got ${got} in ${name}`);
  }

  #diverged(name: string, { what, expected, found, instruction, pc, clk }: Divergence): JitExecError {
    const symbol = this.#guest.program.describeAddress(pc);
    const place = `chunk ${this.chunks}, instruction ${instruction}, ${symbol}, pc 0x${pc.toString(16)}, clk ${clk}`;
    return new JitExecError('TRACE_INVALID', `trace: ${place}: expected ${what} ${expected}, got ${found} in ${name}`);
  }
}
