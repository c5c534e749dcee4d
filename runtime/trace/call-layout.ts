// What text and host keep of a run's calls, in the arena: a stack, the tree of nodes, and a table that finds its branches.

/**
 * Calls that have not returned: the slot that each comes back to, the node that called, and what was done when the called one was
 * entered. The lowest entry is of no call, but of the run: its caller is node 0, and nothing comes back there.
 */
export const STACK = { back: 0, caller: 4, since: 8, entryBytes: 16, bytes: 0x10_0000 } as const;

/**
 * Nodes of the tree, named by their bytes from the first. Of each how often it has ended, and above that what was done in it and all
 * that it called, which wraps; where it was entered; and those that calls of its function lead to, as far as there is room: which
 * call is which place, the host says. An entry is a line of the processor's cache.
 */
export const NODES = {
  calls: 0,
  weight: 4,
  to: 8,
  called: 16,
  calledCount: 12,
  entryBytes: 64,
  bytes: 0x200_0000,
} as const;

/** Where no call goes or comes back: no slot is so far from the text. */
export const NOWHERE: number = -(2 ** 31);

/** Node 0 is none: an empty link names it, and it was entered nowhere. */
export const ROOT: number = NODES.entryBytes;

/** By a hash of both: the node that is left, the slot that a call goes to (complemented: a jump), and the node entered. */
export const LINKS = {
  from: 0,
  to: 4,
  node: 8,
  entryBytes: 16,
  bytes: 0x10_0000,
  /** The place of a link: (from × factors[0] ^ to × factors[1]) >>> shift, in entries. */
  factors: [-0x61c8_864f, -0x7a14_3595],
  shift: 16,
} as const;

/** What the jump at a slot does. */
export const TRANSFER = {
  /** Not known yet. */
  unknown: 0,
  /** Goes on in the same function. */
  none: 1,
  call: 2,
  return: 3,
  /** To another function. */
  move: 4,
  /** To wherever a register says. */
  jump: 5,
} as const;
