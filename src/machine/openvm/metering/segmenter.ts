// Cuts a run into segments, as upstream's metered mode does: told at each check what the run has used so far.

import { RECORDS } from '../../../../runtime/openvm/records.ts';
import { AIR_ID, AIRS } from '../airs.ts';
import {
  BOUNDARY_ROWS_PER_PAGE,
  LEAF_HASHES_PER_PAGE,
  NODE_ROWS,
  type SegmentLimits,
  type SegmentRules,
} from './rules.ts';

export type CutReason = 'rows' | 'cells' | 'interactions' | 'end';

export interface SegmentUse {
  /** Most rows of an AIR that has no fixed number of them. */
  readonly rows: number;
  readonly cells: number;
  readonly interactions: number;
}

/** The same where rows of instructions are apart from those of memory; neither rows nor cells are rounded up. */
export interface CountedUse extends Omit<SegmentUse, 'rows'> {
  readonly instructionRows: number;
  readonly memoryRows: number;
}

export interface MeteredSegment {
  /** Instructions before it. */
  readonly start: number;
  readonly instructions: number;
  /** Rows by AIR, as metered: at least those that its instructions take. */
  readonly heights: Float64Array;
  /** What was over its limit where it was cut. */
  readonly reason: CutReason;
  readonly use: SegmentUse;
  /** Whether what it has is over a limit, and no earlier check could have cut it. */
  readonly isOver: boolean;
}

/** What is known at a check. */
export interface Usage {
  /** Rows of instructions by AIR, since the run began. */
  readonly rows: Float64Array;
  /** Pages that were touched since the segment began, that of the registers not counted. */
  readonly pages: number;
  /** Pages that were touched since the check before, where that matters. */
  readonly pagesSinceCheck?: number;
  /** Checks since it was last asked, this one included; 1 unless given. */
  readonly checks?: number;
}

export interface SegmenterOptions {
  readonly rules: SegmentRules;
  readonly limits: SegmentLimits;
  /** Instructions of the program. */
  readonly programLength: number;
}

const IS_FIXED: readonly boolean[] = AIRS.map(({ fixedRows }) => fixedRows !== undefined);
const padded = (height: number): number => (height <= 1 ? 1 : 2 ** Math.ceil(Math.log2(height)));

export class Segmenter {
  readonly segments: MeteredSegment[] = [];
  readonly #rules: SegmentRules;
  readonly #limits: SegmentLimits;
  readonly #heights: Float64Array = new Float64Array(AIRS.length);
  readonly #isFixed: readonly boolean[];
  /** Rows of instructions that the heights have. */
  readonly #counted: Float64Array = new Float64Array(AIRS.length);
  /** Pages of the segment that the heights have. */
  #pages = 0;
  /** The register page has yet to be counted. */
  #registers = 1;
  #checkpoint: { readonly instructions: number; readonly heights: Float64Array } | undefined;

  constructor({ rules, limits, programLength }: SegmenterOptions) {
    this.#rules = rules;
    this.#limits = limits;
    for (const [id, { fixedRows = 0 }] of AIRS.entries()) this.#heights[id] = fixedRows;
    if (rules.knowsProgram) this.#heights[AIR_ID.Program] = programLength;
    this.#isFixed = IS_FIXED.map((isFixed, id) => isFixed || (rules.knowsProgram && id === AIR_ID.Program));
    if (rules.nodesPerPage) this.#addPages(this.#takeRegisters());
  }

