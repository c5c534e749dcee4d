// A message in 50 bits: which of 2^18 sums it belongs to, and what it adds there. What is sent adds, what is received takes
// away; buses balance where all sums are 0. Messages that differ meet with a chance of about 2^-50 under keys that nobody
// knew before: so this finds mistakes and forgeries, and is no proof.

import { type Graph, graph, type U32 } from '../u32.ts';

const BUCKET_BITS = 18;
/** Sums behind the multiplicities of lookups. */
export const BUCKETS: number = 2 ** BUCKET_BITS;

export interface Fingerprint {
  /** Below BUCKETS. */
  readonly bucket: U32;
  readonly weight: U32;
}

/** Keys of a bus, made of a seed; multipliers are odd, so that one element alone cannot change unseen. */
function* keysOf(bus: string, seed: number): Generator<number, never> {
  let state = seed >>> 0;
  for (let i = 0; i < bus.length; i++) state = Math.imul(state ^ bus.charCodeAt(i), 0x01000193) >>> 0;
  for (;;) {
    // splitmix32
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    yield ((z ^ (z >>> 15)) | 1) >>> 0;
  }
}

export function fingerprint(g: Graph, bus: string, seed: number, message: readonly U32[]): Fingerprint {
  const keys = keysOf(bus, seed);
  const next = (): U32 => g.constant(keys.next().value);
  let [u, v] = [next(), next()];
  for (const element of message) {
    u = g.make('add', [u, g.make('mul', [element, next()])]);
    v = g.make('add', [v, g.make('mul', [element, next()])]);
  }
  const mixed = mix(g, g.make('xor', [u, g.make('shr', [v], 15)]), next());
  const weight = mix(g, g.make('add', [v, g.make('shr', [mixed], 7)]), next());
  return { bucket: g.make('shr', [mixed], 32 - BUCKET_BITS), weight };
}

/** Of a message of known elements: constants of a graph fold. */
export function bucketOf(bus: string, seed: number, message: readonly number[]): number {
  const g = graph();
  return fingerprint(
    g,
    bus,
    seed,
    message.map(element => g.constant(element)),
  ).bucket.value;
}

function mix(g: Graph, x: U32, key: U32): U32 {
  const once = g.make('mul', [g.make('xor', [x, g.make('shr', [x], 16)]), g.constant(0x7feb352d)]);
  return g.make('mul', [g.make('xor', [once, g.make('shr', [once], 15)]), key]);
}
