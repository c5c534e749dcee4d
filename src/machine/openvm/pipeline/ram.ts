// How much memory a run whose segments are made takes at most, and how many may be in flight for a budget.

import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import { OPENVM_SLOTS } from '../../../../codegen/chips/openvm/lookups.ts';
import { traceLayout } from '../../../../runtime/columns/layout.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { accessArenaBound } from '../../../../runtime/openvm/access-record.ts';
import { MEBIBYTE, mebibytes } from '../../../tracegen/threads/mebibytes.ts';
import { roomBytes } from '../../../tracegen/threads/place.ts';
import type { PlannedSegment } from '../../../verbs/plan.ts';
import { BOUNDARY_ROWS_PER_PAGE, LEAF_HASHES_PER_PAGE, NODE_ROWS } from '../metering/rules.ts';
import { padded } from '../traces/segment-events.ts';
import { widthOf } from './maker.ts';

/** The host with its main thread and the guest's, with what the guest has touched. */
const HOST_BYTES = 256 * MEBIBYTE;
/** A worker: its heap, compiled fillers; those that check have the tables as well. */
const WORKER_BYTES = 64 * MEBIBYTE;
const CHECKER_BYTES = 64 * MEBIBYTE;
/** Of a WebAssembly memory. */
const MOST_PLACE_BYTES = 2 ** 32;

export interface SegmentRamWish {
  readonly budgetBytes: number;
  readonly workers: number;
  readonly segments: readonly PlannedSegment[];
  readonly programRows: number;
  readonly waveBytes: number;
  readonly verifies: boolean;
}

export interface SegmentRamPlan {
  readonly budgetBytes: number;
  readonly needBytes: number;
  /** Segments in flight. */
  readonly places: number;
}

/**
 * Rows of an AIR at most. Of memory the metered run reckons with other rows than a segment has: of 64 chunks of a page with two rows each,
 * and with the nodes above them once a page.
 */
export function mostRows(name: string, { heights }: Pick<PlannedSegment, 'heights'>): number {
  const pages = (heights.Boundary ?? 0) / BOUNDARY_ROWS_PER_PAGE;
  const nodes = NODE_ROWS * pages;
  switch (name) {
    case 'Boundary':
    case 'Adapter8':
      return LEAF_HASHES_PER_PAGE * pages;
    case 'Merkle':
      return nodes;
    case 'Poseidon2':
      return LEAF_HASHES_PER_PAGE * pages + nodes;
    default:
      return heights[name] ?? 0;
  }
}

/** Bytes of a place with the events of a segment, and of the columns that are there at a time. */
function placeBytes(segment: PlannedSegment, wish: SegmentRamWish): number {
  let events = 4 * wish.programRows;
  let columns = 0;
  let largest = 0;
  for (const chip of OPENVM_CHIPS) {
    const rows = chip.name === 'Program' ? wish.programRows : mostRows(chip.name, segment);
    if (rows === 0) continue;
    events += rows * chip.event.bytes;
    const bytes = 4 * traceLayout(widthOf(chip), padded(rows)).length;
    columns += bytes;
    largest = Math.max(largest, bytes);
  }
  return roomBytes(wish.workers, OPENVM_SLOTS) + events + Math.min(columns, Math.max(largest, wish.waveBytes));
}

const accessBytes = ({ heights }: PlannedSegment): number =>
  accessArenaBound([2, 4, 8, 16, 32].map(cells => heights[`Adapter${cells}`] ?? 0));

const SHORTER = 'smaller --max-rows or --max-cells make shorter segments';

/** @throws ENVIRONMENT where not one segment fits. */
export function segmentRamPlan(wish: SegmentRamWish): SegmentRamPlan {
  const { budgetBytes, workers, segments, verifies } = wish;
  const place = Math.max(0, ...segments.map(segment => placeBytes(segment, wish)));
  if (place > MOST_PLACE_BYTES)
    throw new JitExecError('ENVIRONMENT', `segments: one has ${mebibytes(place)}, 4096 MiB are possible; ${SHORTER}`);
  const accesses = Math.max(0, ...segments.map(accessBytes));
  const fixed = HOST_BYTES + accesses + workers * (WORKER_BYTES + (verifies ? CHECKER_BYTES : 0));
  if (fixed + place > budgetBytes)
    throw new JitExecError(
      'ENVIRONMENT',
      `segments: one at a time needs ${mebibytes(fixed + place)} of memory, the budget is ${mebibytes(budgetBytes)} (--ram, by default 75 % of what is free); ${SHORTER}`,
    );
  // One more than there are workers: it is recorded while the others are filled.
  const fitting = place === 0 ? 1 : Math.floor((budgetBytes - fixed) / place);
  const places = Math.max(1, Math.min(fitting, workers + 1, segments.length));
  return { budgetBytes, needBytes: fixed + places * place, places };
}
