// What generated code and its host have agreed on besides byte offsets.

/** What compiled code returns instead of a pc when every host frame must go: the pc is in the control page. */
export const UNWIND = 1;

/** More instructions than compiled code runs between two tests of its fuel. */
export const SLACK = 4096;

/** Host frames after which everything unwinds; a frame takes up to 1.5 KiB of the host's 984 KiB stack. */
export const MAX_DEPTH = 300;

/** What an entry of a loop or function counts towards being hot; a return to a place counts 1. */
export const ENTRY_WEIGHT = 16;
