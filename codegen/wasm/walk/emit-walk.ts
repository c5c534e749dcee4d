// A walk over a chunk as WebAssembly: the rows of the instruction table once more, with no guest memory (every access
// takes its old value from the chunk's entries) and told by a plan what to note of each instruction. It knows no chip.

import { FIRST_OPERATION, LEFT, WALK, WALK_OPERATION, WALK_SLOT } from '../../../runtime/trace/walk-layout.ts';
import type { Effect } from '../../isa/expr.ts';
import type { Row } from '../../isa/index.ts';
import { opReads } from '../../isa/summary.ts';
import type { AccessEffect } from '../../region/accesses.ts';
import type { CodeWriter, Label } from '../binary/code.ts';
import { access, op } from '../binary/instructions.ts';
import { lower, lowerCond } from '../lower.ts';
import type { WalkEntries } from './walk-entries.ts';
import type { WalkFrame } from './walk-frame.ts';
import type { WalkJumps } from './walk-jumps.ts';

/** An instruction as the plan tells them apart. */
export interface WalkOperation {
  readonly row: Row;
  /** It writes x0, or has no result. */
  readonly isSink: boolean;
}

/** What a kind of walk keeps of instructions; the walk asks it and nothing else. */
export interface WalkNotes<O extends WalkOperation> {
  /** Before an instruction is known. */
  mark(): void;
  /** Of an instruction that has read its registers and written none. */
  note(operation: O): void;
  /** Of an access at `address` whose entry was taken. */
  access(effect: AccessEffect): void;
}

/** What a walk is made of. */
export interface WalkParts<O extends WalkOperation> {
  readonly frame: WalkFrame;
  readonly notes: WalkNotes<O>;
  readonly entries: WalkEntries;
  readonly jumps: WalkJumps;
}

/** Parameter of the walk. */
const START = 0;

/** The function of the export `walk`. */
export function walkFunction<O extends WalkOperation>(parts: WalkParts<O>, operations: readonly O[]): CodeWriter {
  const { frame } = parts;
  const { code } = frame;
  code.localGet(START);
  code.localSet(frame.to);
  frame.pushPlace();
  code.localSet(frame.slot);
  code.i32Const(0);
  code.access(access.i64Load, WALK.clk);
  code.localSet(frame.clk);
  code.i32Const(0);
  code.access(access.i32Load, WALK.cursor);
  code.localSet(frame.cursor);
  const stop = code.block();
  frame.top = code.loop();
  writeOperations(parts, operations, stop);
  code.end();
  code.end();
  frame.leave(LEFT.stop);
  code.op(op.unreachable);
  return code;
}

function writeOperations<O extends WalkOperation>(parts: WalkParts<O>, operations: readonly O[], stop: Label): void {
  const { frame, notes } = parts;
  const { code } = frame;
  code.localGet(frame.clk);
  code.i32Const(0);
  code.access(access.i64Load, WALK.stop);
  code.op(op.i64GeS);
  code.brIf(stop);
  notes.mark();
  const labels = Array.from({ length: FIRST_OPERATION + operations.length }, () => code.block()).reverse();
  frame.pushSlot(WALK_SLOT.operation);
  code.brTable(labels, labels[WALK_OPERATION.host]!);
  for (const number of labels.keys()) {
    code.end();
    if (number < FIRST_OPERATION) frame.leave(LEFT.instruction);
    else writeOperation(parts, operations[number - FIRST_OPERATION]!);
  }
  code.op(op.unreachable);
}

function writeOperation<O extends WalkOperation>(parts: WalkParts<O>, operation: O): void {
  const { frame, notes, jumps } = parts;
  const { code } = frame;
  const { row } = operation;
  const { effect } = row;
  const reads = opReads(row);
  if (reads.rs1) frame.loadRegister('rs1', frame.rs1);
  if (reads.rs2) frame.loadRegister('rs2', frame.rs2);
  switch (effect.kind) {
    case 'write':
      if (!operation.isSink) {
        lower(code, effect.value, frame.operands);
        code.localSet(frame.result);
      }
      break;
    case 'load':
    case 'store':
      writeAccess(parts, effect, operation);
      break;
    case 'branch':
      lowerCond(code, effect.taken, frame.operands);
      code.localSet(frame.taken);
      notes.note(operation);
      code.localGet(frame.taken);
      code.if();
      jumps.jump(true);
      code.end();
      frame.next();
      return;
    case 'jump':
      writeLink(parts, effect, operation);
      return;
    default:
      throw new Error(`bug in jit-exec: ${row.mnemonic} is the host's`);
  }
  notes.note(operation);
  if (!operation.isSink) frame.writeResult();
  frame.next();
}

function writeAccess<O extends WalkOperation>(
  { frame, notes, entries }: WalkParts<O>,
  effect: AccessEffect,
  operation: O,
): void {
  lower(frame.code, effect.address, frame.operands);
  frame.code.localSet(frame.address);
  entries.take();
  notes.access(effect);
  if (effect.kind === 'load' && !operation.isSink) entries.load(effect);
}

function writeLink<O extends WalkOperation>(
  { frame, notes, jumps }: WalkParts<O>,
  { target }: Extract<Effect, { kind: 'jump' }>,
  operation: O,
): void {
  const { code } = frame;
  const isDirect = target.op === 'add' && target.a.op === 'pc';
  if (!isDirect) {
    lower(code, target, frame.operands);
    code.localSet(frame.address);
  }
  frame.pushPc();
  code.i32Const(4);
  code.op(op.i32Add);
  code.op(op.i64ExtendI32U);
  code.localSet(frame.result);
  if (!isDirect) jumps.find();
  notes.note(operation);
  if (!operation.isSink) frame.writeResult();
  if (isDirect) jumps.jump(false);
  else jumps.jumpThrough(!operation.isSink);
}
