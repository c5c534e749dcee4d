// Begins the build while tests of the library run.

import build from './build.ts';

export default function begin(): void {
  // Who needs it builds, or says why it cannot.
  build().catch(() => {});
}
