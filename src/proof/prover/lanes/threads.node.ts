// A crew of threads on one memory: the one that asks works too, and sleeps until the others are done. It cannot hear how they fare while
// it does, so that they are started and watched by a thread that does nothing else: what one died of ends the list at once.

import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { JitExecError } from '../../../../runtime/errors.ts';
import type { WasmMemory, WasmModule } from '../../../../runtime/memory/wasm-types.ts';
import type { AirKey } from '../../stark/key.ts';
import { BOARD_CALLS, Board } from './board.ts';
import type { LaneCall } from './calls.ts';
import type { ProverCrew } from './crew.ts';
import { airModule, Instances, kernels, MAX_THREADS, proverMemory } from './instances.ts';

/** Lists so short are sooner done than others are woken. */
const ALONE = 2;
const SCRIPT: URL = new URL('./prover-thread.node.js', import.meta.url);

interface MemberData {
  readonly memory: WasmMemory;
  readonly kernels: WasmModule;
  readonly board: SharedArrayBuffer;
  /** From 1 on. */
  readonly thread: number;
  /** Tells of AIRs. */
  readonly port: MessagePort;
}

interface WatcherData {
  readonly members: readonly MemberData[];
}

export type ProverThreadData = MemberData | WatcherData;

/** An AIR's functions, sent before any call of them. */
interface Knowledge {
  readonly airId: number;
  readonly module: WasmModule;
}

/** The life of a thread that a crew has started. */
export function serveProver(data: ProverThreadData): void {
  if ('members' in data) watch(data);
  else serve(data);
}

/** Starts threads; says on their board why one of them ended too soon. */
function watch({ members }: WatcherData): void {
  for (const member of members) {
    const board = new Board(member.board);
    const worker = new Worker(SCRIPT, { workerData: member, transferList: [member.port] });
    worker.on('error', error => board.fail(deathOf(error)));
    worker.on('exit', () => {
      if (!board.isStopped) board.fail(ended('ended without a result'));
    });
  }
}

/** What is told over the board: whose fault it was, and how. */
interface Death {
  readonly isEnvironment: boolean;
  readonly message: string;
}

const ended = (how: string): string =>
  JSON.stringify({ isEnvironment: true, message: `a thread of the prover ${how}` } satisfies Death);

function deathOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return ended(`had too little memory: ${message}`);
  if (code === 'ERR_WORKER_INIT_FAILED') return ended(`could not be started: ${message}; fewer --workers need less`);
  return JSON.stringify({
    isEnvironment: false,
    message: `in a thread of the prover: ${String(error).slice(0, 500)}`,
  } satisfies Death);
}

function errorOf(text: string): Error {
  const { isEnvironment, message } = JSON.parse(text) as Death;
  return isEnvironment ? new JitExecError('ENVIRONMENT', `prove: ${message}`) : new Error(message);
}

function serve({ memory, kernels: module, board: shared, thread, port }: MemberData): void {
  const board = new Board(shared);
  const instances = new Instances(memory, module, thread);
  const learn = (): void => {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      const { airId, module: air } = next.message as Knowledge;
      instances.know(airId, air);
    }
  };
  while (!board.isStopped) {
    const { bell } = board;
    learn();
    for (let call = board.take(); call !== undefined; call = board.take()) {
      try {
        learn();
        const [index, ...parameters] = call;
        instances.call(index, parameters);
      } catch (error) {
        board.fail(deathOf(error));
      }
      board.finish();
    }
    board.sleep(bell);
  }
  port.close();
}

export class ThreadCrew implements ProverCrew {
  readonly memory: WasmMemory = proverMemory();
  readonly threads: number;
  readonly #board = new Board();
  readonly #instances: Instances;
  readonly #ports: readonly MessagePort[];
  readonly #onCall: () => void;

  /**
   * `onCall`: called between calls, may throw to end the crew.
   * @throws JitExecError USAGE for more threads than there can be
   */
  constructor(threads: number, onCall: () => void = () => undefined) {
    if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS)
      throw new JitExecError('USAGE', `prove: expected 1 to ${MAX_THREADS} threads, got ${threads}`);
    this.threads = threads;
    this.#onCall = onCall;
    const module = kernels();
    this.#instances = new Instances(this.memory, module, 0);
    const channels = Array.from({ length: threads - 1 }, () => new MessageChannel());
    this.#ports = channels.map(({ port1 }) => port1);
    for (const port of this.#ports) port.unref();
    if (threads === 1) return;
    const members = channels.map(
      ({ port2 }, i): MemberData => ({
        memory: this.memory,
        kernels: module,
        board: this.#board.shared,
        thread: i + 1,
        port: port2,
      }),
    );
    const workerData: WatcherData = { members };
    new Worker(SCRIPT, { workerData, transferList: channels.map(({ port2 }) => port2) }).unref();
  }

  run(calls: readonly LaneCall[]): void {
    if (this.threads === 1 || calls.length < ALONE) {
      for (const call of calls) this.ask(call);
      return;
    }
    if (this.#board.isStopped) throw new JitExecError('USAGE', 'prove: these threads were ended');
    for (let first = 0; first < calls.length; first += BOARD_CALLS) {
      this.#board.post(calls.slice(first, first + BOARD_CALLS));
      try {
        for (let call = this.#board.take(); call !== undefined; call = this.#board.take()) {
          this.ask(call);
          this.#board.finish();
        }
      } catch (error) {
        this.#board.stop();
        throw error;
      }
      this.#board.waitForAll();
      const { failure } = this.#board;
      if (failure !== undefined) throw errorOf(failure);
    }
  }

  know(airId: number, key: AirKey): void {
    if (this.#instances.knows(airId)) return;
    const module = airModule(key);
    this.#instances.know(airId, module);
    for (const port of this.#ports) port.postMessage({ airId, module } satisfies Knowledge);
  }

  ask([index, ...parameters]: LaneCall): number {
    this.#onCall();
    return this.#instances.call(index, parameters) ?? 0;
  }

  end(): void {
    this.#board.stop();
  }
}
