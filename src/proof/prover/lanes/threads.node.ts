// A crew of threads on one memory: the one that asks works too, and sleeps until the others are done.

import { type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { WasmMemory, WasmModule } from '../../../../runtime/memory/wasm-types.ts';
import type { AirKey } from '../../stark/key.ts';
import { BOARD_CALLS, Board } from './board.ts';
import type { LaneCall } from './calls.ts';
import type { ProverCrew } from './crew.ts';
import { airModule, Instances, kernels, proverMemory } from './instances.ts';

/** Lists so short are sooner done than others are woken. */
const ALONE = 2;

export interface ProverThreadData {
  readonly memory: WasmMemory;
  readonly kernels: WasmModule;
  readonly board: SharedArrayBuffer;
  /** From 1 on. */
  readonly thread: number;
}

/** An AIR's functions, sent before any call of them. */
interface Knowledge {
  readonly airId: number;
  readonly module: WasmModule;
}

/** The life of a thread of a crew. */
export function serveProver(
  { memory, kernels: module, board: shared, thread }: ProverThreadData,
  port: MessagePort,
): void {
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
        process.stderr.write(`jit-exec: in a thread of the prover: ${String(error)}\n`);
        board.fail();
      }
      board.finish();
    }
    board.sleep(bell);
  }
}

export class ThreadCrew implements ProverCrew {
  readonly memory: WasmMemory = proverMemory();
  readonly threads: number;
  readonly #board = new Board();
  readonly #instances: Instances;
  readonly #workers: readonly Worker[];

  /** `script`: a file that calls `serveProver` with its data and port. */
  constructor(threads: number, script: URL) {
    this.threads = threads;
    const module = kernels();
    this.#instances = new Instances(this.memory, module, 0);
    this.#workers = Array.from({ length: threads - 1 }, (_, i) => {
      const data: ProverThreadData = {
        memory: this.memory,
        kernels: module,
        board: this.#board.shared,
        thread: i + 1,
      };
      const worker = new Worker(script, { workerData: data });
      worker.unref();
      return worker;
    });
  }

  run(calls: readonly LaneCall[]): void {
    if (this.threads === 1 || calls.length < ALONE) {
      for (const call of calls) this.ask(call);
      return;
    }
    for (let first = 0; first < calls.length; first += BOARD_CALLS) {
      this.#board.post(calls.slice(first, first + BOARD_CALLS));
      for (let call = this.#board.take(); call !== undefined; call = this.#board.take()) {
        this.ask(call);
        this.#board.finish();
      }
      this.#board.waitForAll();
      if (this.#board.hasFailed) throw new Error('a thread of the prover failed');
    }
  }

  know(airId: number, key: AirKey): void {
    if (this.#instances.knows(airId)) return;
    const module = airModule(key);
    this.#instances.know(airId, module);
    for (const worker of this.#workers) worker.postMessage({ airId, module } satisfies Knowledge);
  }

  ask([index, ...parameters]: LaneCall): number {
    return this.#instances.call(index, parameters) ?? 0;
  }

  end(): void {
    this.#board.stop();
  }
}
