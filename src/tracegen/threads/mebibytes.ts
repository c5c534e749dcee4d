// Amounts of memory as users are told them.

export const MEBIBYTE: number = 2 ** 20;

export const mebibytes = (bytes: number): string => `${Math.ceil(bytes / MEBIBYTE)} MiB`;
