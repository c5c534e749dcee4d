// How far a segment may go before a check could find it over a limit, from what it used where it was counted: so that a run need
// not be counted at every check. Of releases that compare heights as they are.
//
// Each amount is at most what was counted, what was told since, and so much for every instruction to come, each of which may
// touch a page; so the limit of each gives a number of instructions.

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
  /** Of the instructions. */
  readonly cells: number;
}

/** What is used at most `more` instructions on: `now` + `each` × more. */
interface Line {
  readonly now: number;
  readonly each: number;
}

/** What rows of instructions, pages and checks add to a sum over AIRs. */
class Costs {
  readonly instruction: number;
  readonly hint: number;
  readonly page: number;
  readonly check: number;

  constructor(amount: Amount, { adapterRowsPerPage }: SegmentRules) {
    const of = (name: AirName): number => amountOf(name, amount);
    this.instruction = mostOf(amount);
    this.hint = of('HintStore');
    this.page =
      BOUNDARY_ROWS_PER_PAGE * of('Boundary') +
      adapterRowsPerPage * of('Adapter8') +
      LEAF_HASHES_PER_PAGE * of('Poseidon2');
    this.check = NODE_ROWS * (of('Merkle') + of('Poseidon2'));
  }
}

export class Bounds {
  readonly #limits: SegmentLimits;
  readonly #checkEvery: number;
  readonly #cells: Costs;
  readonly #interactions: Costs;
  /** Rows that a page adds to one AIR. */
  readonly #pageRows: number;

  constructor(rules: SegmentRules, limits: SegmentLimits, checkEvery: number) {
    this.#limits = limits;
    this.#checkEvery = checkEvery;
    this.#cells = new Costs('width', rules);
    this.#interactions = new Costs('interactions', rules);
    this.#pageRows = Math.max(LEAF_HASHES_PER_PAGE, rules.adapterRowsPerPage);
  }

  /** Instructions that may be done after which a segment that used so much is within its limits, whatever they are; below 0: it is not now. */
  room(use: CountedUse, distance: Distance): number {
    const { instructions, hints, cells } = distance;
    const { rows: mostRows, cells: mostCells, interactions: mostInteractions } = this.#limits;
    const messages = this.#interactions.instruction * instructions;
    const rows = { now: use.instructionRows + Math.max(instructions, hints), each: 1 };
    return Math.min(
      reach(rows, mostRows),
      reach(this.#memory(use.memoryRows, distance, this.#pageRows, NODE_ROWS, 0), mostRows),
      reach(this.#sum(use.cells + cells, distance, this.#cells), mostCells),
      reach(this.#sum(use.interactions + messages, distance, this.#interactions), mostInteractions),
    );
  }

  #sum(used: number, distance: Distance, { instruction, hint, page, check }: Costs): Line {
    return this.#memory(used + distance.hints * hint, distance, page, check, instruction);
  }

  /** One check more than there are whole intervals. */
  #memory(used: number, { pages, checks }: Distance, page: number, check: number, instruction: number): Line {
    return {
      now: used + pages * page + (checks + 2) * check,
      each: instruction + page + check / this.#checkEvery,
    };
  }
}

const reach = ({ now, each }: Line, limit: number): number => (limit - now) / each;
