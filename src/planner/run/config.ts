// What decides the counts of a run's profile besides its program and inputs.

export interface ProfileConfig {
  readonly chunkEntries: number;
  readonly sp1Version?: string | undefined;
}

export const profileConfig = ({ chunkEntries, sp1Version = '6.10' }: ProfileConfig): string =>
  `chunk-entries ${chunkEntries}, sp1-version ${sp1Version}`;
