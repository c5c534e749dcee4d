// What is known of where a jump out of the text came from: by the return address that the last call left, the same on every engine.

import { makeDecoder } from '../../../codegen/isa/decode.ts';
import { evaluate } from '../../../codegen/isa/evaluate.ts';
import type { Instruction } from '../../../codegen/isa/instruction.ts';
import { opReads } from '../../../codegen/isa/summary.ts';
import type { Program } from '../../../codegen/program/program.ts';
import type { FaultCause } from '../../../runtime/exit.ts';
import type { GuestMemory } from '../../../runtime/memory/memory.ts';

const RA = 1;

/** For a fault of a jump to `target`. */
export function jumpOrigin(
  cause: FaultCause,
  target: bigint,
  program: Program,
  memory: GuestMemory,
): string | undefined {
  if (cause !== 'fetch-address' && cause !== 'fetch-misaligned') return undefined;
  const ra = memory.readRegister(RA);
  const at = (address: number): string => {
    const symbol = program.symbolAt(address) === undefined ? '' : `${program.describeAddress(address)}, `;
    return `${symbol}0x${address.toString(16)}`;
  };
  const call = callBefore(Number(ra), target, program, memory);
  if (call !== undefined) return `called at ${at(call)}`;
  if (ra === target) return 'ra holds it: a return to an address that was overwritten or never set';
  return isText(Number(ra), program) ? `the return address is ${at(Number(ra))}` : undefined;
}

const isText = (address: number, { textBase, text }: Program): boolean =>
  address >= textBase && address < textBase + text.length;

/** Address of the call that returns to `ra`, if it leads to `target` with the registers as they are now. */
function callBefore(ra: number, target: bigint, program: Program, memory: GuestMemory): number | undefined {
  const decode = makeDecoder(program.isa);
  const { text, textBase } = program;
  for (const size of [4, 2] as const) {
    const offset = ra - size - textBase;
    if (offset < 0 || offset + size > text.length) continue;
    const word =
      text[offset]! |
      (text[offset + 1]! << 8) |
      (size === 4 ? (text[offset + 2]! << 16) | (text[offset + 3]! << 24) : 0);
    const call = decode(word);
    if (call?.size !== size || call.row.effect.kind !== 'jump' || call.rd !== RA || hasLostTarget(call)) continue;
    const leaves = {
      rs1: memory.readRegister(call.rs1),
      rs2: 0n,
      imm: BigInt(call.imm),
      pc: BigInt(textBase + offset),
    };
    if (evaluate(call.row.effect.target, leaves) === target) return textBase + offset;
  }
  return undefined;
}

/** Whether the jump has overwritten the register that it went through. */
const hasLostTarget = ({ row, rd, rs1 }: Instruction): boolean => opReads(row).rs1 && rs1 === rd;
