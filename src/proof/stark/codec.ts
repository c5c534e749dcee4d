// OpenVM's own encoding of proofs (Encode, Decode of its SDK, version 1): u32 little-endian throughout, words canonical,
// lists with their length before them. Stricter than upstream's reader: words at or above p and bytes behind the end are
// refused.

import { JitExecError } from '../../../runtime/errors.ts';
import { P } from '../../../runtime/fields/baby-bear.ts';
import type { Extension } from '../../../runtime/fields/baby-bear-extension.ts';
import { DIGEST_WORDS, type TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';
import type { Adjacent, AirProof, BatchOpening, LayerOpening, Proof, QueryProof } from './proof.ts';

const VERSION = 1;
const NO_WITNESS = 0xffffffff;

const malformed = (text: string): JitExecError => new JitExecError('PROOF_INVALID', `proof: ${text}`);

/** Reads what `decodeProof` and its kin ask for, within bounds. */
export class ProofReader {
  readonly #bytes: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u8(): number {
    if (this.#at + 1 > this.#bytes.byteLength) throw this.#tooShort();
    return this.#bytes.getUint8(this.#at++);
  }

  u32(): number {
    if (this.#at + 4 > this.#bytes.byteLength) throw this.#tooShort();
    const value = this.#bytes.getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }

  word(): number {
    const value = this.u32();
    if (value >= P) throw malformed(`${value} at byte ${this.#at - 4} is not below the field's modulus`);
    return value;
  }

  /** A list whose length stands before it; each element takes 4 bytes at least, so no length can ask for more than is there. */
  list<T>(element: () => T): T[] {
    const length = this.u32();
    if (4 * length > this.#bytes.byteLength - this.#at)
      throw malformed(`a list of ${length} at byte ${this.#at - 4} is longer than the file`);
    const values: T[] = [];
    for (let i = 0; i < length; i++) values.push(element());
    return values;
  }

  digest(): TreeDigest {
    const words: number[] = [];
    for (let i = 0; i < DIGEST_WORDS; i++) words.push(this.word());
    return words;
  }

  extension(): Extension {
    return [this.word(), this.word(), this.word(), this.word()];
  }

  end(): void {
    const rest = this.#bytes.byteLength - this.#at;
    if (rest > 0) throw malformed(`${rest} bytes behind its end`);
  }

  #tooShort(): JitExecError {
    return malformed(`truncated: it goes on behind its ${this.#bytes.byteLength} bytes`);
  }
}

/** One proof. Throws PROOF_INVALID where it is malformed. */
export function decodeProof(bytes: Uint8Array): Proof {
  const reader = new ProofReader(bytes);
  const proof = readProof(reader);
  reader.end();
  return proof;
}

export function readProof(r: ProofReader): Proof {
  const version = r.u32();
  if (version !== VERSION)
    throw malformed(`version ${version} of the encoding, expected ${VERSION}; bitcode is not read`);
  const digest = (): TreeDigest => r.digest();
  const extension = (): Extension => r.extension();
  const row = (): number[] => r.list(() => r.word());
  const adjacent = (): Adjacent => ({ local: r.list(extension), next: r.list(extension) });
  const batch = (): BatchOpening => ({ rows: r.list(row), siblings: r.list(digest) });
  const layer = (): LayerOpening => ({ siblingValue: r.extension(), siblings: r.list(digest) });
  const query = (): QueryProof => ({ inputs: r.list(batch), layers: r.list(layer) });
  const air = (): AirProof => ({
    airId: r.u32(),
    degree: r.u32(),
    exposedValues: r.list(() => r.list(extension)),
    publicValues: row(),
  });

  // Fields in the order of the bytes.
  const mainCommitments = r.list(digest);
  const afterChallengeCommitments = r.list(digest);
  const quotientCommitment = r.digest();
  const fri = {
    layerCommitments: r.list(digest),
    queries: r.list(query),
    finalPolynomial: r.list(extension),
    powWitness: r.word(),
  };
  const opened = {
    preprocessed: r.list(adjacent),
    main: r.list(() => r.list(adjacent)),
    afterChallenge: r.list(() => r.list(adjacent)),
    quotient: r.list(() => r.list(() => r.list(extension))),
  };
  const perAir = r.list(air);
  const kind = r.u8();
  if (kind !== 0) throw malformed(`log-up of kind ${kind}, expected 0`);
  const witness = r.u32();
  if (witness !== NO_WITNESS && witness >= P)
    throw malformed(`log-up witness ${witness} is not below the field's modulus`);
  const logUpWitness = witness === NO_WITNESS ? undefined : witness;
  return { mainCommitments, afterChallengeCommitments, quotientCommitment, fri, opened, perAir, logUpWitness };
}

/** The bytes of a proof. */
export function encodeProof(proof: Proof): Uint8Array {
  const words: number[] = [];
  const list = <T>(values: readonly T[], element: (value: T) => void): void => {
    words.push(values.length);
    values.forEach(element);
  };
  const flat = (value: readonly number[]): unknown => words.push(...value);
  const row = (value: readonly number[]): void => list(value, word => words.push(word));
  const adjacent = ({ local, next }: Adjacent): void => {
    list(local, flat);
    list(next, flat);
  };
  words.push(VERSION);
  list(proof.mainCommitments, flat);
  list(proof.afterChallengeCommitments, flat);
  flat(proof.quotientCommitment);
  list(proof.fri.layerCommitments, flat);
  list(proof.fri.queries, ({ inputs, layers }) => {
    list(inputs, ({ rows, siblings }) => {
      list(rows, row);
      list(siblings, flat);
    });
    list(layers, ({ siblingValue, siblings }) => {
      flat(siblingValue);
      list(siblings, flat);
    });
  });
  list(proof.fri.finalPolynomial, flat);
  words.push(proof.fri.powWitness);
  list(proof.opened.preprocessed, adjacent);
  list(proof.opened.main, values => list(values, adjacent));
  list(proof.opened.afterChallenge, values => list(values, adjacent));
  list(proof.opened.quotient, chunks => list(chunks, values => list(values, flat)));
  list(proof.perAir, ({ airId, degree, exposedValues, publicValues }) => {
    words.push(airId, degree);
    list(exposedValues, values => list(values, flat));
    row(publicValues);
  });
  const bytes = new Uint8Array(4 * words.length + 5);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  view.setUint32(4 * words.length + 1, proof.logUpWitness ?? NO_WITNESS, true);
  return bytes;
}
