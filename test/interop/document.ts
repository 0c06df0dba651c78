/** The table of docs/interop.md: one line a case. */

import { readFileSync, writeFileSync } from 'node:fs';
import { CASES, type InteropCase, type Result } from './cases';

const FILE = new URL('../../docs/interop.md', import.meta.url);
const BEGIN = '<!-- npm run interop: begin -->\n';
const END = '<!-- npm run interop: end -->';
const HEADER = '| peer | case | its options | octets unchanged | how the link ended |\n|---|---|---|---|---|\n';

function cells({ peer, name, options }: InteropCase): string {
  return `| ${peer} | ${name} | ${options ? `\`${options}\`` : ''} |`;
}

/** Writes what a run has shown. */
export function writeTable(results: Map<InteropCase, Result>, about: string): void {
  const lines = CASES.map((one) => {
    const { bytes, ended } = results.get(one)!;
    return `${cells(one)} ${bytes ? bytes.toLocaleString('en') : 'none'} | ${ended} |\n`;
  });
  const [before, , after] = parts();
  writeFileSync(FILE, `${before}${BEGIN}\n${about}\n\n${HEADER}${lines.join('')}\n${END}${after}`);
}

/** The cases that the committed table does not list as they are, and its lines that are no case. */
export function tableProblems(): string[] {
  const lines = parts()[1]
    .split('\n')
    .filter((line) => /^\| (pppd|slirp)/.test(line));
  const missing = CASES.filter((one) => lines.filter((line) => line.startsWith(cells(one))).length !== 1);
  const foreign = lines.filter((line) => !CASES.some((one) => line.startsWith(cells(one))));
  return [...missing.map((one) => `not in the table, or twice: ${cells(one)}`), ...foreign];
}

function parts(): [string, string, string] {
  const text = readFileSync(FILE, 'utf8');
  const [before, rest = ''] = text.split(BEGIN);
  const [table, after] = rest.split(END);
  if (after === undefined) throw new Error('docs/interop.md has lost the marks around its table');
  return [before, table, after];
}
