// Asks for chips to be filled on a device, from a thread that goes on with others meanwhile.

import { addCounts } from '../../../runtime/columns/counts.ts';
import { type FillRequest, REPLY, type RequestedChip, STATE } from './requests.ts';

export class DeviceClient<Chip> {
  /** Which chips are asked for. */
  readonly takes: (chip: Chip) => boolean;
  readonly #ask: (request: FillRequest) => void;
  readonly #counts: Uint32Array;

  /** `slots`: how many multiplicities lookups have; `ask` brings a request to the service, in another thread. */
  constructor(slots: number, takes: (chip: Chip) => boolean, ask: (request: FillRequest) => void) {
    this.takes = takes;
    this.#ask = ask;
    this.#counts = new Uint32Array(new SharedArrayBuffer(4 * slots));
  }

  /**
   * Gives what waits for the end, adds to a table what the filled chips look up, and says of each chip whether it was filled.
   * One request at a time.
   */
  begin(memory: SharedArrayBuffer, chips: readonly RequestedChip[]): (counts: Uint32Array) => readonly boolean[] {
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
