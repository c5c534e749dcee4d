// How often the blocks of emitted regions were executed: a word for each, from a place that the instance is told.

import type { Block } from '../../region/region.ts';
import { access, op } from '../binary/instructions.ts';
import type { Frame } from '../region/frame.ts';

/** A block as its counter's reader must know it. */
export interface EmittedBlock {
  readonly pc: number;
  readonly instructions: number;
}

export class BlockCounters {
  /** In the order of the counters. */
  readonly blocks: EmittedBlock[] = [];
  readonly #base: number;

  /** `base`: the module's global with the byte address of the first counter. */
  constructor(base: number) {
    this.#base = base;
  }

  count({ code }: Frame, { pc, instructions }: Block): void {
    const at = 4 * this.blocks.length;
    this.blocks.push({ pc, instructions: instructions.length });
    code.globalGet(this.#base);
    code.globalGet(this.#base);
    code.access(access.i32Load, at);
    code.i32Const(1);
    code.op(op.i32Add);
    code.access(access.i32Store, at);
  }
}
