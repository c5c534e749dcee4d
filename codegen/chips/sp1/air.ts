// SP1's proof machine: its field, its limbs, its opcode numbers.
// Reference: sp1:crates/core/executor/src/opcode.rs, SP1 6.4.0.

import { koalaBear } from '../../../runtime/fields/koala-bear.ts';
import type { Air } from '../air.ts';
import { type Chip, type ChipOptions, chip, type Layout } from '../chip.ts';
import type { EventFields, EventWords } from '../event.ts';
import { type Poly, sum } from '../poly.ts';

export function sp1<F extends EventFields>(
  name: string,
  fields: F,
  describe: (air: Air, event: EventWords<F>) => { readonly [name: string]: Layout },
  options: ChipOptions<F> = {},
): Chip {
  return chip(koalaBear, name, fields, describe, options);
}

/** The radix of limbs. */
export const LIMB = 65_536;

const NAMES =
  'ADD ADDI SUB XOR OR AND SLL SRL SRA SLT SLTU MUL MULH MULHU MULHSU DIV DIVU REM REMU ADDW SUBW SLLW SRLW SRAW MULW DIVW ' +
  'DIVUW REMW REMUW LB LH LW LBU LHU LWU LD SB SH SW SD BEQ BNE BLT BGE BLTU BGEU JAL JALR AUIPC LUI ECALL EBREAK UNIMP';
type Split<S extends string> = S extends `${infer Head} ${infer Tail}` ? Head | Split<Tail> : S;
export type Opcode =
  | Split<'ADD ADDI SUB XOR OR AND SLL SRL SRA SLT SLTU MUL MULH MULHU MULHSU DIV DIVU REM REMU ADDW SUBW SLLW SRLW SRAW MULW'>
  | Split<'DIVW DIVUW REMW REMUW LB LH LW LBU LHU LWU LD SB SH SW SD BEQ BNE BLT BGE BLTU BGEU JAL JALR AUIPC LUI'>
  | Split<'ECALL EBREAK UNIMP'>;
export const OPCODE: Readonly<Record<Opcode, number>> = Object.fromEntries(
  NAMES.split(' ').map((name, number) => [name, number]),
) as Record<Opcode, number>;

/** The opcode that the flags stand for. */
export function opcodeOfFlags<Name extends string>(
  flags: Readonly<Record<Name, Poly>>,
  numbers: Readonly<Record<Name, number>>,
): Poly {
  return sum(Object.entries<number>(numbers).map(([name, number]) => flags[name as Name].mul(number)));
}
