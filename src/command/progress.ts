// Signs of life on stderr while a guest runs: a line that is rewritten on a terminal, otherwise one now and then.

const TERMINAL_MILLISECONDS = 1000;
const LOG_MILLISECONDS = 30_000;

/** Starts showing what is going on and how long it takes; the returned function ends that and cleans the line up. */
export function startProgress(what: string | (() => string)): () => void {
  const { stderr } = process;
  const rewrites = stderr.isTTY && !process.env.CI;
  const started = performance.now();
  let shown = false;
  const show = (): void => {
    const now = typeof what === 'string' ? what : what();
    const text = `jit-exec: ${now}, ${Math.round((performance.now() - started) / 1000)} s`;
    stderr.write(rewrites ? `\r${text}\x1b[K` : `${text}\n`);
    shown = true;
  };
  const timer = setInterval(show, rewrites ? TERMINAL_MILLISECONDS : LOG_MILLISECONDS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (shown && rewrites) stderr.write('\r\x1b[K');
  };
}
