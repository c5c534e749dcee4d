// Who still needs which chunk in the ring: a slot is given back when nobody does.

import type { ChunkRing, ClaimedChunk } from '../../../../../runtime/trace/ring.ts';

export type RingPlace = Pick<ClaimedChunk, 'ringSlot' | 'sequence'>;

interface Use {
  readonly place: RingPlace;
  users: number;
  /** Whether it is written, or whatever else is done with chunks. */
  isSaved: boolean;
}

export class RingUses {
  readonly #uses = new Map<number, Use>();
  #ring: ChunkRing | undefined;

  set ring(ring: ChunkRing) {
    this.#ring = ring;
  }

  get ring(): ChunkRing | undefined {
    return this.#ring;
  }

  /** A worker has it. */
  claimed(place: RingPlace): void {
    this.#uses.set(place.sequence, { place, users: 1, isSaved: false });
  }

  placeOf(sequence: number): RingPlace | undefined {
    return this.#uses.get(sequence)?.place;
  }

  /** So many more. */
  use(sequence: number, users: number): void {
    this.#uses.get(sequence)!.users += users;
  }

  saved(sequence: number): void {
    this.#uses.get(sequence)!.isSaved = true;
    this.done(sequence);
  }

  done(sequence: number, users = 1): void {
    const use = this.#uses.get(sequence)!;
    use.users -= users;
    if (use.users > 0) return;
    this.#uses.delete(sequence);
    this.#give(use.place);
  }

  #give({ ringSlot, sequence }: RingPlace): void {
    this.#ring!.release({ ringSlot, sequence, entries: 0, bytes: new Uint8Array(0) });
  }

  /** Nobody needs any: gives back all and tells those that were not saved, the oldest first, before that. */
  dropAll(rescue: (chunk: RingPlace) => void): void {
    const all = [...this.#uses.values()].sort((a, b) => a.place.sequence - b.place.sequence);
    this.#uses.clear();
    for (const { place, isSaved } of all) {
      if (!isSaved) rescue(place);
      this.#give(place);
    }
  }

  /** Takes what nobody has claimed yet, and gives it back. */
  takeRest(rescue: (chunk: RingPlace) => void): void {
    const ring = this.#ring;
    for (let chunk = ring?.tryClaim(); chunk !== undefined && chunk !== 'none'; chunk = ring?.tryClaim()) {
      rescue(chunk);
      ring!.release(chunk);
    }
  }
}
