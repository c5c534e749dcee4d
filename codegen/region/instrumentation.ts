// What text of a run carries besides the program. Each printer has a policy for each kind, in its `instruments` folder.

export interface Traced {
  readonly kind: 'traced';
  /** Arena byte offset of the stamps. */
  readonly stamps: number;
}

/** Arena byte offsets of stamps and list; a stamp is of 2^`granule` bytes, at least a doubleword. */
export interface Touches {
  readonly stamps: number;
  readonly list: number;
  readonly granule: number;
}

/** Counts blocks, weighs them and counts touches: see Flow in runtime/trace/observer.ts. */
export interface Metered {
  readonly kind: 'metered';
  /** Arena byte offsets of the differences, the weights, the cells and, where touches are listed, of their list and the stamps. */
  readonly flow: number;
  readonly weights: number;
  readonly cells: number;
  readonly touches: Touches | undefined;
  readonly isWeighted: boolean;
  /** The cell of a block of the slots from `from` to before `end`; undefined where there are no more. */
  cellOf(from: number, end: number): number | undefined;
  weightOf(from: number, end: number): number;
}

export type Instrumentation = { readonly kind: 'pure' } | Traced | Metered;

export const PURE: Instrumentation = { kind: 'pure' };
