// What generated code and its host have agreed on besides byte offsets.

/** What compiled code returns instead of a pc when every host frame must go: the pc is in the control page. */
export const UNWIND = 1;

/** More instructions than compiled code ever runs between two tests of its fuel: with as much, it does not leave for want of it. */
export const SLACK = 4096;

/** With less fuel than this, compiled code is not entered: it would leave at once or soon. */
export const LEAST_FUEL = 32;

/** Host frames after which everything unwinds: leaves each 3 KiB of the host's usual 984 KiB of stack, a guess with room. */
export const MAX_DEPTH = 300;

/** What an instruction adds to the clock of machines that have one (SP1's CLK_INC). */
export const CLK_PER_INSTRUCTION = 8;

/** What an entry of a loop or function counts towards being hot; a return to a place counts 1. */
export const ENTRY_WEIGHT = 16;

/** Most entries that a threshold can ask for: the counter, a little beyond ENTRY_WEIGHT times as many, is an int32. */
export const MAX_HOT: number = 2 ** 26;
