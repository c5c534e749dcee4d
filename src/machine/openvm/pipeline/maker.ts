// Makes the columns of a segment whose events lie in a place: in waves of AIRs which other threads help to fill, then the tables
// that count what the others looked up.

import type { Chip } from '../../../../codegen/chips/chip.ts';
import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { traceLayout } from '../../../../runtime/columns/layout.ts';
import { type BoardChip, RESULT_BYTES } from '../../../tracegen/board.ts';
import type { RequestedChip } from '../../../tracegen/device/requests.ts';
import { FailureList } from '../../../tracegen/failures.ts';
import type { OwnPlace } from '../../../tracegen/threads/place.ts';
import type { ChipDevice } from '../../../tracegen/threads/sink.ts';
import { fillOne, UNORDERED } from '../../../tracegen/threads/tiles.ts';
import type { SegmentChecker } from '../check/segment-checker.ts';
import type { SegmentClient } from '../gpu/airs.ts';
import { COUNTED } from '../traces/segment-events.ts';
import { lookupColumns, programColumns } from '../traces/segment-traces.ts';
import type { AirFacts, PlacedSegment } from './protocol.ts';
import type { SegmentSink } from './sink.ts';

export const airNumbered = (number: number): Chip => OPENVM_CHIPS[number]!;

export const widthOf = ({ columns, fixed }: Chip): number => columns.length - fixed;

export interface SegmentMakerOptions {
  /** Bytes of columns at a time; AIRs that are larger come one by one. */
  readonly waveBytes: number;
  readonly sink: SegmentSink;
  /** Checks what was made. */
  readonly checker?: SegmentChecker | undefined;
  /** There is something that others can help with. */
  readonly onOpen?: () => void;
  /** Fills some of the AIRs. */
  readonly gpu?: SegmentClient | undefined;
  readonly onPhase?: (phase: 'fill' | 'check') => void;
}

/** An AIR of a segment with where it is. */
interface PlacedAir {
  readonly facts: AirFacts;
  readonly chip: Chip;
  readonly events: number | undefined;
  /** Bytes of the columns before its own. */
  readonly before: number;
}

/** One that is to be filled. */
interface BoardedAir extends PlacedAir {
  readonly board: BoardChip;
}

/** Upstream's hash table decides. */
const isUnordered = ({ name }: Chip): boolean => name === 'Poseidon2';

export class SegmentMaker {
  readonly #options: SegmentMakerOptions;

  constructor(options: SegmentMakerOptions) {
    this.#options = options;
  }

  /** Gives what the sink made of the segment. */
  make(place: OwnPlace, segment: PlacedSegment): unknown {
    const making = new Making(place, segment, this.#options);
    try {
      return making.make();
    } catch (error) {
      this.#options.sink.giveUp?.();
      throw error;
    }
  }
}

class Making {
  readonly #place: OwnPlace;
  readonly #segment: PlacedSegment;
  readonly #options: SegmentMakerOptions;
  readonly #airs: readonly PlacedAir[];
  readonly #results = new Map<number, Uint8Array>();
  readonly #devices = new Map<number, ChipDevice>();
  /** AIRs that were on the board. */
  #boarded = 0;
  readonly #failures = new FailureList();

