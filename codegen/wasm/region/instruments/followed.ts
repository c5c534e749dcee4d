// A region function that follows calls, besides what another instrument does.

import { CONTROL } from '../../../../runtime/layout.ts';
import type { Effect } from '../../../isa/expr.ts';
import { transferOf } from '../../../program/transfer.ts';
import type { Followed } from '../../../region/instrumentation.ts';
import { type Block, endOf, lastPc } from '../../../region/region.ts';
import type { Value } from '../../binary/values.ts';
import { CallWriter } from '../../call-writer.ts';
import type { Frame, MemoryImports } from '../frame.ts';
import type { InstructionPlace } from '../place.ts';
import type { Instrument } from './instrument.ts';

const COUNTED = 4 * CONTROL.counted;

export class CallFollower implements Instrument {
  readonly access: Instrument['access'];
  readonly leavesAtAccesses: boolean | undefined;
  readonly #frame: Frame;
  readonly #inner: Instrument;
  readonly #followed: Followed;
  readonly #imports: MemoryImports;
  readonly #calls: CallWriter;

  constructor(frame: Frame, inner: Instrument, followed: Followed, imports: MemoryImports) {
    this.#frame = frame;
    this.#inner = inner;
    this.#followed = followed;
    this.#imports = imports;
    this.access = inner.access;
    this.leavesAtAccesses = inner.leavesAtAccesses;
    this.#calls = new CallWriter(frame.v, followed, name => frame.local(name, frame.v.i32));
  }

  enter(): void {
    this.#calls.load();
  }

  resume(): void {
    this.#calls.resume();
  }

  reload(): void {
    this.#inner.reload();
  }

  spill(): void {
    this.#inner.spill();
  }

  leave(): void {
    this.#inner.leave();
  }

  startBlock(block: Block, hasAccesses: boolean): void {
    this.#inner.startBlock(block, hasAccesses);
  }

  endBlock(): void {
    this.#inner.endBlock();
  }

  before(place: InstructionPlace, effect: Effect): void {
    this.#inner.before?.(place, effect);
  }

  settle(): void {
    this.#inner.settle();
  }

  undo(block: Block, i: number): void {
    this.#inner.undo(block, i);
  }

  transfer(block: Block, to: number | Value): void {
    const { call, i32 } = this.#frame.v;
    const { entered, returned, moved, jumped } = this.#imports;
    const place = typeof to === 'number' ? this.#slotOf(to) : this.#slotAt(to);
    const slot = typeof place === 'number' ? i32.constant(place) : place;
    const from = this.#slotOf(lastPc(block));
    const now = this.#now;
    switch (transferOf(block.instructions.at(-1)!)) {
      case 'call': {
        const back = i32.constant(this.#slotOf(endOf(block)));
        const ask = call(entered, slot, back, now);
        const known = this.#followed.placeOf(from, typeof place === 'number' ? place : undefined);
        if (known === undefined) ask();
        else if (typeof place === 'number') this.#calls.called(known, slot, back, now, ask);
        else this.#calls.calledAnywhere(known, slot, back, now, ask);
        return;
      }
      case 'return':
        this.#calls.returned(slot, now, call(returned, slot, now));
        return;
      case 'jump':
        if (typeof place !== 'number') {
          call(jumped, i32.constant(from), slot, now)();
          this.#calls.load();
        } else if (this.#followed.leaves(from, place)) this.#calls.moved(slot, now, call(moved, slot, now));
    }
  }

  #slotOf(pc: number): number {
    const { tableBase, tableShift } = this.#frame.options;
    return (pc - tableBase) >> tableShift;
  }

  #slotAt(pc: Value): Value {
    const { i32 } = this.#frame.v;
    const { tableBase, tableShift } = this.#frame.options;
    return i32.shrS(i32.sub(pc, i32.constant(tableBase)), i32.constant(tableShift));
  }

  /** What the run has come to, the whole block included. */
  get #now(): Value {
    const { fuel, v } = this.#frame;
    const { i32 } = v;
    if (!this.#followed.isWeighed) return i32.sub(i32.load(undefined, COUNTED), i32.get(fuel));
    return i32.get(this.#frame.local('weight', i32));
  }
}
