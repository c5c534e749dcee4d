// Pages of memory that a run touched: those of the segment, and those since the last check.

/** Bytes of public values that a guest can reach: 8 pages. */
const PUBLIC_PAGES = 8;

export class TouchedPages {
  /** By page: the last segment and the last check that touched it, both from 1. */
  readonly #segments: Int32Array;
  readonly #checks: Int32Array;
  readonly #publicAt: number;
  #segment = 1;
  #check = 1;
  /** Touched since the last check. */
  #recent: number[] = [];
  /** Of the segment. */
  count = 0;

  /** Memory has so many pages. */
  constructor(pages: number) {
    this.#publicAt = pages;
    this.#segments = new Int32Array(pages + PUBLIC_PAGES);
    this.#checks = new Int32Array(pages + PUBLIC_PAGES);
  }

  get sinceCheck(): number {
    return this.#recent.length;
  }

  touch(page: number): void {
    if (this.#checks[page] === this.#check) return;
    this.#checks[page] = this.#check;
    this.#recent.push(page);
    if (this.#segments[page] === this.#segment) return;
    this.#segments[page] = this.#segment;
    this.count++;
  }

  touchPublic(page: number): void {
    this.touch(this.#publicAt + page);
  }

  /** A check is past; where a segment began with it, perhaps with what was touched since the one before. */
  next(isNewSegment: boolean, keepsRecent: boolean): void {
    if (isNewSegment) {
      this.#segment++;
      const kept = keepsRecent ? this.#recent : [];
      for (const page of kept) this.#segments[page] = this.#segment;
      this.count = kept.length;
    }
    this.#check++;
    this.#recent = [];
  }
}
