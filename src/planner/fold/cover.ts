// Which stored claims a run needs: those that vouch for what it lacks, and for what these assume in turn, in linear time.
// Reference: ix:zisk/host/src/main.rs (run_shard_plan), whose rounds and scans an index of subjects replaces.

import { MaxQueue } from '../batch/heap.ts';

/** Subjects and assumptions by any name, such as hexadecimal. */
export interface StoredClaim {
  readonly subjects: readonly string[];
  readonly assumptions: readonly string[];
}

export interface WantedClaims {
  /** What must be vouched for. */
  readonly needed: Iterable<string>;
  /** What the run itself makes claims of. */
  readonly novel: ReadonlySet<string>;
  /** What these assume: upstream leaves them out, and so does not look for them in its store. */
  readonly novelAssumptions?: Iterable<string>;
}

export interface Covered {
  /** Places of stored claims that are used, ascending. */
  readonly used: readonly number[];
  /** What nobody vouches for, in order of its name. */
  readonly outstanding: readonly string[];
}

/** Places of the claims that have a subject. */
function indexOf(stored: readonly StoredClaim[]): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>();
  for (const [place, { subjects }] of stored.entries()) {
    for (const subject of new Set(subjects)) {
      const places = index.get(subject);
      if (places === undefined) index.set(subject, [place]);
      else places.push(place);
    }
  }
  return index;
}

/** As upstream: in rounds, every stored claim that has a subject which is needed, then those for what is still open. */
export function coverAll(stored: readonly StoredClaim[], wanted: WantedClaims): Covered {
  const index = indexOf(stored);
  const used = new Set<number>();
  const vouched = new Set(wanted.novel);
  const outstanding = new Set<string>();
  let later = [...(wanted.novelAssumptions ?? [])];
  for (let open = [...wanted.needed]; open.length + later.length > 0; ) {
    const added: number[] = [];
    for (const item of new Set(open)) {
      if (vouched.has(item)) continue;
      const places = index.get(item) ?? [];
      if (places.length === 0) outstanding.add(item);
      for (const place of places) {
        if (used.has(place)) continue;
        used.add(place);
        added.push(place);
      }
    }
    // What a round adds closes before the next asks.
    for (const place of added) for (const subject of stored[place]!.subjects) vouched.add(subject);
    open = [...added.flatMap(place => stored[place]!.assumptions), ...later];
    later = [];
  }
  return { used: ascending(used), outstanding: [...outstanding].sort() };
}

/** Fewer claims: of those that have something open, whichever closes most comes first; of equals the first stored. */
export function coverGreedily(stored: readonly StoredClaim[], wanted: WantedClaims): Covered {
  const index = indexOf(stored);
  const used = new Set<number>();
  const vouched = new Set(wanted.novel);
  const open = new Set<string>();
  const outstanding = new Set<string>();
  /** Open subjects of each stored claim. */
  const closes = new Int32Array(stored.length);
  const queue = new MaxQueue(stored.length);
  const ask = (item: string): void => {
    if (vouched.has(item) || open.has(item) || outstanding.has(item)) return;
    const places = index.get(item) ?? [];
    (places.length === 0 ? outstanding : open).add(item);
    for (const place of places) queue.set(place, ++closes[place]!);
  };
  const close = (item: string): void => {
    vouched.add(item);
    if (!open.delete(item)) return;
    for (const place of index.get(item)!) if (!used.has(place)) queue.set(place, --closes[place]!);
  };
  for (const item of [...wanted.needed, ...(wanted.novelAssumptions ?? [])]) ask(item);
  for (let id = queue.pop(); id >= 0; id = queue.pop()) {
    if (closes[id] === 0) continue;
    used.add(id);
    for (const subject of stored[id]!.subjects) close(subject);
    for (const assumption of stored[id]!.assumptions) ask(assumption);
  }
  return { used: ascending(used), outstanding: [...outstanding].sort() };
}

const ascending = (places: Iterable<number>): number[] => [...places].sort((a, b) => a - b);
