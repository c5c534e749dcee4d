// A thread of a crew that computes proofs, or the one that watches over the others.

import { workerData } from 'node:worker_threads';
import { serveProver } from './threads.node.ts';

serveProver(workerData);
