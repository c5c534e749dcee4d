// What a segment may use at most, from what it used where it was counted: so that a run need not be counted at every check.

import { RECORDS } from '../../../../runtime/openvm/records.ts';
import { AIR_ID, AIRS } from '../airs.ts';
import {
  BOUNDARY_ROWS_PER_PAGE,
  LEAF_HASHES_PER_PAGE,
  NODE_ROWS,
  type SegmentLimits,
  type SegmentRules,
} from './rules.ts';
import type { SegmentUse } from './segmenter.ts';

const OF_INSTRUCTIONS = AIRS.filter(({ name }) => name in RECORDS);
const MOST_WIDTH: number = Math.max(...OF_INSTRUCTIONS.map(({ width }) => width));
const MOST_INTERACTIONS: number = Math.max(...OF_INSTRUCTIONS.map(({ interactions }) => interactions));
/** A height of 0 counts as 1 where heights are rounded up. */
const WIDTHS: number = AIRS.reduce((sum, { width }) => sum + width, 0);

/** How far a run is behind the place where it was counted. */
export interface Distance {
  readonly instructions: number;
  /** Of them, those that have yet to be done. */
  readonly more: number;
  readonly pages: number;
  readonly checks: number;
  /** Words that hints stored. */
  readonly hints: number;
  /** Of the instructions that were done. */
  readonly cells: number;
}

type Amount = 'width' | 'interactions';

export class Bounds {
  readonly #rules: SegmentRules;
  readonly #limits: SegmentLimits;

  constructor(rules: SegmentRules, limits: SegmentLimits) {
    this.#rules = rules;
    this.#limits = limits;
  }

  /** Of the rows that pages and checks add. */
  #ofMemory({ pages, checks }: Distance, amount: Amount): number {
    const of = (name: keyof typeof AIR_ID): number => AIRS[AIR_ID[name]]![amount];
    const { adapterRowsPerPage } = this.#rules;
    const page =
      BOUNDARY_ROWS_PER_PAGE * of('Boundary') +
      adapterRowsPerPage * of('Adapter8') +
      LEAF_HASHES_PER_PAGE * of('Poseidon2');
    return pages * page + checks * NODE_ROWS * (of('Merkle') + of('Poseidon2'));
  }

  /** Whether a segment that used so much is within its limits that far behind, whatever the instructions are. */
  fits({ rows, cells, interactions }: SegmentUse, distance: Distance): boolean {
    const { instructions, pages, checks, hints } = distance;
    const { adapterRowsPerPage, padded } = this.#rules;
    const memoryRows = Math.max(LEAF_HASHES_PER_PAGE, adapterRowsPerPage) * pages + NODE_ROWS * checks;
    const mostRows = rows + Math.max(instructions, hints, memoryRows);
    const hintCells = hints * AIRS[AIR_ID.HintStore]!.width;
    const instructionCells = distance.cells + distance.more * MOST_WIDTH;
    const mostCells = cells + instructionCells + hintCells + this.#ofMemory(distance, 'width');
    const mostInteractions =
      interactions + (instructions + hints) * MOST_INTERACTIONS + this.#ofMemory(distance, 'interactions');
    const rounded = padded ? 2 : 1;
    return (
      rounded * mostRows <= this.#limits.rows &&
      rounded * mostCells + (padded ? WIDTHS : 0) <= this.#limits.cells &&
      mostInteractions <= this.#limits.interactions
    );
  }
}
