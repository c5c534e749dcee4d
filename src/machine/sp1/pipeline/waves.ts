// Fills the chips of a shard, as many at a time as there is room for: on the board, where other threads help, or on a device.

import type { Chip } from '../../../../codegen/chips/chip.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import { GLOBAL_EVENT_WORDS } from '../../../../codegen/wgsl/sp1-global.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { type TraceLayout, traceLayout } from '../../../../runtime/columns/layout.ts';
import { type BoardChip, RESULT_BYTES } from '../../../tracegen/board.ts';
import type { RequestedChip } from '../../../tracegen/device/requests.ts';
import type { ChipDevice } from '../../../tracegen/threads/sink.ts';
import { fillOne, UNORDERED } from '../../../tracegen/threads/tiles.ts';
import type { ShardClient } from '../gpu/chips.ts';
import { CHIP_NAMES, type ChipName } from '../records/chips.ts';
import { globalMessages, globalRows } from '../records/memory/global-events.ts';
import type { Shard, ShardChip } from '../records/shards.ts';
import type { Place } from './memory/place.ts';
import type { ShardSink } from './sink.ts';

export interface WaveOptions {
  /** Bytes of columns at a time, where the sink does not take shards whole: chips larger than that come one by one. */
  readonly waveBytes: number;
  /** There is something that others can help with. */
  readonly onOpen?: () => void;
  readonly onPhase?: (phase: 'record' | 'events' | 'fill') => void;
  /** Fills some of the chips. */
  readonly gpu?: ShardClient | undefined;
}

export type Events = Map<ChipName, Uint8Array>;

const ORDER_FREE: ReadonlySet<ChipName> = new Set(['MemoryLocal', 'Global']);
const CARRIES = [0x00010130, 0x00010131];

/** Whether SP1 leaves the order of the chip's rows open. */
function isUnordered(name: ChipName, { splice }: Shard): boolean {
  return ORDER_FREE.has(name) || (name === 'Uint256Ops' && CARRIES.every(code => splice?.retained.has(code) === true));
}

/** A chip with places for its events and columns. */
interface PlacedChip {
  readonly chip: ShardChip;
  board: BoardChip;
  /** What the sink said of it. */
  result: Uint8Array;
  device: ChipDevice;
}

interface Made {
  readonly columns: Columns[];
  readonly results: Uint8Array[];
  readonly devices: ChipDevice[];
}

/** Where Global has the sums behind a row: x and y. */
const SUM_COLUMNS = { first: 227, count: 14 } as const;

export class Waves {
  readonly #place: Place;
  readonly #shard: Shard;
  readonly #sink: ShardSink;
  readonly #options: WaveOptions;
  #before: number;
  #boarded = 0;
  #sum: readonly number[] = [];
  readonly made: Made = { columns: [], results: [], devices: [] };

  constructor(place: Place, shard: Shard, sink: ShardSink, options: WaveOptions, before: number) {
    this.#place = place;
    this.#shard = shard;
    this.#sink = sink;
    this.#options = options;
    this.#before = before;
  }

  /** Fills these chips and Global behind them; gives the sum of its points. */
  fillWithGlobal(others: readonly ShardChip[], events: Events): readonly number[] {
    const global = this.#shard.chips.find(({ name }) => name === 'Global')!;
    if (this.#options.gpu?.takes(global) === true) {
      const messages = globalMessages(events, global.realRows);
      this.fill([...others, global], new Map([...events, ['Global', new Uint8Array(messages.buffer)]]), events);
      return this.#sum;
    }
    // While others fill what there is, Global's points are computed.
    this.fill(others, events, events, () => this.#computeGlobal(events, global.realRows));
    this.fill([global], events);
    return this.#sum;
  }

  #computeGlobal(events: Events, count: number): Uint8Array {
    const global = globalRows(events, count);
    this.#sum = global.sum;
    events.set('Global', global.events);
    return global.events;
  }

