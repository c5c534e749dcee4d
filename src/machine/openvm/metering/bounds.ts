// How far a segment may go before a check could find it over a limit, from what it used where it was counted: so that a run need
// not be counted at every check. Of releases that compare heights as they are.
//
// Each amount is at most what was counted, what was told since, and so much for every instruction to come; so the limit of each
// gives a number of instructions. A page costs as much as hundreds of instructions, and each may touch one: they go much
// further where the run is stopped at a number of pages.

import { MARKED_AHEAD } from '../../../../codegen/region/instrumentation.ts';
import { RECORDS } from '../../../../runtime/openvm/records.ts';
import { AIR_ID, AIRS, type AirName } from '../airs.ts';
import {
  BOUNDARY_ROWS_PER_PAGE,
  LEAF_HASHES_PER_PAGE,
  NODE_ROWS,
  type SegmentLimits,
  type SegmentRules,
} from './rules.ts';
import type { CountedUse } from './segmenter.ts';

const OF_INSTRUCTIONS = AIRS.filter(({ name }) => name in RECORDS);

type Amount = 'width' | 'interactions';

const mostOf = (amount: Amount): number => Math.max(...OF_INSTRUCTIONS.map(one => one[amount]));
const amountOf = (name: AirName, amount: Amount): number => AIRS[AIR_ID[name]]![amount];

/** How far a run is behind the place where it was counted. */
export interface Distance {
  readonly instructions: number;
  readonly pages: number;
  readonly checks: number;
  /** Words that hints stored. */
  readonly hints: number;
}

/** How far a run may go: so many instructions, unless it touches so many new pages before. */
export interface Room {
  readonly instructions: number;
  readonly pages: number;
  /** Whether counting now may at least double what is left of a limit. */
  readonly isWorthCounting: boolean;
}

/**
 * Instructions of which each may touch a page that are kept in reserve where a run is stopped at a page: that may be in mid-block,
 * where pages of its rest can be known already, so no check in the block may have to count.
 */
const RESERVE: number = MARKED_AHEAD;
/** Of the pages that a segment could still have, those that a run may touch without being stopped. */
const SHARE = 1 / 4;

/** What is left of a limit, and what an instruction and a page take of it at most; `unsure`: what instructions that were not counted took. */
interface Line {
  readonly left: number;
  readonly unsure: number;
  readonly each: number;
  readonly page: number;
}

/** What instructions, words of hints, pages and checks add to an amount at most. */
interface Costs {
  readonly instruction: number;
  readonly hint: number;
  readonly page: number;
  readonly check: number;
}

/** To the rows of an AIR of instructions. */
const OF_ONE_AIR: Costs = { instruction: 1, hint: 0, page: 0, check: 0 };

/** To a sum over AIRs. */
function costs(amount: Amount, { adapterRowsPerPage }: SegmentRules): Costs {
  const of = (name: AirName): number => amountOf(name, amount);
  return {
    instruction: mostOf(amount),
    hint: of('HintStore'),
    page:
      BOUNDARY_ROWS_PER_PAGE * of('Boundary') +
      adapterRowsPerPage * of('Adapter8') +
      LEAF_HASHES_PER_PAGE * of('Poseidon2'),
    check: NODE_ROWS * (of('Merkle') + of('Poseidon2')),
  };
}

export class Bounds {
  readonly #limits: SegmentLimits;
  readonly #checkEvery: number;
  readonly #cells: Costs;
  readonly #interactions: Costs;
  /** Of an AIR of memory. */
  readonly #memory: Costs;

  constructor(rules: SegmentRules, limits: SegmentLimits, checkEvery: number) {
    this.#limits = limits;
    this.#checkEvery = checkEvery;
    this.#cells = costs('width', rules);
    this.#interactions = costs('interactions', rules);
    const page = Math.max(LEAF_HASHES_PER_PAGE, rules.adapterRowsPerPage);
    this.#memory = { instruction: 0, hint: 0, page, check: NODE_ROWS };
  }

  /** How far a segment that used so much is within its limits, whatever the instructions are; below 0: it is not now. */
  room(use: CountedUse, distance: Distance): Room {
    const { rows, cells, interactions } = this.#limits;
    const ofOneAir = { ...distance, instructions: Math.max(distance.instructions, distance.hints) };
    const lines = [
      this.#line(rows - use.instructionRows, ofOneAir, OF_ONE_AIR),
      this.#line(rows - use.memoryRows, distance, this.#memory),
      this.#line(cells - use.cells, distance, this.#cells),
      this.#line(interactions - use.interactions, distance, this.#interactions),
    ];
    let [anywhere, mostPages, isWorthCounting] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, false];
    for (const { left, unsure, each, page } of lines) {
      anywhere = Math.min(anywhere, left / (each + page));
      if (page > 0) mostPages = Math.min(mostPages, left / page);
      isWorthCounting ||= left <= unsure;
    }
    const pages = Math.floor(SHARE * (mostPages - RESERVE));
    let instructions = Number.POSITIVE_INFINITY;
    for (const { left, each, page } of lines)
      instructions = Math.min(instructions, (left - (pages + RESERVE) * page) / each - RESERVE);
    if (pages < 1 || instructions <= anywhere)
      return { instructions: anywhere, pages: Number.POSITIVE_INFINITY, isWorthCounting };
    return { instructions, pages, isWorthCounting };
  }

  /** One check more than there are whole intervals. */
  #line(left: number, { instructions, pages, checks, hints }: Distance, cost: Costs): Line {
    const unsure = instructions * cost.instruction;
    const used = unsure + hints * cost.hint + pages * cost.page + (checks + 2) * cost.check;
    return { left: left - used, unsure, each: cost.instruction + cost.check / this.#checkEvery, page: cost.page };
  }
}
