// How releases of OpenVM cut a run into segments. Reference: openvm:crates/vm/src/arch/execution_mode/metered, tags v1.4.0,
// v1.4.2 and v1.4.3.

import { P } from '../../../../runtime/fields/baby-bear.ts';

export type OpenVmVersion = '1.4.0' | '1.4.2' | '1.4.3';

/** What a segment may have: it ends at the first check that finds more. */
export interface SegmentLimits {
  readonly rows: number;
  readonly cells: number;
  readonly interactions: number;
}

export interface SegmentRules {
  readonly limits: SegmentLimits;
  /** Whether rows are rounded up to a power of two before they are compared, and multiplied by widths. */
  readonly padded: boolean;
  /** Whether a segment ends at the last check that was within limits, not at the one that was not. */
  readonly checkpointed: boolean;
  /** Rows of the adapter of 8 cells for each page of 64 chunks. */
  readonly adapterRowsPerPage: number;
  /** Whether the inner nodes of the memory tree are counted once a page, and not once a check. */
  readonly nodesPerPage: boolean;
  /** Whether the program's rows are known. */
  readonly knowsProgram: boolean;
}

const CHECKPOINTED = {
  limits: { rows: 2 ** 22, cells: 1_200_000_000, interactions: P },
  padded: true,
  checkpointed: true,
  adapterRowsPerPage: 256,
  knowsProgram: true,
} as const;

export const SEGMENT_RULES: Readonly<Record<OpenVmVersion, SegmentRules>> = {
  '1.4.0': {
    limits: { rows: 2 ** 23 - 10_000, cells: 2_000_000_000, interactions: P },
    padded: false,
    checkpointed: false,
    adapterRowsPerPage: 128,
    nodesPerPage: false,
    knowsProgram: false,
  },
  '1.4.2': { ...CHECKPOINTED, nodesPerPage: false },
  '1.4.3': { ...CHECKPOINTED, nodesPerPage: true },
};

/** Instructions from one check to the next. */
export const CHECK_EVERY = 1000;
/** log2 of the bytes of a page: 64 chunks of 8 cells. */
export const METERED_PAGE_SHIFT = 9;
const CHUNKS_PER_PAGE = 64;
export const BOUNDARY_ROWS_PER_PAGE: number = CHUNKS_PER_PAGE;
/** Each chunk is hashed at the start and at the end. */
export const LEAF_HASHES_PER_PAGE: number = 2 * CHUNKS_PER_PAGE;
/** Nodes of the memory tree above a page's chunks: 63 in it and 23 to the root, at the start and at the end. */
export const NODE_ROWS: number = 2 * (63 + 23);
