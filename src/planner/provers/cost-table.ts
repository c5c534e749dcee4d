// What instructions cost provers other than SP1, by mnemonic: data with its source, none of it checked against a run there.

export type ProverName = 'openvm' | 'risc0' | 'zisk';

export interface CostTable {
  readonly prover: ProverName;
  /** Of this data. */
  readonly version: number;
  /** Release or commit of the prover, and its files. */
  readonly source: string;
  readonly unit: string;
  /** Of every shard, before its first instruction. */
  readonly perShard: number;
  /** Of each instruction besides its own. */
  readonly perInstruction: number;
  readonly opcodes: Readonly<Record<string, number>>;
  /** Of a shard, where the prover has a limit in this unit. */
  readonly cap?: number;
  /** What the costs leave out. */
  readonly without: readonly string[];
}

/** The same figure for each. */
export const each = (figure: number, mnemonics: string): Readonly<Record<string, number>> =>
  Object.fromEntries(mnemonics.split(' ').map(mnemonic => [mnemonic, figure]));
