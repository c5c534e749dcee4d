// A thread of the crew that computes proofs.

import { parentPort, workerData } from 'node:worker_threads';
import { serveProver } from '../../proof/prover/lanes/threads.node.ts';

serveProver(workerData, parentPort!);
