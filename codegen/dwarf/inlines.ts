// Which functions were inlined where: .debug_info of DWARF 2 to 5 (DWARF 5, section 3.3.8).

import { DebugEntries, readUnits, type Unit } from './entries.ts';
import type { FormValue } from './forms.ts';
import type { SourceLine } from './lines.ts';
import { Damaged } from './reader.ts';
import { AT, type InfoSections, type Range, UnitValues } from './unit-values.ts';

/** A function whose body is in another's. */
export interface InlinedFunction {
  /** As a symbol would have it, or as it is called in the source. */
  readonly name: string;
  /** Where it is declared; and where the function around it would have called it. */
  readonly declared?: SourceLine;
  readonly calledAt?: SourceLine;
}

export interface InlineTable {
  /** Whether the file says anything of it. */
  readonly isKnown: boolean;
  /** The functions inlined at an address, the outermost first. */
  readonly at: (address: number) => readonly InlinedFunction[];
}

/** Gives the names of files of the unit whose lines are at an offset of .debug_line. */
export type UnitFiles = (lines: number) => (index: number) => string;

const TAG = {
  compileUnit: 0x11,
  inlinedSubroutine: 0x1d,
  subprogram: 0x2e,
  partialUnit: 0x3c,
  skeletonUnit: 0x4a,
} as const;
const wants = (tag: number): boolean => tag === TAG.inlinedSubroutine || tag === TAG.subprogram;
/** Of one unit: where there are more, it says nothing true. */
const MOST_RANGES = 2 ** 20;
const MOST_PAINTED = 2 ** 24;
/** An entry may refer to another, and so on. */
const MOST_REFERENCES = 8;
const NONE: readonly InlinedFunction[] = [];

interface Place {
  /** Index of the place around it; -1 where that is the function itself. */
  readonly around: number;
  readonly values: ReadonlyMap<number, FormValue>;
}

interface UnitPlaces {
  readonly unit: UnitValues;
  readonly places: readonly Place[];
  /** Sorted addresses, and from each of them on the innermost place, or -1. */
  readonly starts: Float64Array;
  readonly innermost: Int32Array;
}

/** What one entry says of a function, and which entry says more. */
interface Said {
  readonly name: string | undefined;
  readonly linkage: string | undefined;
  readonly declared: SourceLine | undefined;
  readonly next: number | undefined;
}

/** Of damaged parts, nothing. */
function orElse<T>(read: () => T, none: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Damaged) return none;
    throw error;
  }
}

