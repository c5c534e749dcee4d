// Emitted regions of a walk that counts: nothing is done for an instruction; a block has a counter, and an access is told
// where its doubleword may be new to the shard.

import { WALK } from '../../../runtime/trace/walk-layout.ts';
import type { AccessEffect } from '../../region/accesses.ts';
import type { Block } from '../../region/region.ts';
import type { FunctionsOf } from '../host-imports.ts';
import { lower } from '../lower.ts';
import type { Frame } from '../region/frame.ts';
import { type AccessWriter, type Instrument, PURE_CODE } from '../region/instruments/instrument.ts';
import type { InstructionPlace, WantedHalves } from '../region/place.ts';
import type { BlockCounters } from './block-counters.ts';
import { Entries } from './entries.ts';

type CountImports = FunctionsOf<'countingRegion'>;

export class CountInstrument implements Instrument, AccessWriter {
  readonly leave: Instrument['leave'] = PURE_CODE.leave;
  readonly undo: Instrument['undo'] = PURE_CODE.undo;
  readonly settle: Instrument['settle'] = PURE_CODE.settle;
  readonly access: undefined;
  readonly #frame: Frame;
  readonly #entries: Entries;
  readonly #counters: BlockCounters;
  readonly #imports: CountImports;

  constructor(frame: Frame, counters: BlockCounters, imports: CountImports) {
    this.#frame = frame;
    this.#entries = new Entries(frame);
    this.#counters = counters;
    this.#imports = imports;
  }

  /** Distance from the shard's start to its first precompile call: what is accessed first or since then is told. */
  get #precompiled(): number {
    return this.#frame.local('precompiled', this.#frame.v.i64);
  }

  reload(): void {
    const { i64 } = this.#frame.v;
    this.#entries.reload();
    i64.set(this.#precompiled, i64.load(undefined, WALK.precompiled));
  }

  spill(): void {
    this.#entries.spill();
  }

  startBlock(block: Block): void {
    if (block.instructions.length > 0) this.#counters.count(this.#frame, block);
  }

  write(effect: AccessEffect, { pc, operands, instruction }: InstructionPlace, wanted: WantedHalves): void {
    const { code, v } = this.#frame;
    const { i32, i64, seldom, call } = v;
    const address = (): void => lower(code, effect.address, operands);
    const entries = this.#entries;
    const distance = i64.sub(entries.oldClk, i64.get(entries.shardStart));
    seldom(i64.geU(distance, i64.get(this.#precompiled)), () =>
      call(this.#imports.note, address, entries.oldClk, i32.constant(pc))(),
    );
    if (effect.kind === 'load' && wanted !== 'nothing') {
      i64.set(this.#frame.register(instruction.rd), entries.loaded(effect, address));
    }
    entries.take();
  }

  endBlock(): void {
    this.#entries.endBlock();
  }
}
