// When a shard is full: SP1's shape checker, which adds up rows and areas by its own rules and over-estimates here and there.
// Reference: sp1:crates/core/executor/src/vm/shapes.rs, SP1 6.4.0.

import { AREA } from '../../../../../codegen/chips/sp1/area.ts';
import { JitExecError } from '../../../../../runtime/errors.ts';
import {
  BYTE_ROWS,
  CALL_SHAPES,
  type CallShape,
  CHIP_NAMES,
  type ChipName,
  ceil32,
  RANGE_ROWS,
  trunc32,
} from '../chips.ts';

export const DEFAULT_ELEMENT_THRESHOLD = 402_653_184;
export const DEFAULT_HEIGHT_THRESHOLD = 4_194_304;
/** Left for what comes with the halt. */
const HALT_AREA = 2 ** 18;
const HALT_HEIGHT = 2 ** 10;
const MAX_PADDING_AREA = 2 ** 18;
const MAX_CYCLE_AREA = 2 ** 18;
/** Rows that a local doubleword adds. */
const LOCAL_AREA: number = AREA.MemoryLocal + 2 * AREA.Global;
const REGISTERS = 32;

export interface ShardThresholds {
  /** Cells that a shard may have. */
  readonly elements: number;
  /** Rows that a chip may have. */
  readonly height: number;
  /** Clocks, ascending, at which shards of a plan begin: a shard ends there too, but none where commits and halt stay together. */
  readonly cuts?: readonly number[] | undefined;
}

/** Cells of the tables. */
export const tableArea = (instructions: number): number =>
  ceil32(instructions) * AREA.Program + BYTE_ROWS * AREA.Byte + RANGE_ROWS * AREA.Range;

/** Cells that a call in a shard of its own makes, and rows of the chip that has most. */
function needOf(shape: CallShape): { readonly area: number; readonly height: number } {
  const control = shape.control === undefined ? 0 : AREA[shape.control];
  const own = shape.rows * AREA[shape.chip] + control + AREA.SyscallPrecompile + AREA.Global;
  return { area: own + shape.touched * LOCAL_AREA, height: Math.max(shape.rows, 2 * shape.touched + 1) };
}

/** Most calls in a precompile shard. */
export function callsPerShard(shape: CallShape, { elements, height }: ShardThresholds, instructions: number): number {
  const need = needOf(shape);
  return Math.min(trunc32((elements - tableArea(instructions)) / need.area), trunc32(height / need.height));
}

/** Most memory events of either kind in a memory shard. */
export function memoryEventsPerShard({ elements, height }: ShardThresholds, instructions: number): number {
  const area = AREA.MemoryGlobalInit + AREA.Global;
  return trunc32(Math.min((elements - tableArea(instructions)) / area, height) / 2);
}

/** Most memory events of either kind that are packed into the last core shard. */
export const packedEvents = ({ elements }: ShardThresholds): number =>
  2 * trunc32((3 * elements) / (AREA.MemoryGlobalInit + AREA.Global) / 40);

/** Throws USAGE for thresholds with which SP1 cannot trace: a shard of some precompile would have no room for 32 calls. */
export function checkThresholds(thresholds: ShardThresholds, instructions: number): void {
  const needs = [...CALL_SHAPES.values()].map(needOf);
  const least = {
    elements: 32 * Math.max(...needs.map(({ area }) => area)) + tableArea(instructions),
    height: 32 * Math.max(...needs.map(({ height }) => height)),
  };
  const check = (option: string, given: number, minimum: number): void => {
    if (Number.isSafeInteger(given) && given >= minimum) return;
    throw new JitExecError(
      'USAGE',
      `${option}: expected at least ${minimum}, with which SP1 can trace this program, got ${given}`,
    );
  };
  check('--element-threshold', thresholds.elements, least.elements);
  check('--height-threshold', thresholds.height, least.height);
}

const LOCAL = CHIP_NAMES.indexOf('MemoryLocal');
const GLOBAL = CHIP_NAMES.indexOf('Global');
const AREAS = CHIP_NAMES.map(name => AREA[name]);

/** The checker's counts of one shard. */
export class ShapeChecker {
  readonly #limits: ShardThresholds;
  readonly #tables: number;
  readonly #rows = new Float64Array(CHIP_NAMES.length);
  #area = 0;
  /** Of the highest chip. */
  #height = 0;

  constructor(thresholds: ShardThresholds, instructions: number) {
    this.#limits = { elements: thresholds.elements - HALT_AREA, height: thresholds.height - HALT_HEIGHT };
    this.#tables = tableArea(instructions) + MAX_PADDING_AREA + MAX_CYCLE_AREA;
    this.reset();
  }

  /** The next shard begins. Its registers count as local at its first instruction. */
  reset(): void {
    this.#rows.fill(0);
    this.#height = 0;
    this.#area = this.#tables;
    this.addLocals(REGISTERS);
  }

  add(chip: number, rows: number): void {
    const height = this.#rows[chip]! + rows;
    this.#rows[chip] = height;
    if (height > this.#height) this.#height = height;
    this.#area += rows * AREAS[chip]!;
  }

  addLocals(locals: number): void {
    this.add(LOCAL, locals);
    this.add(GLOBAL, 2 * locals);
  }

  /** An area that no height goes with. */
  addArea(chip: ChipName): void {
    this.#area += AREA[chip];
  }

  get isFull(): boolean {
    return this.#area >= this.#limits.elements || this.#height >= this.#limits.height;
  }

  /** Whether it could be full with so much more area, and so many more rows in any chip. */
  couldBeFull(area: number, rows: number): boolean {
    return this.#area + area >= this.#limits.elements || this.#height + rows >= this.#limits.height;
  }

  /** Instructions, no ecalls, after which the shard cannot be full, the last of them included; at least 0. */
  get room(): number {
    return Math.min(this.roomByArea(0), this.roomByHeight(0));
  }

  /** The same as far as the area goes, with so much more of it. */
  roomByArea(area: number): number {
    return Math.max(0, Math.ceil((this.#limits.elements - this.#area - area) / MAX_INSTRUCTION_AREA) - 1);
  }

  /** The same as far as heights go, with so many more rows in any chip. */
  roomByHeight(rows: number): number {
    // A load adds two rows to Global.
    return Math.max(0, Math.ceil((this.#limits.height - this.#height - rows) / 2) - 1);
  }
}

/** No instruction adds more: DivRem, or the widest load with a new doubleword, and a crossing of pages. */
const MAX_INSTRUCTION_AREA: number = Math.max(AREA.DivRem, AREA.StoreByte + LOCAL_AREA) + AREA.StateBump;
