// The memory of a recorded run, as its text and its host have it. Byte offsets.
//
//   control page: registers, fuel, pc; clock, arenas, times of registers
//   counters      entries of the blocks of emitted regions
//   guest         memory, 512 MiB, of which only what is touched is there
//   times         of its words: when each was accessed last, and that it was
//   records       of instructions, an arena for each AIR

import { PAGE_BYTES } from '../layout.ts';
import { POINTER_BITS, TIMESTAMP_BITS } from './address-spaces.ts';

const WORD = 4;
/** More than there are AIRs. */
const MOST_AIRS = 32;
const REGISTERS = 32;
const COUNTER_BYTES = 2 ** 20;
const GUEST_BYTES: number = 2 ** POINTER_BITS;

const CLOCK = 1024;
const TAILS: number = CLOCK + 2 * WORD;
const ENDS: number = TAILS + WORD * MOST_AIRS;
const REGISTER_TIMES: number = ENDS + WORD * MOST_AIRS;
const COUNTERS = PAGE_BYTES;
const GUEST: number = COUNTERS + COUNTER_BYTES;

interface RecordedLayout {
  /** Timestamp of the next access. */
  readonly clock: number;
  /** By AIR: where its next record goes, and where its arena ends; bytes of this memory. */
  readonly tails: number;
  readonly ends: number;
  /** As those of memory. */
  readonly registerTimes: number;
  readonly counters: number;
  readonly mostCounters: number;
  readonly guest: number;
  /** Of the word at a pointer: that many bytes from here. */
  readonly times: number;
  readonly records: number;
}

export const RECORDED: RecordedLayout = {
  clock: CLOCK,
  tails: TAILS,
  ends: ENDS,
  registerTimes: REGISTER_TIMES,
  counters: COUNTERS,
  mostCounters: COUNTER_BYTES / WORD,
  guest: GUEST,
  times: GUEST + GUEST_BYTES,
  records: GUEST + 2 * GUEST_BYTES,
};

export const RECORDED_AIRS: number = MOST_AIRS;
export const RECORDED_REGISTERS: number = REGISTERS;
/** What the time of an accessed word is more than its timestamp: the size code of blocks of four cells. */
export const ACCESSED: number = 3 * 2 ** TIMESTAMP_BITS;
