// A chip's page: its event, its columns, what it says to whom, and what holds.

import { audit } from './audit.ts';
import { ruleOf } from './check.ts';
import type { Chip } from './chip.ts';
import { text } from './poly-text.ts';

export function describeChip(chip: Chip): string {
  const { constraintDegree, messageDegree } = audit(chip);
  const { columns, fixed, constraints, interactions, event, field } = chip;
  const preprocessed = fixed > 0 ? `, ${fixed} of them preprocessed` : '';
  return [
    `${chip.name}: ${columns.length} columns over ${field.name}${preprocessed}`,
    '',
    `event (${event.bytes} bytes): ${[...event.fields].map(([name, { bits, count }]) => `${name} ${bits}${count > 1 ? ` × ${count}` : ''}`).join(', ')}`,
    '',
    'columns',
    ...columns.map(({ name, index }) => `  ${String(index).padStart(4)} ${name}`),
    '',
    `messages (degree ${messageDegree})`,
    ...interactions.map(({ bus, isSend, multiplicity, message }) => {
      const times = multiplicity.constant === 1n ? '' : ` if ${text(multiplicity)}`;
      return `  ${isSend ? 'send' : 'receive'} ${bus.name}(${message.map(text).join(', ')})${times}`;
    }),
    '',
    `constraints (${constraints.length}, degree ${constraintDegree})`,
    ...constraints.map(constraint => `  ${ruleOf(constraint)}`),
    '',
  ].join('\n');
}
