// Numbers and bytes in hexadecimal.

export const hex = (value: number): string => `0x${value.toString(16)}`;

/** Two digits for each byte. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