  get #start(): number {
    const last = this.segments.at(-1);
    return last === undefined ? 0 : last.start + last.instructions;
  }

  #takeRegisters(): number {
    const pages = this.#registers;
    this.#registers = 0;
    return pages;
  }

  #addPages(pages: number): void {
    const heights = this.#heights;
    heights[AIR_ID.Boundary]! += BOUNDARY_ROWS_PER_PAGE * pages;
    heights[AIR_ID.Adapter8]! += this.#rules.adapterRowsPerPage * pages;
    heights[AIR_ID.Poseidon2]! += LEAF_HASHES_PER_PAGE * pages;
    if (this.#rules.nodesPerPage) this.#addNodes(pages);
  }

  #addNodes(times: number): void {
    this.#heights[AIR_ID.Poseidon2]! += NODE_ROWS * times;
    this.#heights[AIR_ID.Merkle]! += NODE_ROWS * times;
  }

  /** Brings the heights to where the run is. */
  #count({ rows, pages, checks = 1 }: Usage): void {
    for (let id = 0; id < rows.length; id++) {
      this.#heights[id]! += rows[id]! - this.#counted[id]!;
      this.#counted[id] = rows[id]!;
    }
    this.#addPages(pages - this.#pages + this.#takeRegisters());
    this.#pages = pages;
    if (!this.#rules.nodesPerPage) this.#addNodes(checks);
  }

  /** A check after so many instructions of the run; whether a segment begins here. */
  check(instructions: number, usage: Usage): boolean {
    this.#count(usage);
    const reason = instructions > this.#start ? this.#over(this.#heights) : undefined;
    if (reason !== undefined) this.#cut(instructions, reason, usage);
    const isKept = this.#rules.checkpointed && (reason === undefined || this.#rules.nodesPerPage);
    if (isKept) this.#checkpoint = { instructions, heights: this.#heights.slice() };
    return reason !== undefined;
  }

  /** What the segment uses as it was counted last. */
  get counted(): CountedUse {
    const { cells, interactions } = this.#use(this.#heights, false);
    const most = (isOfInstructions: boolean): number =>
      AIRS.reduce((rows, { name }, id) => {
        const counts = !this.#isFixed[id] && name in RECORDS === isOfInstructions;
        return counts ? Math.max(rows, this.#heights[id]!) : rows;
      }, 0);
    return { instructionRows: most(true), memoryRows: most(false), cells, interactions };
  }

  /** The run has ended. */
  end(instructions: number, usage: Usage): void {
    this.#count(usage);
    this.#push(instructions, this.#heights.slice(), 'end');
  }

  /** The first limit that heights are over. */
  #over(heights: Float64Array): Exclude<CutReason, 'end'> | undefined {
    const { rows, cells, interactions } = this.#use(heights);
    if (rows > this.#limits.rows) return 'rows';
    if (cells > this.#limits.cells) return 'cells';
    return interactions > this.#limits.interactions ? 'interactions' : undefined;
  }

  #use(heights: Float64Array, isPadded: boolean = this.#rules.padded): SegmentUse {
    let [rows, cells, interactions] = [0, 0, 0];
    for (const [id, air] of AIRS.entries()) {
      const height = heights[id]!;
      const compared = isPadded ? padded(height) : height;
      if (!this.#isFixed[id] && compared > rows) rows = compared;
      cells += compared * air.width;
      // One more for the zero message of padding rows.
      interactions += (height + 1) * air.interactions;
    }
    return { rows, cells, interactions };
  }

  #push(end: number, heights: Float64Array, reason: CutReason): void {
    const start = this.#start;
    const [use, isOver] = [this.#use(heights), this.#over(heights) !== undefined];
    this.segments.push({ start, instructions: end - start, heights, reason, use, isOver });
  }

  #cut(instructions: number, reason: CutReason, { pagesSinceCheck = 0 }: Usage): void {
    const checkpoint = this.#checkpoint;
    const isEarlier = checkpoint !== undefined && checkpoint.instructions > this.#start;
    const cut = isEarlier ? checkpoint : { instructions, heights: this.#heights.slice() };
    this.#push(cut.instructions, cut.heights, reason);
    for (let id = 0; id < AIRS.length; id++) if (!this.#isFixed[id]) this.#heights[id]! -= cut.heights[id]!;
    this.#checkpoint = undefined;
    this.#pages = 0;
    this.#registers = 1;
    if (!this.#rules.nodesPerPage) return;
    for (const name of ['Boundary', 'Merkle', 'Poseidon2'] as const) this.#heights[AIR_ID[name]] = 0;
    // What was touched since the check before is of the new segment, wherever it was cut.
    this.#pages = pagesSinceCheck;
    this.#addPages(pagesSinceCheck);
    this.#addPages(this.#takeRegisters());
  }
}
