// Results as an SVG of small horizontal bars around the line where QEMU is: left of it is faster, right of it slower.
// Legible on light and dark pages; without QEMU the line is the interpreter.

import { meanRatio, ourEngines, type Result, type Results, timeRatio } from './results.ts';
import { RUNNER_NAMES } from './table.ts';

const WIDTH = 760;
const LABEL_WIDTH = 110;
const PLOT_WIDTH = 560;
const BAR_HEIGHT = 7;
const ROW_GAP = 7;
const TITLE_HEIGHT = 34;
const XLENS = [32, 64] as const;

const STYLE = `
  text { font: 11px system-ui, sans-serif; fill: #444c56 }
  .title { font-weight: 600; font-size: 12px }
  .tick { stroke: #8b949e; stroke-opacity: .3 }
  .one { stroke: #8b949e }
  .js { fill: #c69026 }
  .wasm { fill: #6e5ce0 }
  @media (prefers-color-scheme: dark) {
    text { fill: #adbac7 }
    .js { fill: #e3b341 }
    .wasm { fill: #a393ff }
  }`;

interface Bar {
  readonly engine: 'js' | 'wasm';
  readonly ratio: number;
}

interface Row {
  readonly label: string;
  readonly bars: readonly Bar[];
}

/** Powers of two around all ratios, as exponents. */
interface Scale {
  readonly low: number;
  readonly high: number;
}

const at = ({ low, high }: Scale, ratio: number): number =>
  LABEL_WIDTH + ((Math.log2(ratio) - low) / (high - low)) * PLOT_WIDTH;

export function chart({ results }: Pick<Results, 'results'>): string {
  const reference = results.some(({ times }) => times.qemu) ? 'qemu' : 'interpreter';
  const engines = ourEngines(results);
  const panels = XLENS.map(xlen => ({ xlen, rows: rowsOf(results, xlen, reference) })).filter(p => p.rows.length > 0);
  const ratios = panels.flatMap(({ rows }) => rows.flatMap(({ bars }) => bars.map(({ ratio }) => Math.log2(ratio))));
  const scale = { low: Math.floor(Math.min(-1, ...ratios)), high: Math.ceil(Math.max(1, ...ratios)) };
  let y = 0;
  const parts: string[] = [];
  for (const { xlen, rows } of panels) {
    parts.push(
      panel(`RV${xlen}: time as a multiple of ${RUNNER_NAMES[reference]}'s, further left is faster`, rows, scale, y),
    );
    y += TITLE_HEIGHT + rows.length * rowHeight(engines.length) + 12;
  }
  const legend = engines.map((engine, i) => {
    const x = WIDTH - 100 * (engines.length - i);
    return `<rect class="${engine}" x="${x}" y="6" width="9" height="9"/><text x="${x + 13}" y="14">${RUNNER_NAMES[engine]}</text>`;
  });
  const label = `Time of each engine relative to ${RUNNER_NAMES[reference]}, per guest`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${label}">
<style>${STYLE}
</style>
${[...legend, ...parts].join('\n')}
</svg>
`;
}

function rowsOf(results: readonly Result[], xlen: 32 | 64, reference: 'qemu' | 'interpreter'): readonly Row[] {
  const engines = ourEngines(results);
  const row = (label: string, ratioOf: (engine: 'js' | 'wasm') => number | undefined): Row => ({
    label,
    bars: engines.flatMap(engine => {
      const ratio = ratioOf(engine);
      return ratio === undefined ? [] : [{ engine, ratio }];
    }),
  });
  const guests = results.filter(result => result.xlen === xlen);
  if (guests.length === 0) return [];
  return [
    ...guests.map(result => row(result.guest, engine => timeRatio(result, engine, reference))),
    row('geometric mean', engine => meanRatio(results, xlen, engine, reference)),
  ];
}

const rowHeight = (engines: number): number => engines * BAR_HEIGHT + ROW_GAP;

function panel(title: string, rows: readonly Row[], scale: Scale, top: number): string {
  const engines = Math.max(...rows.map(({ bars }) => bars.length));
  const height = rowHeight(engines);
  const bottom = top + TITLE_HEIGHT + rows.length * height;
  const parts = [`<text class="title" x="0" y="${top + 14}">${title}</text>`];
  for (let exponent = scale.low; exponent <= scale.high; exponent++) {
    const x = at(scale, 2 ** exponent).toFixed(1);
    const name = exponent < 0 ? `1/${2 ** -exponent}` : String(2 ** exponent);
    parts.push(
      `<line class="${exponent === 0 ? 'one' : 'tick'}" x1="${x}" x2="${x}" y1="${top + TITLE_HEIGHT - 4}" y2="${bottom}"/>`,
      `<text x="${x}" y="${top + TITLE_HEIGHT - 7}" text-anchor="middle">${name}</text>`,
    );
  }
  rows.forEach(({ label, bars }, i) => {
    const y = top + TITLE_HEIGHT + i * height;
    parts.push(`<text x="0" y="${y + (bars.length * BAR_HEIGHT) / 2 + 4}">${label}</text>`);
    bars.forEach(({ engine, ratio }, j) => {
      parts.push(bar(engine, ratio, scale, y + j * BAR_HEIGHT));
    });
  });
  return parts.join('\n');
}

function bar(engine: string, ratio: number, scale: Scale, y: number): string {
  const [from, to] = [at(scale, Math.min(1, ratio)), at(scale, Math.max(1, ratio))];
  const box = `x="${from.toFixed(1)}" y="${y.toFixed(1)}" width="${(to - from).toFixed(1)}" height="${BAR_HEIGHT - 1}"`;
  return `<rect class="${engine}" ${box}><title>${engine} ${ratio.toFixed(2)}</title></rect>`;
}
