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

/** What the host's part of an instruction answers to the checked interpreter. */
export const STEP = {
  /** Done. */
  done: 0,
  /** The control page has the pc to go on at; the instruction counts. */
  moved: 1,
  /** The run ends before this instruction. */
  stopped: 2,
} as const;

/** Runs guest code at host depth `depth`; gives the pc to go on at, or UNWIND. Depth -1 - i leaves by way i. */
export type RegionFunction = (depth: number) => number;

/** The module under whose name modules of WebAssembly import everything. */
export const HOST = 'host';

/** Kinds of generated modules of WebAssembly, and of what is in them. */
export type WasmUser =
  /** Compiled regions; what the table of functions holds for all that is not compiled; 64-bit operators; the interpreter. */
  | 'wasmRegion'
  | 'cold'
  | 'arithmetic'
  | 'wasmInterpreter'
  /** Compiled regions without guest memory, and what their instrument asks besides. */
  | 'wasmWalk'
  | 'countingRegion'
  | 'recordingRegion'
  | 'preflightRegion'
  /** Interpreting walks over a chunk. */
  | 'countingWalk'
  | 'recordingWalk';

/** Kinds of generated text; in JavaScript compiled regions, the interpreter, the one of untrusted code. */
export type AbiUser = WasmUser | 'region' | 'interpreter' | 'checked';

/**
 * All that generated text may name, by whom, and what its host must hand it: an array, a number, an object of WebAssembly, or
 * a function of int32 parameters (`?`: may be left out; `i64 …`: of 64 bits) that gives an int32 or nothing. `from`: which
 * modules export it. `only`: in text of that kind. An address or a 64-bit value is two words, lo and hi, else; a pc is one
 * word; a slot is an instruction's place in the text; a depth counts host frames; a result is what a RegionFunction gives.
 */
