// Polynomials in words: what they read, and how they would be written.

import type { Cell, Poly } from './poly.ts';

interface Reads {
  readonly cells: readonly Cell[];
  readonly columns: readonly string[];
  readonly isNext: boolean;
  readonly isPublic: boolean;
}

const READS = new WeakMap<Poly, Reads>();

/** What a polynomial reads: columns by name, primed those of the next row. */
export function readsOf(p: Poly): Reads {
  const before = READS.get(p);
  if (before !== undefined) return before;
  const reads = collect(p);
  READS.set(p, reads);
  return reads;
}

/** The columns of the same row that a polynomial reads. */
export function cellsRead(p: Poly): readonly Cell[] {
  return readsOf(p).cells;
}

export function columnsOf(p: Poly): readonly string[] {
  return readsOf(p).columns;
}

function collect(p: Poly): Reads {
  const columns = new Set<string>();
  const cells = new Set<Cell>();
  const seen = new Set<Poly>();
  let [isNext, isPublic] = [false, false];
  const visit = (one: Poly): void => {
    if (seen.has(one)) return;
    seen.add(one);
    isNext ||= one.op === 'next';
    isPublic ||= one.op === 'public';
    if (one.op === 'cell') {
      cells.add(one as Cell);
      columns.add((one as Cell).name);
    }
    if (one.op === 'next') columns.add(`${(one.args[0] as Cell).name}'`);
    else for (const arg of one.args) visit(arg);
  };
  visit(p);
  return { cells: [...cells], columns: [...columns], isNext, isPublic };
}

const PRECEDENCE: Readonly<Record<string, number>> = { add: 1, sub: 1, mul: 2, over: 2 };
const levelOf = ({ op }: Poly): number => PRECEDENCE[op] ?? 3;
/** Operations of a polynomial that is still written out; a shared part counts as often as it is read. */
const LONGEST = 400;

/** A polynomial as it would be written. */
export function text(p: Poly): string {
  if (sizeOf(p) > LONGEST) return `p(${columnsOf(p).slice(0, 4).join(', ')}, …)`;
  return written(p);
}

function written(p: Poly): string {
  const [a, b] = p.args;
  switch (p.op) {
    case 'const':
      return String(p.value);
    case 'cell':
      return (p as Cell).name;
    case 'next':
      return `${written(a!)}'`;
    case 'public':
      return `public[${p.value}]`;
    case 'as':
      return written(a!);
    case 'add':
      return `${part(a!, 1)} + ${part(b!, 1)}`;
    case 'sub':
      return a!.constant === 0n ? `-${part(b!, 2)}` : `${part(a!, 1)} - ${part(b!, 2)}`;
    case 'mul':
      return `${part(a!, 2)} * ${part(b!, 3)}`;
    case 'over':
      return `${part(a!, 2)} / ${p.value}`;
  }
}

function part(p: Poly, least: number): string {
  const inner = p.op === 'as' ? p.args[0]! : p;
  return levelOf(inner) < least ? `(${written(inner)})` : written(inner);
}

const SIZES = new WeakMap<Poly, number>();

function sizeOf(p: Poly): number {
  const before = SIZES.get(p);
  if (before !== undefined) return before;
  const size = p.args.reduce((total, arg) => total + sizeOf(arg), 1);
  SIZES.set(p, size);
  return size;
}