/** Index of the last start at or below an address, or -1. */
function lastAtOrBelow(starts: ArrayLike<number>, address: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (starts[middle]! <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

class Inlines {
  readonly #sections: InfoSections;
  readonly #entries: DebugEntries;
  readonly #filesOf: UnitFiles;
  readonly #units: readonly Unit[];
  readonly #unitStarts: readonly number[];
  readonly #values = new Map<Unit, UnitValues | undefined>();
  readonly #places = new Map<Unit, UnitPlaces | undefined>();
  readonly #functions = new Map<number, Omit<InlinedFunction, 'calledAt'> | undefined>();
  readonly #shown = new Map<Place, InlinedFunction>();
  /** Units by where their code starts. */
  readonly #owners: readonly (readonly [start: number, end: number, unit: Unit])[];
  readonly #starts: Float64Array;

  constructor(sections: InfoSections, filesOf: UnitFiles) {
    this.#sections = sections;
    this.#filesOf = filesOf;
    this.#entries = new DebugEntries(sections.info, sections.abbrev);
    this.#units = readUnits(sections.info);
    this.#unitStarts = this.#units.map(({ start }) => start);
    const owners = this.#units.flatMap(unit => {
      const values = this.#valuesOf(unit);
      const ranges = values === undefined ? [] : orElse(() => values.rangesOf(values.root), []);
      return ranges.map(([start, end]) => [start, end, unit] as const);
    });
    // Code that the linker dropped lies at 0.
    this.#owners = owners.filter(([start]) => start > 0).sort(([a], [b]) => a - b);
    this.#starts = Float64Array.from(this.#owners, ([start]) => start);
  }

  #valuesOf(unit: Unit): UnitValues | undefined {
    if (!this.#values.has(unit)) {
      const root = orElse(() => this.#entries.at(unit, unit.entriesAt), undefined);
      this.#values.set(unit, root && new UnitValues(unit, root, this.#sections));
    }
    return this.#values.get(unit);
  }

  #placesOf(unit: Unit): UnitPlaces | undefined {
    if (!this.#places.has(unit)) {
      const values = this.#valuesOf(unit);
      this.#places.set(unit, values && orElse(() => this.#readPlaces(values), undefined));
    }
    return this.#places.get(unit);
  }

  #readPlaces(unit: UnitValues): UnitPlaces {
    const places: Place[] = [];
    const ranges: (readonly [Range, number])[] = [];
    /** Places around the entry at hand, and how deep they are. */
    const open: { readonly depth: number; readonly place: number }[] = [];
    for (const { depth, tag, values } of this.#entries.walk(unit.unit, wants)) {
      while (open.length > 0 && open.at(-1)!.depth >= depth) open.pop();
      if (tag === TAG.subprogram) {
        open.push({ depth, place: -1 });
        continue;
      }
      places.push({ around: open.at(-1)?.place ?? -1, values });
      open.push({ depth, place: places.length - 1 });
      for (const range of unit.rangesOf(values)) ranges.push([range, places.length - 1]);
      if (ranges.length > MOST_RANGES) throw new Damaged();
    }
    return { unit, places, ...painted(ranges) };
  }

  /** What is said of the entry that a place is of, through those that it refers to. */
  #functionAt(offset: number): Omit<InlinedFunction, 'calledAt'> | undefined {
    if (!this.#functions.has(offset))
      this.#functions.set(
        offset,
        orElse(() => this.#readFunction(offset), undefined),
      );
    return this.#functions.get(offset);
  }

  #readFunction(offset: number): Omit<InlinedFunction, 'calledAt'> | undefined {
    let name: string | undefined;
    let linkage: string | undefined;
    let declared: SourceLine | undefined;
    for (let [at, n]: [number | undefined, number] = [offset, 0]; at !== undefined && n < MOST_REFERENCES; n++) {
      const said = this.#saidAt(at);
      linkage ??= said?.linkage;
      name ??= said?.name;
      declared ??= said?.declared;
      at = said?.next;
    }
    const shown = linkage ?? name;
    return shown === undefined ? undefined : { name: shown, ...(declared === undefined ? {} : { declared }) };
  }

  #saidAt(offset: number): Said | undefined {
    const unit = this.#units[lastAtOrBelow(this.#unitStarts, offset)];
    const values = unit && this.#valuesOf(unit);
    if (unit === undefined || values === undefined) return undefined;
    const entry = this.#entries.at(unit, offset).values;
    const textOf = (attribute: number): string | undefined => {
      const value = entry.get(attribute);
      return value && values.text(value);
    };
    const next = entry.get(AT.specification) ?? entry.get(AT.abstractOrigin);
    return {
      name: textOf(AT.name),
      linkage: textOf(AT.linkageName) ?? textOf(AT.mipsLinkageName),
      declared: this.#line(values, entry.get(AT.declFile), entry.get(AT.declLine)),
      next: next && values.reference(next),
    };
  }

  #line({ root }: UnitValues, file: FormValue | undefined, line: FormValue | undefined): SourceLine | undefined {
    const lines = root.get(AT.stmtList);
    if (lines === undefined || file === undefined || line === undefined || line.number === 0) return undefined;
    const name = this.#filesOf(lines.number)(file.number);
    return name === '' ? undefined : { file: name, line: line.number };
  }

  #show(unit: UnitValues, place: Place): InlinedFunction {
    const known = this.#shown.get(place);
    if (known !== undefined) return known;
    const origin = place.values.get(AT.abstractOrigin);
    const offset = origin && unit.reference(origin);
    const found = offset === undefined ? undefined : this.#functionAt(offset);
    const calledAt = orElse(
      () => this.#line(unit, place.values.get(AT.callFile), place.values.get(AT.callLine)),
      undefined,
    );
    const shown = { ...(found ?? { name: '?' }), ...(calledAt === undefined ? {} : { calledAt }) };
    this.#shown.set(place, shown);
    return shown;
  }

  at(address: number): readonly InlinedFunction[] {
    const owner = this.#owners[lastAtOrBelow(this.#starts, address)];
    if (owner === undefined || address >= owner[1]) return NONE;
    const found = this.#placesOf(owner[2]);
    if (found === undefined) return NONE;
    const { unit, places, starts, innermost } = found;
    const chain: InlinedFunction[] = [];
    for (let i = innermost[lastAtOrBelow(starts, address)] ?? -1; i >= 0; i = places[i]!.around)
      chain.push(this.#show(unit, places[i]!));
    return chain.reverse();
  }
}

/** By address the last of the ranges that hold it: those within others come behind them. */
function painted(ranges: readonly (readonly [Range, number])[]): Pick<UnitPlaces, 'starts' | 'innermost'> {
  const starts = Float64Array.from(new Set(ranges.flatMap(([range]) => range))).sort();
  const innermost = new Int32Array(starts.length).fill(-1);
  let painted = 0;
  for (const [[start, end], place] of ranges) {
    const from = lastAtOrBelow(starts, start);
    const to = lastAtOrBelow(starts, end);
    painted += to - from;
    if (painted > MOST_PAINTED) throw new Damaged();
    innermost.fill(place, from, to);
  }
  return { starts, innermost };
}

/** The table of a program: units are read when an address in them is first asked. Damaged parts say nothing. */
export function inlineTable(sections: InfoSections | undefined, filesOf: UnitFiles): InlineTable {
  if (sections === undefined) return { isKnown: false, at: () => NONE };
  let inlines: Inlines | undefined;
  return {
    isKnown: true,
    at: address => {
      inlines ??= new Inlines(sections, filesOf);
      return inlines.at(address);
    },
  };
}
