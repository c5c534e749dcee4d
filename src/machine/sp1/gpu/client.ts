// Asks for chips to be filled on a device, from a thread that goes on with others meanwhile.

import { SLOTS } from '../../../../codegen/chips/sp1/bytes.ts';
import { addCounts } from '../../../../runtime/columns/counts.ts';
import { type GpuChip, type GpuRequest, REPLY, STATE } from './service.ts';

export class GpuClient {
  readonly #ask: (request: GpuRequest) => void;
  readonly #counts = new Uint32Array(new SharedArrayBuffer(4 * SLOTS));

  /** `ask` brings a request to the service, in another thread. */
  constructor(ask: (request: GpuRequest) => void) {
    this.#ask = ask;
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
