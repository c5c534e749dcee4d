// What a check found: some of it in full, the rest as a number.

/** A rule that does not hold. */
export interface Failure {
  /** Index of the shard; of what concerns the whole run there is none. */
  readonly shard?: number;
  /** By SP1's names; `PublicValues` are a shard's own. */
  readonly chip?: string;
  readonly row?: number;
  /** Paths of the columns that the rule reads; primed those of the next row. */
  readonly columns: readonly string[];
  readonly rule: string;
  /** What should have been 0, or the message or numbers that do not agree. */
  readonly values: readonly (number | string)[];
  /** What the row says of its event, hexadecimal. */
  readonly event?: Readonly<Record<string, string>>;
}

const DEFAULT_LIMIT = 100;

export class FailureList {
  readonly #limit: number;
  readonly list: Failure[] = [];
  /** All that was found, listed or not; a row that was only counted is one. */
  count = 0;

  constructor(limit: number = DEFAULT_LIMIT) {
    this.#limit = limit;
  }

  /** How many more would be listed. */
  get room(): number {
    return Math.max(0, this.#limit - this.list.length);
  }

  add(failure: Failure): void {
    this.count++;
    if (this.room > 0) this.list.push(failure);
  }

  /** As many more that nobody looked at. */
  uncounted(n: number): void {
    this.count += n;
  }
}

/** One line: `shard 3, chip Add, row 17 (clk 0x1, pc 0x78000000), add_op.value[0], …: rule: got …`. */
export function failureLine({ shard, chip, row, columns, rule, values, event }: Failure): string {
  const place = [
    ...(shard === undefined ? [] : [`shard ${shard}`]),
    ...(chip === undefined ? [] : [`chip ${chip}`]),
    ...(row === undefined ? [] : [`row ${row}`]),
  ].join(', ');
  const fields = Object.entries(event ?? {}).map(([name, value]) => `${name} ${value}`);
  const told = fields.length === 0 ? '' : ` (${fields.join(', ')})`;
  const named = columns.length > MOST_COLUMNS ? [...columns.slice(0, MOST_COLUMNS), '…'] : columns;
  const read = columns.length === 0 ? '' : ` [${named.join(', ')}]`;
  const got = values.length === 0 ? '' : `: got ${values.join(', ')}`;
  return `${place}${told}${place === '' ? '' : ': '}${rule}${read}${got}`;
}

const MOST_COLUMNS = 6;
