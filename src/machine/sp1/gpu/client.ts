// Asks for chips to be filled on a device, from a thread that goes on with others meanwhile.

import { SLOTS } from '../../../../codegen/chips/sp1/bytes.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import { addCounts } from '../../../../runtime/columns/counts.ts';
import type { ChipName } from '../records/chips.ts';
import type { ShardChip } from '../records/shards.ts';
import { type GpuChip, type GpuRequest, REPLY, STATE } from './service.ts';

/** `all`: every chip that a device can fill; `paying`: those that take it less time, the way back included. */
export type GpuPolicy = 'all' | 'paying';

const OF_TABLES: readonly ChipName[] = ['Program', 'Byte', 'Range'];
/** Below, a dispatch costs more than the rows. */
const PAYING_ROWS = 1024;
/** What comes back costs a nanosecond a cell: as wide as these, or with a table of products, rows cost the host more. */
const PAYING_WIDTH = 256;
const PAYING: readonly ChipName[] = ['Global', 'Mul', 'DivRem', 'Poseidon2'];

export class GpuClient {
  readonly #policy: GpuPolicy;
  readonly #ask: (request: GpuRequest) => void;
  readonly #counts = new Uint32Array(new SharedArrayBuffer(4 * SLOTS));

  /** `ask` brings a request to the service, in another thread. */
  constructor(policy: GpuPolicy, ask: (request: GpuRequest) => void) {
    this.#policy = policy;
    this.#ask = ask;
  }

  takes({ name, realRows }: ShardChip): boolean {
    if (this.#policy === 'all') return true;
    if (OF_TABLES.includes(name)) return false;
    const { columns, fixed } = sp1Chip(name);
    return realRows >= PAYING_ROWS && (PAYING.includes(name) || columns.length - fixed >= PAYING_WIDTH);
  }

  /**
   * Gives what waits for the end, adds to a table what the filled chips look up, and says of each chip whether it was filled.
   * One request at a time.
   */
  begin(memory: SharedArrayBuffer, chips: readonly GpuChip[]): (counts: Uint32Array) => readonly boolean[] {
    const reply = new Int32Array(new SharedArrayBuffer(4 * REPLY.words));
    this.#ask({ memory, chips, counts: this.#counts, reply });
    return counts => {
      Atomics.wait(reply, REPLY.state, STATE.asked);
      const isDone = Atomics.load(reply, REPLY.state) === STATE.done;
      if (isDone) addCounts(counts, this.#counts);
      return chips.map((_, i) => isDone && reply[REPLY.chips + i] === 1);
    };
  }
}
