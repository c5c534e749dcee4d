// Who is told of what a run does: its accesses to memory, its blocks and its calls. This is the host half of every
// instrumentation. Interpreted JavaScript calls it at each access; text of a kind (`inlined`) does itself what it would
// do. The tracer writes what it is told as chunks, a metered run only counts.

/** A place of the run: address of the next instruction, its clk, and instructions since the start. */
export interface ClockState {
  readonly pc: number;
  readonly clk: number;
  readonly globalClk: number;
}

/** Told of doublewords of guest memory by their area offsets. */
export interface AccessObserver {
  /** An instruction that has `fuel` left is about to read (0) or write (1) it. */
  touch(offset: number, fuel: number, store: number): void;
  /** From system calls: it is about to be accessed, or was written; how it is then. */
  record(offset: number): void;
  /** From system calls: it was accessed at this clk; at 0 if it was filled with input. */
  stamp(offset: number, clkLo: number, clkHi: number): void;
  /** What the run has come to so far, by a measure of the observer's own. */
  spent?(): number | undefined;
  /** An entry that is not of memory. */
  append(clkLo: number, clkHi: number, lo: number, hi: number): void;
}

/** By which arrays text does what the observer would do; see T, K, C, B, D, W and Q of the ABI. */
export type Inlined =
  | { readonly kind: 'traced'; readonly words: Int32Array; readonly stamps: Int32Array }
  | { readonly kind: 'counted'; readonly counts: Float64Array }
  | { readonly kind: 'profiled'; readonly calls: CallFlow }
  | { readonly kind: 'metered'; readonly flow: Flow; readonly calls?: CallFlow | undefined };

/**
 * The calls of a run as its text follows them; places of the text are slots, `now` is what was done so far, by the measure of
 * the run. What text does itself is in codegen/wasm/call-writer.ts: the same, where there is nothing to find out.
 */
export interface CallFlow {
  /** Whether `now` is CONTROL.weight; else it is CONTROL.counted less the fuel. */
  readonly isWeighed: boolean;
  /** Whether two places are in different functions. */
  leaves(from: number, to: number): boolean;
  /**
   * Where the entry of a node names the one that a call from one place to another leads to, or, where a register says the other, led
   * to the last time; undefined where it has no room.
   */
  placeOf(from: number, to: number | undefined): number | undefined;
  /** A call comes back at `back`. */
  entered(to: number, back: number, now: number): void;
  returned(to: number, now: number): void;
  /** A jump to another function, or wherever it goes. */
  moved(to: number, now: number): void;
  jumped(from: number, to: number, now: number): void;
  /** The jump-and-link or jump through a register at `slot` goes to `to`, with so much fuel left behind it. */
  went(slot: number, to: number, fuel: number): void;
  /** Makes weights whole, so that none wraps. */
  settle(): void;
}

/** The straight runs of instructions of a metered run, as its arrays have them; slots are places in the text. */
export interface Flow {
  readonly cells: Int32Array;
  readonly differences: Int32Array;
  readonly weights: Int32Array;
  /** Whether weights are summed. */
  readonly isWeighted: boolean;
  /** Of runs that count touches: by granule of memory whether it was touched in this period, and the list of first ones. */
  readonly marks: Uint8Array | undefined;
  readonly touches: Int32Array | undefined;
  /** log2 of the bytes that a mark is of. */
  readonly granule: number;
  /** The interpreter begins at a slot, or has left before one. */
  open(slot: number): void;
  close(slot: number): void;
  /** Instructions in so many slots from `slot` on were counted, but have not been done; as many as CONTROL.undone says. */
  undo(slot: number, slots: number): void;
  undoAt(slot: number): void;
  /** The cell of a block of the slots from `from` to before `end`; undefined where there are no more. */
  cellOf(from: number, end: number): number | undefined;
  weightOf(from: number, end: number): number;
}

/**
 * Told of the run besides. It keeps the tail of its entries in the control page, where text of either kind looks whether
 * a chunk is full.
 */
export interface RunObserver extends AccessObserver {
  readonly inlined: Inlined;
  /** Whether accesses that are not aligned are to be the host's. */
  readonly seesUnaligned?: boolean;
  /** A chunk begins at this place. */
  begin(place: ClockState): void;
  /** It ends there. */
  end(place: ClockState): void;
  /** Unconstrained execution, whose clock goes back at its end, begins or has ended. */
  pause?(isOn: boolean): void;
  /** Whether it should. */
  readonly isFull: boolean;
  /** Instructions that may run from `clk` on before the dispatcher must look again. */
  room(clk: number, isInside: boolean): number;
  /** The dispatcher is about to go on at this place. */
  block(place: ClockState): void;
  /** The environment call at this place is about to be done. */
  call(place: ClockState): void;
}
