// What became of a run as elements. Names come from the program: they are text, never markup.

const byId = id => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';
const ROW = 18;
/** Frames narrower than this part of the picture are left out. */
const NARROW = 0.0005;
/** Rough width of a letter. */
const LETTER = 7;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Rows of cells; numbers stand to the right. */
function table(heads, rows) {
  const cell = value =>
    element(
      'td',
      typeof value === 'number' ? { class: 'number' } : {},
      typeof value === 'number' ? value.toLocaleString('en') : value,
    );
  const head = element('tr', {}, ...heads.map(text => element('th', {}, text)));
  return element('table', {}, head, ...rows.map(row => element('tr', {}, ...row.map(cell))));
}

/** Callers before those they call: what each came to with all below it. */
function totalsOf(nodes) {
  const totals = nodes.map(({ self }) => self);
  for (let i = nodes.length - 1; i > 0; i--) totals[nodes[i].parent] += totals[i];
  return totals;
}

function colourOf(name) {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)) | 0;
  return `hsl(${20 + (Math.abs(hash) % 40)} 85% ${62 + (Math.abs(hash >> 8) % 14)}%)`;
}

/** Draws the tree under a node into an svg element, callers below. */
function drawFlame(svg, nodes, focus = 0) {
  const totals = totalsOf(nodes);
  const children = nodes.map(() => []);
  for (let i = 1; i < nodes.length; i++) children[nodes[i].parent].push(i);
  const width = svg.clientWidth || 960;
  const frames = [];
  const place = (node, x, depth) => {
    const share = totals[node] / totals[focus];
    if (share < NARROW) return;
    frames.push({ node, x, depth, share });
    let at = x;
    for (const child of children[node].toSorted((a, b) => totals[b] - totals[a])) {
      place(child, at, depth + 1);
      at += totals[child] / totals[focus];
    }
  };
  if (totals[focus] > 0) place(focus, 0, 0);
  const rows = 1 + Math.max(0, ...frames.map(({ depth }) => depth));
  svg.setAttribute('viewBox', `0 0 ${width} ${rows * ROW}`);
  svg.replaceChildren(
    ...frames.map(({ node, x, depth, share }) => {
      const { name, parent } = nodes[node];
      const group = document.createElementNS(SVG, 'g');
      const [rect, title] = ['rect', 'title'].map(kind => document.createElementNS(SVG, kind));
      const place = {
        x: x * width,
        y: (rows - 1 - depth) * ROW,
        width: share * width,
        height: ROW,
        fill: colourOf(name),
      };
      for (const [key, value] of Object.entries(place)) rect.setAttribute(key, value);
      title.textContent = `${name}: ${totals[node].toLocaleString('en')} instructions, ${nodes[node].self.toLocaleString('en')} of its own`;
      rect.addEventListener('click', () => drawFlame(svg, nodes, depth === 0 ? Math.max(0, parent) : node));
      group.append(title, rect);
      const letters = Math.floor((share * width - 6) / LETTER);
      if (letters > 2) {
        const text = document.createElementNS(SVG, 'text');
        text.setAttribute('x', x * width + 3);
        text.setAttribute('y', place.y + 13);
        text.textContent = name.length > letters ? `${name.slice(0, letters - 1)}…` : name;
        group.append(text);
      }
      return group;
    }),
  );
}

Object.assign(globalThis, { byId, table, drawFlame, element });
