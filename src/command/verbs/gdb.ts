// `--gdb PORT|stdio`: a guest that waits for a debugger, in this thread.

import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { JitExecError } from '../../../runtime/errors.ts';
import { Connection, type Parting } from '../../debugger/connection.ts';
import { DebugTarget, type MakeRun } from '../../debugger/target.ts';
import { WatchObserver } from '../../debugger/watch-observer.ts';
import { Executor } from '../../engine/executor.ts';
import { type ExecuteOptions, executionOf, guestOf } from '../../verbs/execute.ts';
import { complain, writeAll } from '../output.ts';
import { statusOf } from '../status.ts';

const STDIO = 'stdio';
const MOST_PORT = 65_535;
const HERE = '127.0.0.1';

/** @throws JitExecError where it is neither. */
function portOf(text: string): number | undefined {
  if (text === STDIO) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= MOST_PORT) return port;
  throw new JitExecError('USAGE', `--gdb: expected a port from 0 to ${MOST_PORT}, or stdio, got ${text}`);
}

type Sink = (bytes: Uint8Array) => void;

/** Makes the guest each time as it was the first time, its standard input included. */
function makeRuns(bytes: Uint8Array, options: ExecuteOptions, stdin: () => Uint8Array, output: Sink): MakeRun {
  const guest = guestOf(bytes, options);
  let whole: Uint8Array | undefined;
  return told => {
    let read = 0;
    const next = (max: number): Uint8Array => {
      whole ??= stdin();
      const piece = whole.subarray(read, read + max);
      read += piece.length;
      return piece;
    };
    const observe = {
      needs: {},
      make: (memory: ConstructorParameters<typeof WatchObserver>[0]) => {
        const observer = new WatchObserver(memory);
        told(observer);
        return observer;
      },
    };
    const host = { stdin: next, stdout: output, stderr: output };
    // Checkpoints are of pages that were stored to, so these are counted.
    const run = executionOf(guest, { ...options, ...host, engine: 'interpreter', countMemory: true }, observe);
    const saveInput = (): (() => void) => {
      const at = read;
      return () => {
        read = at;
      };
    };
    if (run instanceof Executor) return { executor: run, saveInput };
    throw new JitExecError('ELF_UNSUPPORTED', 'gdb: programs that run untrusted code are not supported yet');
  };
}

/** Whoever connects first. */
function listen(port: number, quiet: boolean): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => {
      server.close();
      resolve(socket.setNoDelay(true));
    });
    server.once('error', error => reject(new JitExecError('USAGE', `--gdb ${port}: ${error.message}`)));
    server.listen(port, HERE, () => {
      const address = server.address();
      const shown = typeof address === 'object' && address !== null ? address.port : port;
      if (!quiet) complain(`waiting for gdb: target remote ${HERE}:${shown}`);
    });
  });
}

/** Serves one debugger; gives the exit status. */
export async function debug(
  bytes: Uint8Array,
  options: ExecuteOptions,
  where: string,
  quiet: boolean,
): Promise<number> {
  const port = portOf(where);
  let sink: Sink = () => undefined;
  const stdin = (): Uint8Array => (port === undefined ? new Uint8Array() : readFileSync(0));
  const target = new DebugTarget(makeRuns(bytes, options, stdin, written => sink(written)));
  const socket = port === undefined ? undefined : await listen(port, quiet);
  const input = socket ?? process.stdin;
  const parting = await new Promise<Parting>(resolve => {
    const write = (data: Uint8Array): void => void (socket === undefined ? writeAll(1, data) : socket.write(data));
    const connection = new Connection(target, { write, turn: () => setImmediate() }, resolve);
    sink = written => connection.output(written);
    input.on('data', (data: Uint8Array) => void connection.push(data));
    for (const event of ['end', 'close', 'error']) input.once(event, () => connection.close());
  });
  sink = written => writeAll(port === undefined ? 2 : 1, written);
  if (parting === 'detached') {
    target.free();
    while (target.forward(Number.MAX_SAFE_INTEGER).kind === 'done');
  }
  socket?.end();
  if (port === undefined) process.stdin.pause();
  return target.exit === undefined ? 0 : statusOf(target.exit);
}
