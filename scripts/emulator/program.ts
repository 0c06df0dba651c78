/** The program that is put on the board: the user's, behind the bundle when it needs it. */

/** What the bundle registers; require() of either means that it is wanted. */
const WANTS_BUNDLE = /\brequire\s*\(\s*(['"`])(?:micronic|network)\1\s*\)/;
/** Where the bundle registers it, readable and minified. */
const HAS_BUNDLE = /\.push\(\s*(['"])network\1\s*,\s*(['"])micronic\2/;

export interface Program {
  source: string;
  /** Whether the bundle stands in front. */
  isBundled: boolean;
  /** Rewrites `<anonymous>:12` to a place in the user's file. */
  place(text: string): string;
}

/** A place that may go on in the next piece of text. */
const PLACE_BEGUN = /<(?:a(?:n(?:o(?:n(?:y(?:m(?:o(?:u(?:s(?:>(?::\d*)?)?)?)?)?)?)?)?)?)?)?$/;

/** Places in text that comes in pieces. */
export class PlacedText {
  private held = '';

  constructor(private readonly program: Program) {}

  add(piece: string): string {
    const text = this.held + piece;
    this.held = PLACE_BEGUN.exec(text)?.[0] ?? '';
    return this.program.place(text.slice(0, text.length - this.held.length));
  }

  end(): string {
    return this.program.place(this.held);
  }
}

export function needsBundle(source: string): boolean {
  return WANTS_BUNDLE.test(source) && !HAS_BUNDLE.test(source);
}

/** @param bundle goes in front when it is given */
export function composeProgram(name: string, source: string, bundle: string | null): Program {
  const front = bundle === null ? '' : bundle.replace(/\n*$/, '\n');
  const lines = front.split('\n').length - 1;
  return {
    source: front + source,
    isBundled: bundle !== null,
    place: (text) =>
      text.replace(/<anonymous>:(\d+)/g, (_all, line: string) =>
        Number(line) > lines ? `${name}:${Number(line) - lines}` : `ppp.js:${line}`,
      ),
  };
}
