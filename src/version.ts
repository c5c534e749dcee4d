/** Of this package; a test compares it with the manifest, which a page cannot read. */
export const VERSION = '0.1.0';
