// What a control group keeps of files, by the files that Linux describes it in (Documentation/admin-guide/cgroup-v1/memory.rst, cgroup-v2.rst).

import { describe, expect, test } from 'vitest';
import { availableBytes, fileBytesOfGroup } from '../../runtime/memory/host-memory.node.ts';

const host = (files: Readonly<Record<string, string>>) => (path: string) => {
  const text = files[path];
  if (text === undefined) throw new Error(`ENOENT ${path}`);
  return text;
};

describe('the bytes of files in a control group', () => {
  test.each([
    [
      'of version 1',
      {
        '/proc/self/cgroup': '3:cpu,cpuacct:/a\n2:memory:/a/b\n',
        '/sys/fs/cgroup/memory/a/b/memory.stat': 'inactive_file 1\ntotal_inactive_file 4096\n',
      },
      4096,
    ],
    [
      'of version 1 in a container, which sees the path of its host',
      {
        '/proc/self/cgroup': '2:memory:/docker/1f\n',
        '/sys/fs/cgroup/memory/memory.stat': 'total_inactive_file 8192\n',
      },
      8192,
    ],
    [
      'of version 2',
      { '/proc/self/cgroup': '0::/x\n', '/sys/fs/cgroup/x/memory.stat': 'file 9\ninactive_file 12288\n' },
      12_288,
    ],
    [
      'of version 1 beside a version 2 without memory',
      {
        '/proc/self/cgroup': '5:memory:/m\n0::/m\n',
        '/sys/fs/cgroup/memory/m/memory.stat': 'total_inactive_file 5\n',
        '/sys/fs/cgroup/m/memory.stat': '',
      },
      5,
    ],
    ['of a host without groups', {}, 0],
    ['of a group without statistics', { '/proc/self/cgroup': '0::/\nnonsense\n' }, 0],
  ])('%s', (_, files, bytes) => {
    expect(fileBytesOfGroup(host(files))).toBe(bytes);
  });
});

test('some memory is left here', () => {
  expect(availableBytes()).toBeGreaterThan(2 ** 20);
});
