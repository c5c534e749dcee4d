// Permissions of pages, for untrusted programs. Reference: sp1:crates/primitives/src/consts.rs.

export const PERMISSION = { execute: 1, write: 2, read: 4 } as const;

/** Bytes of a page; a power of two. */
export const PERMISSION_PAGE_BYTES = 4096;

/** What MPROTECT may set: none, read and write, read and execute, read. */
export const PERMITTED: readonly number[] = [0, 6, 5, 4];

const DEFAULT_PERMISSION = PERMISSION.read | PERMISSION.write;

/** What a trap handler is told. */
const FAILURE = { execute: 1, read: 5, write: 7 } as const;

/** The failure of an access that needs `need` where `permission` is given: 1, 5, 7, or 0 for none. */
export function failureOf(permission: number, need: number): number {
  const missing = need & ~permission;
  if (missing & PERMISSION.execute) return FAILURE.execute;
  if (missing & PERMISSION.read) return FAILURE.read;
  return missing & PERMISSION.write ? FAILURE.write : 0;
}

/** A power of two. */
const RECENT = 64;

export interface PageEntry {
  /** Of the last check or change. */
  clk: number;
  permission: number;
}

export class PagePermissions {
  readonly #pages: Map<number, PageEntry>;
  /** Entries last asked for, by the low bits of the page number. */
  readonly #recentPages: number[] = new Array<number>(RECENT).fill(-1);
  readonly #recent: PageEntry[] = [];
  /** What unconstrained execution has touched. */
  #overlay: Map<number, PageEntry> | undefined;

  /** `image` has permissions by page number; other pages can be read and written. */
  constructor(image: ReadonlyMap<number, number>) {
    this.#pages = new Map([...image].map(([page, permission]) => [page, { clk: 0, permission }]));
  }

  /** The entry of a page, to be changed in place. */
  entry(page: number): PageEntry {
    const at = (page | 0) & (RECENT - 1);
    if (this.#recentPages[at] !== page) {
      this.#recent[at] = this.#find(page);
      this.#recentPages[at] = page;
    }
    return this.#recent[at]!;
  }

  #find(page: number): PageEntry {
    const pages = this.#overlay ?? this.#pages;
    let entry = pages.get(page);
    if (entry === undefined) {
      entry = { ...(this.#pages.get(page) ?? { clk: 0, permission: DEFAULT_PERMISSION }) };
      pages.set(page, entry);
    }
    return entry;
  }

  /** Changes from here on are undone by `leave`. */
  enter(): void {
    this.#overlay = new Map();
    this.#recentPages.fill(-1);
  }

  leave(): void {
    this.#overlay = undefined;
    this.#recentPages.fill(-1);
  }
}
