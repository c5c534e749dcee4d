// Which messages are not as often sent as received, once sums of fingerprints say that there are some.

import { eventOfRow } from '../../codegen/chips/check/event-of-row.ts';
import { type CheckedRow, messagesOf } from '../../codegen/chips/check.ts';
import type { Chip } from '../../codegen/chips/chip.ts';
import { columnsOf } from '../../codegen/chips/poly-text.ts';
import type { Columns } from '../../runtime/columns/columns.ts';
import type { PrimeField } from '../../runtime/fields/prime-field.ts';
import type { Failure } from './failures.ts';
import type { RowChecker } from './row-checker.ts';

/** Sums that are looked into: what is out of balance and is not among them is only counted. */
const MOST_SUMS = 64;
/** Rows of a chip that may have to do with these. */
const MOST_SUSPECTS = 20_000;

interface Teller {
  readonly chip: Chip;
  readonly row: number;
  readonly cells: readonly number[];
  readonly isSend: boolean;
}

/** A message, how often it is sent more than received, and by whom. */
interface Told {
  readonly bus: string;
  readonly values: readonly number[];
  balance: number;
  readonly from: Teller[];
}

/** The number next to 0 that an element stands for. */
const near = (x: number, { modulus }: PrimeField): number => (x > modulus / 2 ? x - modulus : x);

export interface BalanceOptions {
  readonly field: PrimeField;
  /** Whether multiplicities may be negative, so that who sends may receive. */
  readonly isSigned: boolean;
}

export class Balance {
  readonly #rows: RowChecker;
  readonly #options: BalanceOptions;
  readonly #told = new Map<string, Told>();
  /** Sums that nobody looks into. */
  readonly dropped: number;

  constructor(rows: RowChecker, options: BalanceOptions) {
    this.#rows = rows;
    this.#options = options;
    let wrong = 0;
    const { sums } = rows;
    for (const [i, sum] of sums.entries()) if (sum !== 0 && ++wrong > MOST_SUMS) sums[i] = 0;
    this.dropped = Math.max(0, wrong - MOST_SUMS);
  }

  look(chip: Chip, parts: readonly Columns[], rowOf: (parts: readonly Columns[], row: number) => CheckedRow): void {
    const { field, isSigned } = this.#options;
    const buses = { ...chip, constraints: [], interactions: chip.interactions.filter(({ bus }) => !bus.table) };
    for (const row of this.#rows.suspects(chip, parts, MOST_SUSPECTS).rows) {
      const checked = rowOf(parts, row);
      for (const { bus, isSend, multiplicity, values } of messagesOf(buses, checked)) {
        // Of others not all rows are looked at.
        if (!this.#rows.isSuspect(bus, values)) continue;
        const key = `${bus} ${values.join(' ')}`;
        const one = this.#told.get(key) ?? { bus, values, balance: 0, from: [] };
        const times = (isSigned ? near(multiplicity, field) : multiplicity) * (isSend ? 1 : -1);
        one.balance += times;
        one.from.push({ chip, row, cells: checked.cells, isSend: times > 0 });
        this.#told.set(key, one);
      }
    }
  }

  *wrong(): Generator<Failure> {
    for (const { bus, values, balance, from } of this.#told.values()) {
      const excess = near(this.#options.field.of(balance), this.#options.field);
      if (excess === 0) continue;
      const { chip, row, cells, isSend } = from.find(one => one.isSend === excess > 0) ?? from[0]!;
      const rule = `what is ${isSend ? 'sent' : 'received'} on bus ${bus} is ${isSend ? 'received' : 'sent'} (${balance})`;
      const own = chip.interactions.filter(
        one => one.bus.name === bus && (this.#options.isSigned || one.isSend === isSend),
      );
      const columns = own.flatMap(({ multiplicity, message }) => [multiplicity, ...message].flatMap(columnsOf));
      yield { chip: chip.name, row, event: eventOfRow(chip, cells), columns: [...new Set(columns)], rule, values };
    }
  }
}