  constructor(place: OwnPlace, segment: PlacedSegment, options: SegmentMakerOptions) {
    this.#place = place;
    this.#segment = segment;
    this.#options = options;
    let before = options.sink.begin?.(segment.facts) ?? 0;
    this.#airs = segment.facts.airs.map((facts, i) => {
      const chip = airNumbered(facts.id);
      const placed = { facts, chip, events: segment.events[i], before };
      before += 4 * widthOf(chip) * facts.rows;
      return placed;
    });
  }

  make(): unknown {
    const { facts, end } = this.#segment;
    const { sink, checker } = this.#options;
    this.#place.begin(facts.index, end);
    checker?.begin({ index: facts.index, publicValues: air => this.#valuesOf(air) }, this.#failures);
    const filled = this.#airs.filter(({ chip }) => !COUNTED.has(chip.name));
    for (let from = 0; from < filled.length; ) from = this.#fillWave(filled, from);
    this.#place.gatherCounts();
    for (const columns of this.#countedColumns()) this.#take(columns);
    if (checker !== undefined) this.#options.onPhase?.('check');
    checker?.finish(() => this.#again());
    const { list, count } = this.#failures;
    const results = facts.airs.map(({ id }) => this.#results.get(id)!);
    const devices = facts.airs.map(({ id }) => this.#devices.get(id) ?? 'cpu');
    return sink.end({ facts, results, devices, failures: checker && { list, count } });
  }

  #valuesOf(air: string): readonly number[] {
    return this.#airs.find(({ chip }) => chip.name === air)?.facts.publicValues ?? [];
  }

  /** Fills AIRs from one on, as many as there is room for; gives the next. */
  #fillWave(airs: readonly PlacedAir[], from: number): number {
    const mark = this.#place.mark;
    const wave: BoardedAir[] = [];
    for (let bytes = 0; from + wave.length < airs.length; ) {
      const air = airs[from + wave.length]!;
      const size = columnBytes(air);
      if (wave.length > 0 && bytes + size > this.#options.waveBytes) break;
      wave.push({ ...air, board: this.#onBoard(air, this.#place.take(size)) });
      bytes += size;
    }
    this.#options.onPhase?.('fill');
    const { gpu } = this.#options;
    const asked = wave.filter(({ chip, facts }) => gpu?.takes({ name: chip.name, realRows: facts.realRows }));
    const answer = asked.length === 0 ? undefined : gpu!.begin(this.#place.buffer, asked.map(requested));
    this.#fillOnHost(wave.filter(one => !asked.includes(one)));
    if (answer !== undefined) this.#takeAnswer(asked, answer(this.#place.counts(0)));
    this.#check(wave);
    this.#place.reset(mark);
    return from + wave.length;
  }

  /** With the other threads. */
  #fillOnHost(airs: readonly BoardedAir[]): void {
    const { board } = this.#place;
    const first = this.#boarded;
    this.#boarded += airs.length;
    board.open(airs.map(one => one.board));
    this.#options.onOpen?.();
    while (fillOne(this.#place, airNumbered, this.#options.sink, true));
    board.close();
    for (const [i, { facts }] of airs.entries()) this.#results.set(facts.id, board.result(first + i).slice());
  }

  /** What the device did not fill is filled here. */
  #takeAnswer(asked: readonly BoardedAir[], filled: readonly boolean[]): void {
    const left = asked.filter((_, i) => !filled[i]);
    if (left.length > 0) this.#fillOnHost(left);
    for (const [i, one] of asked.entries()) {
      if (!filled[i]) continue;
      this.#devices.set(one.facts.id, 'gpu');
      this.#tell(this.#columnsAt(one), one);
    }
  }

  #onBoard({ facts, chip, events, before }: PlacedAir, columns: number): BoardChip {
    const { id, rows, realRows } = facts;
    const flags = isUnordered(chip) ? UNORDERED : 0;
    return { chip: id, events: events!, columns, realRows, rows, width: widthOf(chip), flags, before };
  }

  #check(wave: readonly BoardedAir[]): void {
    const { checker, onPhase } = this.#options;
    if (checker === undefined) return;
    onPhase?.('check');
    for (const one of wave) checker.add(this.#columnsAt(one));
  }

  #columnsAt({ chip, facts: { rows, realRows }, board }: BoardedAir): Columns {
    const { width, stride, length } = traceLayout(widthOf(chip), rows);
    return { name: chip.name, rows, realRows, width, stride, data: this.#place.filler.words(board.columns, length) };
  }

  /** Columns that are counts. */
  *#countedColumns(): Generator<Columns> {
    const { facts, events } = this.#airs.find(({ chip }) => chip.name === 'Program')!;
    yield programColumns(this.#place.filler.words(events!, facts.rows));
    yield* lookupColumns(this.#place.counts(0));
  }

  #take(columns: Columns): void {
    this.#tell(columns, this.#airs.find(({ chip }) => chip.name === columns.name)!);
    this.#options.checker?.add(columns);
  }

  #tell(columns: Columns, { facts, chip, before }: PlacedAir): void {
    const result = new Uint8Array(RESULT_BYTES);
    const place = { shard: this.#segment.facts.index, before, isUnordered: isUnordered(chip) };
    this.#options.sink.chip?.(columns, place, result);
    this.#results.set(facts.id, result);
  }

  /** All columns once more, one AIR after the other: to find messages that nobody answers. */
  *#again(): Generator<Columns> {
    const { filler, inverses } = this.#place;
    yield* this.#countedColumns();
    for (const { facts, chip, events } of this.#airs) {
      if (COUNTED.has(chip.name)) continue;
      const mark = this.#place.mark;
      const columns = this.#place.take(4 * traceLayout(widthOf(chip), facts.rows).length);
      const { rows, realRows } = facts;
      const at = { events: events!, columns, realRows, rows, counts: this.#place.countsAt(0), inverses };
      filler.fill(chip, at, 0, realRows);
      yield filler.finish(chip, at);
      this.#place.reset(mark);
    }
  }
}

const columnBytes = ({ chip, facts }: PlacedAir): number => 4 * traceLayout(widthOf(chip), facts.rows).length;

/** As a device is asked for it. */
function requested({ chip, facts: { rows, realRows }, board }: BoardedAir): RequestedChip {
  const { stride } = traceLayout(widthOf(chip), rows);
  const { events, columns } = board;
  return { name: chip.name, events, eventBytes: realRows * chip.event.bytes, rows, columns, stride };
}
