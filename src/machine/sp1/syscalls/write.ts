// WRITE: output in bounded pieces, public values, and what the host answers to its hooks (spec/sp1/syscalls.md, section 4).

import { PIECE_BYTES } from '../../byte-sink.ts';
import { ADDRESS_LIMIT, CALL } from '../abi.ts';
import { isHook, runHook } from './hooks.ts';
import { type CycleTrackerAction, fault, type SyscallHost, type SyscallOutcome } from './syscall-host.ts';

const PUBLIC_VALUES = 13;
const HINT = 14;
/** The most bytes of one WRITE that a host holds; output is not held. */
const HELD_LIMIT = 2n ** 31n;
const WRITTEN: SyscallOutcome = { kind: 'value', t0: BigInt(CALL.write) };

export function write(host: SyscallHost): SyscallOutcome {
  const fd = host.arg(0);
  const pointer = host.arg(1);
  const length = host.arg(2);
  if (pointer + length > BigInt(ADDRESS_LIMIT)) return fault('WRITE: memory ends at 2^40', pointer);
  // Upstream compares 1 and 2 with the whole register and the others with its low word.
  if (fd === 1n) return writeOutput(host, Number(pointer), Number(length), new TrackedOutput(host));
  if (fd === 2n) return writeOutput(host, Number(pointer), Number(length), host.stderr.bind(host));
  return writeDescriptor(host, Number(BigInt.asUintN(32, fd)), pointer, length);
}

type Sink = ((bytes: Uint8Array) => void) | TrackedOutput;

function writeOutput(host: SyscallHost, pointer: number, length: number, sink: Sink): SyscallOutcome {
  for (let done = 0; done < length; done += PIECE_BYTES) {
    const bytes = host.readBytes(pointer + done, Math.min(PIECE_BYTES, length - done));
    if (typeof sink === 'function') sink(bytes);
    else sink.write(bytes, done + bytes.length === length);
    if (host.isStopped) return { kind: 'stopped' };
  }
  return WRITTEN;
}

function writeDescriptor(host: SyscallHost, fd: number, pointer: bigint, length: bigint): SyscallOutcome {
  if (fd !== PUBLIC_VALUES && fd !== HINT && !isHook(fd)) {
    host.ignoredWrite?.(fd);
    return WRITTEN;
  }
  if (length > HELD_LIMIT) {
    return { kind: 'unsupported', feature: `WRITE of ${length} bytes to descriptor ${fd}, which have to be kept` };
  }
  if (fd === PUBLIC_VALUES) {
    host.publicValues(host.readBytes(Number(pointer), Number(length)), Number(pointer));
    return WRITTEN;
  }
  const bytes = host.readBytes(Number(pointer), Number(length));
  const answer = fd === HINT ? [bytes] : runHook(fd, bytes)!;
  if (typeof answer === 'string') return fault(`WRITE to hook ${fd}: ${answer}`);
  host.inputs.unshift(...answer);
  return WRITTEN;
}

const NEWLINE = 10;
const MARK = new TextEncoder().encode('cycle-tracker-');
/** A line that is longer marks nothing: it is not kept to see. */
const MAX_MARK_BYTES = PIECE_BYTES;
const TRACKER_LINE = /^cycle-tracker-(report-start|report-end|start|end):(.*)$/;

/** One WRITE to standard output: lines that mark cycles go to the host's tracker, where it has one, and not out. */
class TrackedOutput {
  readonly #host: SyscallHost;
  /** A line's beginning that may be a mark. */
  #held: Uint8Array = new Uint8Array(0);
  /** What comes next goes on with a line that is none. */
  #isInLine = false;

  constructor(host: SyscallHost) {
    this.#host = host;
  }

  /** A piece of it, `isLast` where none follows. */
  write(piece: Uint8Array, isLast: boolean): void {
    const host = this.#host;
    if (host.cycleTracker === undefined) {
      host.stdout(piece);
      return;
    }
    const bytes = this.#withHeld(piece);
    let from = 0;
    let at = this.#isInLine ? endOfLine(bytes, 0) : 0;
    while (at < bytes.length) {
      const mark = nextMark(bytes, at);
      if (mark < 0) break;
      const end = endOfLine(bytes, mark);
      const isWhole = isLast || bytes[end - 1] === NEWLINE;
      if (!isWhole && end - mark <= MAX_MARK_BYTES) {
        if (mark > from) host.stdout(bytes.subarray(from, mark));
        this.#held = bytes.slice(mark);
        this.#isInLine = false;
        return;
      }
      if (isWhole && this.#track(bytes.subarray(mark, end))) {
        if (mark > from) host.stdout(bytes.subarray(from, mark));
        from = end;
      }
      at = end;
    }
    if (bytes.length > from) host.stdout(bytes.subarray(from));
    this.#isInLine = bytes.length > 0 && bytes.at(-1) !== NEWLINE;
  }

  #withHeld(piece: Uint8Array): Uint8Array {
    if (this.#held.length === 0) return piece;
    const joined = new Uint8Array(this.#held.length + piece.length);
    joined.set(this.#held);
    joined.set(piece, this.#held.length);
    this.#held = new Uint8Array(0);
    return joined;
  }

  #track(line: Uint8Array): boolean {
    const match = TRACKER_LINE.exec(new TextDecoder().decode(line).trimEnd());
    if (match === null) return false;
    this.#host.cycleTracker!(match[1] as CycleTrackerAction, match[2]!.trim());
    return true;
  }
}

/** Where the next line begins. */
function endOfLine(bytes: Uint8Array, from: number): number {
  const at = bytes.indexOf(NEWLINE, from);
  return at < 0 ? bytes.length : at + 1;
}

/** Where, from the beginning `from` of a line on, one begins as marks do, as far as it is there; -1 for none. */
function nextMark(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at = endOfLine(bytes, at)) {
    const known = Math.min(MARK.length, bytes.length - at);
    if (MARK.subarray(0, known).every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
