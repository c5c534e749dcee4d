// Whether what an index says of the end of a run is what the replay of its chunks came to.

import { join } from 'node:path';
import { JitExecError } from '../../../../../runtime/errors.ts';
import type { Exit } from '../../../../../runtime/exit.ts';
import type { Guest } from '../../../../machine/guest.ts';
import type { TraceChecker } from '../../../../machine/sp1/replay/check.ts';
import { exitJson } from '../../../../result.ts';
import type { Arguments } from '../../../command.ts';
import { readBytes } from '../../../input.ts';
import { sha256 } from '../../../sha256.ts';
import { INDEX } from '../index-shape.ts';
import type { TraceIndex } from '../trace-directory.ts';

export function mismatch(what: string, expected: unknown, got: unknown, path: string): JitExecError {
  return new JitExecError('TRACE_INVALID', `trace: expected ${what} ${expected}, got ${got} in ${path}`);
}

/** The program that was traced, from the place that the index names unless another is given. */
export function indexedProgram(
  directory: string,
  program: TraceIndex['program'],
  args: Arguments,
): { readonly bytes: Uint8Array; readonly path: string } {
  const given: unknown = args.program;
  const path = typeof given === 'string' ? given : program.path && join(directory, program.path);
  if (path === undefined)
    throw new JitExecError('USAGE', `trace: the index names no file; give the program ${program.name} besides --check`);
  const bytes = readBytes(path);
  const digest = sha256(bytes);
  if (digest !== program.sha256) throw mismatch('the program with SHA-256', program.sha256, digest, path);
  return { bytes, path };
}

/** What the replay of a folder's chunks came to. */
export interface ReplayedTrace {
  readonly chunks: number;
  readonly entries: number;
  readonly instructions: number;
  /** What could not be compared. */
  readonly notes: readonly string[];
}

/** Of all chunks, the index compared with them. @throws TRACE_INVALID. */
export function checkIndexOf(directory: string, index: TraceIndex, guest: Guest, checker: TraceChecker): ReplayedTrace {
  const notes = checkIndex(index, guest, checker, join(directory, INDEX));
  const { chunks, entries, instructions } = checker;
  return { chunks, entries, instructions, notes };
}

/** Compares the index with the replay, field by field; gives what could not be compared. @throws TRACE_INVALID. */
function checkIndex(index: TraceIndex, guest: Guest, checker: TraceChecker, path: string): readonly string[] {
  const last = index.chunks.at(-1);
  const { end } = checker;
  if (last === undefined || end === undefined) throw mismatch('at least', 'one chunk', 'none', path);
  const same = (what: string, expected: unknown, got: unknown): void => {
    if (expected !== got) throw mismatch(what, expected, got, path);
  };
  if (index.exit.kind === 'halted' && end.exitCode === undefined)
    throw mismatch('a chunk with the', 'halt', 'none', path);
  same('complete', index.exit.kind === 'halted' || index.exit.kind === 'fault', index.complete);
  same('clk', end.isInBlock ? last.clkEnd : end.clk, index.clk);
  same('instructions', end.isInBlock ? last.globalClkEnd : checker.instructions, index.instructions);
  const notes = [...checkExit(index, guest, checker, same), ...checkPublicValues(index, checker, same)];
  checkCalls(index, checker, same);
  return notes;
}

type Same = (what: string, expected: unknown, got: unknown) => void;

function checkExit({ exit }: TraceIndex, { program }: Guest, checker: TraceChecker, same: Same): string[] {
  const end = checker.end!;
  if (end.isInBlock) return ['where in the unconstrained block the run stopped is not in a trace: not checked'];
  const place = { pc: BigInt(end.exitPc) };
  const symbol = program.symbolAt(end.exitPc) === undefined ? undefined : program.describeAddress(end.exitPc);
  const compare = (found: Exit): void => {
    const expected: Readonly<Record<string, unknown>> = { ...exitJson(found, symbol) };
    const got: Readonly<Record<string, unknown>> = { ...exit };
    for (const field of new Set([...Object.keys(expected), ...Object.keys(got)])) {
      same(field === 'code' ? 'exit code' : `exit.${field}`, expected[field], got[field]);
    }
  };
  if (exit.kind === 'halted') {
    compare({ kind: 'halted', code: end.exitCode!, ...place });
    return [];
  }
  same('exit.pc', `0x${end.exitPc.toString(16)}`, exit.pc);
  same('exit.symbol', symbol, exit.symbol);
  // Why memory was wanted is not in a trace; that the run stopped there is.
  if (exit.kind !== 'fault' && exit.kind !== 'unsupported') return [];
  const { refusal, asksHost } = checker.attempt();
  if (refusal !== undefined) {
    compare({ ...refusal, ...place });
    return [];
  }
  if (asksHost && exit.cause === 'syscall')
    return ['the fault is of inputs or hooks, which are not in a trace: not checked'];
  throw mismatch('exit.kind', 'of a run whose next instruction completes', exit.kind, 'index.json');
}

function checkPublicValues(
  { publicValues, publicValuesSha256 }: TraceIndex,
  checker: TraceChecker,
  same: Same,
): string[] {
  const stated = Uint8Array.from(publicValues.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
  same('publicValuesSha256', sha256(stated), publicValuesSha256);
  const { bytes } = checker.host.public;
  if (bytes === undefined) return ['some public values are inputs that the guest never read: not checked'];
  same('publicValues', Buffer.from(bytes).toString('hex'), publicValues);
  return [];
}

/** Unconstrained blocks, of which a trace has nothing, may write and mark cycles. */
function checkCalls(index: TraceIndex, checker: TraceChecker, same: Same): void {
  const { blocks, syscalls, spans } = checker.host;
  const hasBlocks = blocks > 0;
  for (const name of new Set([...Object.keys(syscalls), ...Object.keys(index.syscalls)])) {
    const isOpen = hasBlocks && (name === 'WRITE' || name === 'EXIT_UNCONSTRAINED');
    if (!isOpen) same(`syscalls.${name}`, syscalls[name] ?? 0, index.syscalls[name] ?? 0);
  }
  if (!hasBlocks) same('cycleSpans', JSON.stringify(spans.done), JSON.stringify(index.cycleSpans ?? []));
}