  /** `all`: what Global can be computed of. `meanwhile` is done once, when others have something to fill. */
  fill(
    chips: readonly ShardChip[],
    events: Events,
    all: Events = events,
    meanwhile: () => void = () => undefined,
  ): void {
    let first = true;
    for (let from = 0; from < chips.length || first; ) {
      const mark = this.#place.mark;
      const wave: PlacedChip[] = [];
      let bytes = 0;
      for (; from < chips.length; from++) {
        const size = 4 * layoutOf(chips[from]!).length;
        if (!this.#sink.isWhole && wave.length > 0 && bytes + size > this.#options.waveBytes) break;
        wave.push(this.#placed(chips[from]!, events.get(chips[from]!.name) ?? new Uint8Array(0)));
        bytes += size;
      }
      this.#run(wave, all, first ? meanwhile : () => undefined);
      first = false;
      if (!this.#sink.isWhole) this.#place.reset(mark);
    }
  }

  #placed(chip: ShardChip, structs: Uint8Array): PlacedChip {
    const { width, length } = layoutOf(chip);
    const before = this.#before;
    this.#before += 4 * width * chip.rows;
    const board = {
      chip: CHIP_NAMES.indexOf(chip.name),
      events: this.#place.eventsAt(structs),
      columns: this.#place.take(4 * length),
      // The events of Program have its padding in them.
      realRows: structs.length / sp1Chip(chip.name).event.bytes,
      rows: chip.rows,
      width,
      flags: isUnordered(chip.name, this.#shard) ? UNORDERED : 0,
      before,
    };
    return { chip, board, result: new Uint8Array(RESULT_BYTES), device: 'cpu' };
  }

  #run(wave: readonly PlacedChip[], all: Events, meanwhile: () => void): void {
    const { gpu } = this.#options;
    const asked = wave.filter(({ chip }) => gpu?.takes(chip));
    const answer = asked.length === 0 ? undefined : gpu!.begin(this.#place.buffer, asked.map(gpuChip));
    this.#onBoard(
      wave.filter(one => !asked.includes(one)),
      meanwhile,
    );
    if (answer !== undefined) this.#takeAnswer(asked, answer(this.#place.counts(0)), all);
    for (const { chip, board, result, device } of wave) {
      this.made.results.push(result);
      this.made.devices.push(device);
      if (this.#sink.isWhole) this.made.columns.push(this.#columns(chip, board));
    }
  }

  /** What the device did not fill is filled here. */
  #takeAnswer(asked: readonly PlacedChip[], filled: readonly boolean[], all: Events): void {
    const left = asked.filter((_, i) => !filled[i]);
    for (const one of left) {
      if (one.chip.name !== 'Global') continue;
      const structs = this.#computeGlobal(all, one.chip.realRows);
      one.board = { ...one.board, events: this.#place.eventsAt(structs), realRows: one.chip.realRows };
    }
    this.#onBoard(left, () => undefined);
    for (const [i, one] of asked.entries()) {
      if (!filled[i]) continue;
      one.device = 'gpu';
      const columns = this.#columns(one.chip, one.board);
      if (one.chip.name === 'Global') this.#sum = lastSum(columns);
      const { before, flags } = one.board;
      const place = { shard: this.#shard.index, before, isUnordered: (flags & UNORDERED) !== 0 };
      this.#sink.chip?.(columns, place, one.result);
    }
  }

  #onBoard(chips: readonly PlacedChip[], meanwhile: () => void): void {
    const { board } = this.#place;
    const first = this.#boarded;
    this.#boarded += chips.length;
    board.open(chips.map(one => one.board));
    this.#options.onOpen?.();
    this.#options.onPhase?.('events');
    meanwhile();
    this.#options.onPhase?.('fill');
    while (fillOne(this.#place, chipNumbered, this.#sink, true));
    board.close();
    for (const [i, one] of chips.entries()) one.result = board.result(first + i).slice();
  }

  #columns({ name, rows, realRows }: ShardChip, { columns }: BoardChip): Columns {
    const { width, stride, length } = layoutOf({ name, rows, realRows });
    return { name, rows, realRows, width, stride, data: this.#place.filler.words(columns, length) };
  }
}

/** By its place among the machine's. */
export const chipNumbered = (number: number): Chip => sp1Chip(CHIP_NAMES[number]!);

function layoutOf({ name, rows }: ShardChip): TraceLayout {
  const chip = sp1Chip(name);
  return traceLayout(chip.columns.length - chip.fixed, rows);
}

function gpuChip({ chip, board: { events, columns } }: PlacedChip): RequestedChip {
  const { name, rows, realRows } = chip;
  const structBytes = name === 'Global' ? 4 * GLOBAL_EVENT_WORDS : sp1Chip(name).event.bytes;
  return { name, events, eventBytes: realRows * structBytes, rows, columns, stride: layoutOf(chip).stride };
}

const lastSum = ({ realRows, stride, data }: Columns): number[] =>
  Array.from({ length: SUM_COLUMNS.count }, (_, i) => data[(SUM_COLUMNS.first + i) * stride + realRows - 1]!);
