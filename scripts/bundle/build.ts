/** One file for a board from a program and all it imports: esbuild's work, around what the firmware brings. */

import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { Script } from 'node:vm';
import type { BuildFailure, Message, PartialMessage, Plugin } from 'esbuild';
import { withoutArrowLike } from '../arrow-like.mjs';
import { partsError, type Target } from './targets';

/** Each of them is the one module that the micronic bundle registers. */
const MICRONIC = /^(?:micronic(?:\/kaluma)?|network)$/;
/** A part that is loaded behind a bundle, as a file of the package. */
const PART = /^micronic\/kaluma\/parts\/(.*)$/;
/** Where bundles lie, with their parts below. */
const IN_PACKAGE = /[\\/]kaluma[\\/][\w-]+\.js$/;
/** A program that has the bundle in it already, readable or minified. */
const HAS_MICRONIC = /\.push\(\s*(['"])network\1\s*,\s*(['"])micronic\2/;
/** Kaluma's engine takes the syntax of 2017, and misses some of the next year's. */
const SYNTAX = 'es2017';

/** What is wrong with the program, in one sentence. */
export class BuildError extends Error {}

export interface Built {
  /** Without the micronic bundle. */
  code: string;
  /** Whether the micronic bundle has to stand before it. */
  needsMicronic: boolean;
  /** Whether one of the bundles is in it already: the program requires its file. */
  hasMicronic: boolean;
  /** The firmware's modules that it requires. */
  modules: Set<string>;
  /** The files it is made of, with their full names. */
  inputs: string[];
  warnings: string[];
}

interface Found {
  modules: Set<string>;
  usesMicronic: boolean;
  /** The parts stand behind a bundle of the program's. */
  hasParts: boolean;
}

const textOf = (path: string): string => readFileSync(path, 'utf8').trimEnd();

/** The program's own file, whatever signs its name has, what stays `require`d, and the parts behind a bundle. */
function boardPlugin(entry: string, target: Target, parts: string[], found: Found): Plugin {
  return {
    name: 'board',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: PART }, ({ path }) => {
        const text = partsError([PART.exec(path)![1]], target);
        found.usesMicronic = true;
        return text ? { errors: [{ text }] } : null;
      });
      onLoad({ filter: IN_PACKAGE }, ({ path }) => {
        const text = textOf(path);
        if (!parts.length || !HAS_MICRONIC.test(text)) {
          return null;
        }
        found.hasParts = true;
        return {
          contents: [text, ...parts.map((name) => textOf(join(dirname(path), 'parts', `${name}.js`)))].join('\n'),
        };
      });
      onResolve({ filter: /./ }, ({ path, kind }) => {
        if (kind === 'entry-point') {
          return { path: entry };
        }
        if (MICRONIC.test(path)) {
          found.usesMicronic = true;
          // `micronic/kaluma` is a file of the package; on the board it is `micronic`.
          return { path: path === 'network' ? path : 'micronic', external: true };
        }
        if (target.modules.includes(path)) {
          found.modules.add(path);
          return { path, external: true };
        }
        return null;
      });
    },
  };
}

function place({ location }: PartialMessage): string {
  const { file = '', line = 0, column = 0 } = location ?? {};
  return file ? `${file}:${line}:${column + 1}: ` : '';
}

function explain(message: Message, target: Target): string {
  const [, missing] = /^Could not resolve "(.*)"$/.exec(message.text) ?? [];
  if (missing === undefined) {
    return place(message) + message.text;
  }
  const isFile = /^[./]/.test(missing);
  const isNodes = builtinModules.includes(missing.replace(/^node:/, ''));
  const advice = isFile
    ? 'check the path'
    : isNodes
      ? `Node has it, and the firmware has only ${target.modules.join(', ')}`
      : `npm install ${missing.split('/', missing[0] === '@' ? 2 : 1).join('/')}`;
  return `${place(message)}there is no module '${missing}'; ${advice}`;
}

function failure(error: unknown, target: Target): Error {
  const errors = (error as BuildFailure).errors;
  if (!errors?.length) {
    return error as Error;
  }
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new BuildError(explain(errors[0], target) + more);
}

/** Names at the top of a program would be global, and it has no `module` for what an entry exports. */
function wrap(code: string): string {
  const module = /\b(?:module|exports)\b/.test(code) ? 'var module={exports:{}},exports=module.exports;' : '';
  return `(function(){${module}${code}\n})();\n`;
}

/** The firmware takes every program for strict code; the bundler does not. */
function checkStrict(name: string, code: string): void {
  try {
    new Script(`'use strict';${code}`, { filename: 'strict.js' });
  } catch (error) {
    throw new BuildError(`${name}: the firmware takes strict code only: ${(error as Error).message}`);
  }
}

/**
 * @param parts that go behind the bundle: here, if the program requires one by its file, else whoever puts it in front
 * @throws BuildError
 */
export async function buildProgram(path: string, target: Target, parts: string[] = []): Promise<Built> {
  const wrong = partsError(parts, target);
  if (wrong) {
    throw new BuildError(wrong);
  }
  // Only here: the other commands need not wait for it.
  const { build } = await import('esbuild');
  const entry = resolve(path);
  const found: Found = { modules: new Set(), usesMicronic: false, hasParts: false };
  const result = await build({
    entryPoints: ['program'],
    plugins: [boardPlugin(entry, target, parts, found)],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'cjs',
    platform: 'neutral',
    // A package's `module` is another shape for `require`; what it is for bundlers alone is seldom for a board.
    mainFields: ['main', 'module'],
    target: SYNTAX,
    // The firmware's modules are there at once: `import()` becomes a promise of `require()`.
    supported: { 'dynamic-import': false },
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
    logLevel: 'silent',
  }).catch((error) => {
    throw failure(error, target);
  });
  const wrapped = wrap(result.outputFiles[0].text.trimEnd());
  checkStrict(relative('', entry), wrapped);
  // The minifier makes such lists, and takes what stands against them out of the bundles.
  const code = withoutArrowLike(wrapped, false);
  const hasMicronic = HAS_MICRONIC.test(code);
  const needsMicronic = found.usesMicronic && !hasMicronic;
  if (parts.length && !needsMicronic && !found.hasParts) {
    throw new BuildError(
      `${relative('', entry)}: ` +
        (hasMicronic
          ? 'the bundle is in its own text: put the parts behind it there'
          : 'it does not use micronic, so there is nothing for a part to go behind'),
    );
  }
  return {
    code,
    needsMicronic,
    hasMicronic,
    modules: found.modules,
    inputs: Object.keys(result.metafile.inputs).map((input) => resolve(input)),
    warnings: result.warnings.map((warning) => explain(warning, target)),
  };
}
