// What main.ts and the files of commands/ agree on.

/** Option values by name, `--` the guest's arguments, `argv` the words as typed. */
export type Arguments = Readonly<Record<string, unknown>> & {
  readonly program: string;
  readonly argv: readonly string[];
};

/** A command; returns the exit status. */
export type Command = (args: Arguments) => Promise<number> | number;
