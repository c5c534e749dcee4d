// Proves a run of a guest of OpenVM and verifies the proof, on two threads: some ten seconds.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StarkEngine, VirtualMachine, VmInstance } from 'jit-exec/openvm';
import { decodeProof, encodeProof, readVerifyingKey, verifyPublicValues, verifySegments } from 'jit-exec/verify';

const guest = readFileSync(new URL('guests/bin/tiny-ops.openvm.elf', import.meta.url));
const inputs = ['0102030405060708090a0b', 'aabbccdd'].map(hex => new Uint8Array(Buffer.from(hex, 'hex')));
const keyFile = fileURLToPath(import.meta.resolve('jit-exec/keys/openvm-1.4.0-rv32im.json'));
const key = readVerifyingKey(readFileSync(keyFile, 'utf8'));

const engine = await StarkEngine.onThreads(key, { workers: 2, onStage: stage => console.log('stage:', stage) });
const instance = new VmInstance(VirtualMachine.newWithKeygen(engine), guest);
const { segments, publicValues } = instance.proveContinuations({ inputs });
engine.end();

// What is sent to somebody else: bytes in the encoding of OpenVM's SDK.
const files = segments.map(encodeProof);
console.log(`${files.length} segment, ${files[0].length} bytes`);

// Who has them needs the key and the commitment of the program, and neither the program nor its input.
const { exeCommit, finalMemoryRoot } = verifySegments(key, files.map(decodeProof));
verifyPublicValues(publicValues, finalMemoryRoot);
console.log('the run is of', exeCommit.map(word => word.toString(16).padStart(8, '0')).join(''));
console.log('it revealed', Buffer.from(publicValues.publicValues).toString('hex'));
