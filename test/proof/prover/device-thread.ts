// A thread that proves the small AIRs with a crew that asks the other thread for what a device computes; bundled by device-proof.ts.

import { parentPort, workerData } from 'node:worker_threads';
import { deviceCrew } from '../../../src/proof/prover/device/crew.ts';
import { LaneBackend } from '../../../src/proof/prover/lanes/backend.ts';
import { SoleCrew } from '../../../src/proof/prover/lanes/crew.ts';
import { proveAirs } from '../../../src/proof/prover/prove.ts';
import { encodeProof } from '../../../src/proof/stark/codec.ts';
import { smallKey, smallParameters } from '../openvm-vectors.ts';
import { smallInputs, smallProvingKey } from './small-set.ts';

const crew = deviceCrew(new SoleCrew(), workerData.policy, request => parentPort!.postMessage({ request }));
const backend = new LaneBackend(crew, smallKey);
const proof = proveAirs(backend, smallProvingKey(backend), smallInputs(backend), { parameters: smallParameters });
parentPort!.postMessage({ proof: encodeProof(proof), onDevice: Object.fromEntries(crew.onDevice) });