export const ABI = {
  /** Registers, fuel, pc …: the control page, by CONTROL of layout.ts. */
  R: { by: ['region', 'interpreter', 'checked'], is: 'Int32Array' },
  /** Functions of regions by slot. */
  F: { by: ['region'], is: 'functions' },
  /** Trace entries: the arena as words. */
  T: { by: ['region'], is: 'Int32Array', only: 'traced' },
  /** Stamps of the guest area's doublewords: clks of two words. */
  K: { by: ['region'], is: 'Int32Array', only: 'traced' },
  /** Of metered runs. Entries of compiled blocks, by cell. */
  B: { by: ['region'], is: 'Int32Array', only: 'metered' },
  /** Differences by slot: 1 for each time that a straight run of instructions began there, -1 for each that ended before. */
  D: { by: ['region', 'interpreter'], is: 'Int32Array', only: 'metered' },
  /** By slot: the weights of the instructions before it, summed; wraps. */
  W: { by: ['interpreter'], is: 'Int32Array', only: 'metered' },
  /** First touches in a period since the host looked: a granule's number in the guest area, and how many more follow it by 2^TOUCH_SHIFT. */
  Q: { by: ['region'], is: 'Int32Array', only: 'touching' },
  /** By granule of the guest area: 1 where it was touched in this period. */
  G: { by: ['region'], is: 'Uint8Array', only: 'touching' },
  /** Where calls are followed, by trace/call-layout.ts: stack, links and weights of nodes. */
  X: { by: ['region'], is: 'Int32Array', only: 'profiled' },
  L: { by: ['region'], is: 'Int32Array', only: 'profiled' },
  N: { by: ['region'], is: 'Int32Array', only: 'profiled' },
  /** Page map of the guest area: bytes, 1 where the page was counted. */
  M: { by: ['region'], is: 'Uint8Array', only: 'paged' },
  /** Predecoded slots. */
  P: { by: ['interpreter', 'checked'], is: 'Int32Array' },
  /** Heat: weighted entries by slot, and that at which code is left to be compiled. */
  H: { by: ['interpreter'], is: 'Int32Array' },
  HOT: { by: ['interpreter'], is: 'number' },
  /** Counts of executions by slot. */
  C: { by: ['interpreter'], is: 'Float64Array', only: 'counted' },
  /** The guest area as Integers or Unsigned ones of so many bits. */
  I8: { by: ['region', 'interpreter'], is: 'Int8Array' },
  U8: { by: ['region', 'interpreter'], is: 'Uint8Array' },
  I16: { by: ['region', 'interpreter'], is: 'Int16Array' },
  U16: { by: ['region', 'interpreter'], is: 'Uint16Array' },
  I32: { by: ['region', 'interpreter'], is: 'Int32Array' },
  /** The same from where Stores are allowed on. */
  S8: { by: ['region'], is: 'Int8Array' },
  S16: { by: ['region'], is: 'Int16Array' },
  S32: { by: ['region'], is: 'Int32Array' },
  /** First address of the text, low word, and its bytes. */
  TEXT: { by: ['interpreter', 'checked'], is: 'number' },
  TEXT_BYTES: { by: ['checked'], is: 'number' },
  /** Of the main window: first address, low word; the bits that no offset in it has; the first offset open to stores. */
  BASE: { by: ['interpreter'], is: 'number' },
  OUTSIDE: { by: ['interpreter'], is: 'number' },
  STORE_FLOOR: { by: ['interpreter'], is: 'number' },

  /** Low and upper words of 32-bit products. */
  imul: { by: ['region', 'interpreter', 'checked'], takes: ['a', 'b'], gives: true },
  mulh32: { by: ['region', 'interpreter'], takes: ['a', 'b'], gives: true, only: 'rv32' },
  mulhu32: { by: ['region', 'interpreter', 'checked'], takes: ['a', 'b'], gives: true },
  mulhsu32: { by: ['region', 'interpreter'], takes: ['a', 'b'], gives: true, only: 'rv32' },
  /** On 64 bits: the low word; the high word is left in CONTROL.resultHi. */
  mulhU64: {
    by: ['region', 'interpreter', 'checked'],
    from: ['arithmetic'],
    takes: ['aLo', 'aHi', 'bLo', 'bHi'],
    gives: true,
    only: 'rv64',
  },
  mulhS64: {
    by: ['region', 'interpreter', 'checked'],
    from: ['arithmetic'],
    takes: ['aLo', 'aHi', 'bLo', 'bHi'],
    gives: true,
    only: 'rv64',
  },
  mulhSU64: {
    by: ['region', 'interpreter', 'checked'],
    from: ['arithmetic'],
    takes: ['aLo', 'aHi', 'bLo', 'bHi'],
    gives: true,
    only: 'rv64',
  },
  divU64: {
    by: ['region', 'interpreter', 'checked'],
    from: ['arithmetic'],
    takes: ['aLo', 'aHi', 'bLo', 'bHi'],
    gives: true,
    only: 'rv64',
  },
  remU64: {
    by: ['region', 'interpreter', 'checked'],
    from: ['arithmetic'],
    takes: ['aLo', 'aHi', 'bLo', 'bHi'],
    gives: true,
    only: 'rv64',
  },
  divS64: {
    by: ['region', 'interpreter', 'checked'],
    from: ['arithmetic'],
    takes: ['aLo', 'aHi', 'bLo', 'bHi'],
    gives: true,
    only: 'rv64',
  },
  remS64: {
    by: ['region', 'interpreter', 'checked'],
    from: ['arithmetic'],
    takes: ['aLo', 'aHi', 'bLo', 'bHi'],
    gives: true,
    only: 'rv64',
  },

  /** From compiled code. At a loop's head: more fuel, or the same where the text must leave; `tail` of a trace. */
  refuel: { by: ['region'], takes: ['fuel', 'tail?'], gives: true },
  /** The same, the tail being in the control page; `age`: how often this call of the function has asked. */
  refuelAged: { by: ['wasmRegion', 'wasmWalk'], takes: ['fuel', 'age'], gives: true },
  /** Does an environment call; gives the pc to go on at, or UNWIND. */
  ecallAt: { by: ['region', 'wasmRegion', 'wasmWalk'], takes: ['pc'], gives: true },
  /** Runs what is at an address; the second for a jump at `pc` that did not know its target. They give a result. */
  callAt: { by: ['region', 'wasmRegion', 'wasmWalk'], takes: ['lo', 'hi', 'depth'], gives: true },
  jumpAt: { by: ['region', 'wasmRegion', 'wasmWalk'], takes: ['pc', 'lo', 'hi', 'depth'], gives: true },
  /** Interprets from the pc in the control page, where the region at `entry` (0: none) gave up. They give a result. */
  interpretAt: { by: ['region'], takes: ['depth', 'entry'], gives: true },
  interpretHere: { by: ['wasmRegion', 'wasmWalk'], takes: ['depth'], gives: true },
  strayAt: { by: ['wasmRegion', 'wasmWalk'], takes: ['entry', 'depth'], gives: true },
  /** Goes to an address beyond 32 bits: UNWIND. */
  unwindTo: { by: ['region', 'wasmRegion', 'wasmWalk'], takes: ['lo', 'hi'], gives: true },

  /**
   * Accesses that a test in the text refused: an address is a base and an immediate, or finished (…At). The place of an
   * aligned one in the views of loads (I, U) or stores (S), or UNMAPPED where the interpreter must do the instruction.
   */
  placeOfLoad: { by: ['region'], takes: ['lo', 'hi', 'imm', 'bytes'], gives: true },
  placeOfStore: { by: ['region'], takes: ['lo', 'hi', 'imm', 'bytes'], gives: true },
  placeOfLoadAt: { by: ['wasmRegion'], takes: ['lo', 'hi', 'bytes'], gives: true },
  placeOfStoreAt: { by: ['wasmRegion'], takes: ['lo', 'hi', 'bytes'], gives: true },
  /** A whole one, a load's value into x0's sink; nonzero where the interpreter must do it, and will record the fault. */
  loadIntoSink: { by: ['region'], takes: ['lo', 'hi', 'imm', 'bytes', 'signed'], gives: true },
  storeOrLeave: { by: ['region'], takes: ['lo', 'hi', 'imm', 'bytes', 'valueLo', 'valueHi'], gives: true },
  /** A whole one, a load's value into register word `d`; nonzero where it has recorded a fault. */
  loadOrFault: {
    by: ['interpreter', 'wasmInterpreter'],
    takes: ['d', 'lo', 'hi', 'imm', 'bytes', 'signed', 'fuel?'],
    gives: true,
  },
  storeOrFault: {
    by: ['interpreter', 'wasmInterpreter'],
    takes: ['lo', 'hi', 'imm', 'bytes', 'valueLo', 'valueHi', 'fuel?'],
    gives: true,
  },
  /** Told of the doubleword at an area offset before an instruction with `fuel` left reads (0) or writes (1) it. */
  touch: { by: ['interpreter', 'wasmInterpreter'], takes: ['offset', 'fuel', 'store'], gives: false },

  /** From interpreters. Fills the slot of an instruction that was never reached. */
  decode: { by: ['interpreter', 'wasmInterpreter', 'checked'], takes: ['slot'], gives: false },
  /** Does an environment call; gives the slot to go on at, or its complement where the interpreter must leave. */
  ecall: { by: ['interpreter', 'wasmInterpreter'], takes: ['slot'], gives: true },
  /** These end the run and give the slot. */
  breakpoint: { by: ['interpreter', 'wasmInterpreter'], takes: ['slot'], gives: true },
  illegal: { by: ['interpreter', 'wasmInterpreter'], takes: ['slot'], gives: true },
  /** The slot at an address, or -1 after noting that there is none. */
  fetchFault: { by: ['interpreter', 'wasmInterpreter'], takes: ['lo'], gives: true },
  slotOf: { by: ['interpreter', 'wasmInterpreter'], takes: ['lo', 'hi'], gives: true },
  /** As CallFlow of trace/observer.ts has them. */
  went: { by: ['interpreter', 'wasmInterpreter'], takes: ['slot', 'to', 'fuel'], gives: false, only: 'profiled' },
  entered: {
    by: ['region', 'wasmRegion', 'wasmInterpreter'],
    takes: ['to', 'back', 'now'],
    gives: false,
    only: 'profiled',
  },
  returned: { by: ['region', 'wasmRegion', 'wasmInterpreter'], takes: ['to', 'now'], gives: false, only: 'profiled' },
  moved: { by: ['region', 'wasmRegion', 'wasmInterpreter'], takes: ['to', 'now'], gives: false, only: 'profiled' },
  jumped: { by: ['region', 'wasmRegion'], takes: ['from', 'to', 'now'], gives: false, only: 'profiled' },
  /** A jump through a register went to a target that its slot does not name. */
  seen: {
    by: ['interpreter', 'wasmInterpreter', 'countingWalk', 'recordingWalk'],
    takes: ['slot', 'target'],
    gives: false,
  },

  /** From the checked interpreter, its pc and fuel being in the control page: whole instructions. They give a STEP. */
  stepLoad: { by: ['checked'], takes: ['d', 'lo', 'hi', 'imm', 'bytes', 'signed'], gives: true },
  stepStore: { by: ['checked'], takes: ['lo', 'hi', 'imm', 'bytes', 'valueLo', 'valueHi'], gives: true },
  stepEcall: { by: ['checked'], takes: [], gives: true },
  stepBreakpoint: { by: ['checked'], takes: [], gives: true },
  stepIllegal: { by: ['checked'], takes: [], gives: true },
  /** Index in P of an instruction outside the text, or the complement of a STEP. */
  stepFetch: { by: ['checked'], takes: [], gives: true },

  /** Of modules: their memory, their table of region functions, the byte address of their blocks' counters. */
  memory: {
    by: ['wasmRegion', 'arithmetic', 'wasmInterpreter', 'wasmWalk', 'countingWalk', 'recordingWalk'],
    is: 'Memory',
  },
  table: { by: ['wasmRegion', 'wasmWalk'], is: 'Table' },
  counters: { by: ['wasmWalk'], is: 'number' },
  /** From a slot, or before it may be `stop`; they give the slot to go on at. */
  interpret: { by: [], from: ['wasmInterpreter'], takes: ['slot', 'stop'], gives: true },
  walk: { by: [], from: ['countingWalk', 'recordingWalk'], takes: ['slot'], gives: true },
  /** A RegionFunction that asks the host to run the pc in the control page. */
  cold: { by: [], from: ['cold'], takes: ['depth'], gives: true },
  coldAt: { by: ['cold'], takes: ['depth'], gives: true },

  /** Of walks that count. An access of a doubleword that is new to the shard, or may have been a precompile's. */
  note: { by: ['countingRegion'], from: ['countingWalk'], takes: ['i64 address', 'i64 oldClk', 'pc'], gives: false },
  /** A new one, by its address; and one that the filter has, 1 where it counts as new. */
  fresh: { by: ['countingWalk'], takes: ['lo', 'hi', 'pc'], gives: false },
  filtered: { by: ['countingWalk'], takes: ['lo', 'hi', 'pc'], gives: true },

  /** Of walks that record. The place of a doubleword's local event: what the chain knows, and it does not. */
  find: { by: [], from: ['recordingWalk'], takes: ['i64 address', 'i64 oldClk', 'i64 oldValue'], gives: true },
  look: {
    by: ['recordingRegion'],
    from: ['recordingWalk'],
    takes: ['i64 address', 'i64 oldClk', 'i64 oldValue'],
    gives: true,
  },
  /** The same of one that the host may know; 0 where there is none. */
  resolve: { by: ['recordingWalk'], takes: ['i64 address', 'i64 oldClk'], gives: true },
  /** Registers whose last access was in an earlier epoch: those of a block, and one; the lower 24 bits of the access's clk. */
  bump: { by: ['recordingRegion'], takes: ['pc', 'instructions', 'clkLow'], gives: false },
  stale: { by: ['recordingWalk'], takes: ['register', 'clkLow'], gives: false },
  /** The instruction at a pc goes on at the next page. */
  crossing: { by: ['recordingWalk', 'recordingRegion'], takes: ['pc', 'clkLow'], gives: false },

  /** Of recorded runs of OpenVM. First touches in the segment. */
  touchRegister: { by: ['preflightRegion'], takes: ['register'], gives: false },
  touchChunk: { by: ['preflightRegion'], takes: ['pointer'], gives: false },
  /** The access at a pc cannot be recorded: UNWIND. */
  refuse: { by: ['preflightRegion'], takes: ['pc', 'address'], gives: true },
  /** An AIR's arena has no room for the block's records. */
  full: { by: ['preflightRegion'], takes: ['air'], gives: false },
} as const;
