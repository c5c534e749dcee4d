// The instruction sets that guests are built for, as tables of rows.

import type { Xlen } from './expr.ts';
import type { Definition, Row } from './row.ts';
import { m } from './rows/m.ts';
import { openvmRows } from './rows/openvm.ts';
import { rv32i } from './rows/rv32i.ts';
import { rv64i } from './rows/rv64i.ts';

export type { Row } from './row.ts';

/** `openvm` is RV32IM as OpenVM 1.4 has it, with its own instructions. */
export type IsaName = 'rv32im' | 'rv32imc' | 'rv64im' | 'rv64imc' | 'openvm';

const ISAS: Readonly<Record<IsaName, { readonly xlen: Xlen; readonly compressed: boolean }>> = {
  rv32im: { xlen: 32, compressed: false },
  rv32imc: { xlen: 32, compressed: true },
  rv64im: { xlen: 64, compressed: false },
  rv64imc: { xlen: 64, compressed: true },
  openvm: { xlen: 32, compressed: false },
};

export interface Isa {
  readonly name: IsaName;
  readonly xlen: Xlen;
  /** Whether 16-bit instructions (the integer subset of C) are part of it. */
  readonly compressed: boolean;
  readonly rows: readonly Row[];
}

const isas = new Map<IsaName, Isa>();

/** The instruction set of that name, always the same object. */
export function isa(name: IsaName): Isa {
  let found = isas.get(name);
  if (found === undefined) {
    const { xlen, compressed } = ISAS[name];
    found = Object.freeze({ name, xlen, compressed, rows: numberRows(definitionsOf(name, xlen)) });
    isas.set(name, found);
  }
  return found;
}

function definitionsOf(name: IsaName, xlen: Xlen): readonly Definition[] {
  const base = [...rv32i(xlen), ...(xlen === 64 ? rv64i() : []), ...m(xlen)];
  if (name !== 'openvm') return base;
  // Its own rows have the words of the SYSTEM opcode.
  return [...base.filter(({ effect }) => effect.kind !== 'ecall' && effect.kind !== 'ebreak'), ...openvmRows()];
}

/** The row with that mnemonic; throws where the set has none. */
export function rowOf(set: Isa, mnemonic: string): Row {
  const row = set.rows.find(row => row.mnemonic === mnemonic);
  if (row === undefined) throw new Error(`isa: ${set.name} has no ${mnemonic}`);
  return row;
}

/** Gives each definition its position; throws when a word could be two of them. */
export function numberRows(definitions: readonly Definition[]): readonly Row[] {
  definitions.forEach((a, i) => {
    for (const b of definitions.slice(i + 1)) {
      const common = a.encoding.mask & b.encoding.mask;
      if (((a.encoding.match ^ b.encoding.match) & common) === 0 || a.mnemonic === b.mnemonic) {
        throw new Error(`isa: ${a.mnemonic} and ${b.mnemonic} overlap`);
      }
    }
  });
  return Object.freeze(definitions.map((definition, index) => Object.freeze({ ...definition, index })));
}
