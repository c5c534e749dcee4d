// What text of a run carries besides the program. Each printer has a policy for each kind, in its `instruments` folder.

export interface Traced {
  readonly kind: 'traced';
  /** Arena byte offset of the stamps. */
  readonly stamps: number;
}

/** A page may be marked fewer instructions before the access that touches it, in the same block. */
export const MARKED_AHEAD = 32;

/** Arena byte offsets of marks and list; a mark is of 2^`granule` bytes, at least a doubleword. */
export interface Touches {
  readonly marks: number;
  readonly list: number;
  readonly granule: number;
}

/** Counts blocks, weighs them and counts touches: see Flow in runtime/trace/observer.ts. */
export interface Metered {
  readonly kind: 'metered';
  /** Arena byte offsets of the differences, the weights, the cells and, where touches are listed, of their list and the marks. */
  readonly flow: number;
  readonly weights: number;
  readonly cells: number;
  readonly touches: Touches | undefined;
  readonly isWeighted: boolean;
  /** The cell of a block of the slots from `from` to before `end`; undefined where there are no more. */
  cellOf(from: number, end: number): number | undefined;
  weightOf(from: number, end: number): number;
  readonly calls: Followed | undefined;
}

/** Follows calls: see CallFlow in runtime/trace/observer.ts. Arena byte offsets of what runtime/trace/call-layout.ts has. */
export interface Followed {
  readonly transfers: number;
  readonly stack: number;
  readonly links: number;
  readonly nodes: number;
  readonly isWeighed: boolean;
  leaves(from: number, to: number): boolean;
  placeOf(from: number, to: number | undefined): number | undefined;
}

export interface Profiled {
  readonly kind: 'profiled';
  readonly calls: Followed;
}

export type Instrumentation = { readonly kind: 'pure' } | Traced | Metered | Profiled;

export const followedBy = (instrumentation: Instrumentation): Followed | undefined =>
  instrumentation.kind === 'profiled' || instrumentation.kind === 'metered' ? instrumentation.calls : undefined;

export const PURE: Instrumentation = { kind: 'pure' };
