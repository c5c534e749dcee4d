// A place in a mangled name.

/** The name is none of the mangling that it was read as. */
export class Invalid extends Error {}

export class Cursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  peek(length = 1): string {
    return this.text.slice(this.at, this.at + length);
  }

  next(): string {
    if (this.at >= this.text.length) throw new Invalid();
    return this.text.charAt(this.at++);
  }

  eat(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  expect(word: string): void {
    if (!this.eat(word)) throw new Invalid();
  }

  /** What the pattern, which is sticky, matches here; empty where it does not. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [found = ''] = pattern.exec(this.text) ?? [];
    this.at += found.length;
    return found;
  }

  digits(): string {
    return this.take(/\d+/y);
  }

  /** At the end of the name, of a list, or before the suffix of a clone. */
  get isAtEnd(): boolean {
    return this.at >= this.text.length || this.peek() === 'E' || this.peek() === '.';
  }
}
