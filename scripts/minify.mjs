// Minifies the board bundles with one committed map of internal names (scripts/mangle.json), so that a name is the
// same in every bundle and every build. `MANGLE=fresh` hands out all names again, the shortest to the most used.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { JAR_PATH, javaPath } from 'google-closure-compiler';
import { getNativeImagePath } from 'google-closure-compiler/lib/utils.js';
import { withoutArrowLike } from './arrow-like.mjs';
import { boardBundles, debugFile } from './bundles.mjs';
import { parseEs5, propertyNames, walk } from './es5.mjs';
import { ENGINE_NAMES } from './engine-names.mjs';
import { HOT_FUNCTIONS } from './hot-functions.mjs';
import { placeFunctions } from './placed.mjs';
import { propertyConflicts } from './property-conflicts.mjs';
import { minifyVariables } from './variables.mjs';

export const MAP = 'scripts/mangle.json';
export const PRIVATE = /^_[a-z]/;
/** Names of a firmware's, whatever the map says. */
const FIRMWARE = ['_baudrate', '_native'];
const HELP =
  "Internal property names and what they become in the boards' bundles. Written by `npm run build`; commit it. " +
  'Names under `keep` belong to a firmware and stay.';

/** Names of one or two letters that the engines' or the firmwares' objects have, or that callers pass. */
const RESERVED = [
  'E',
  'PI',
  'as',
  'at',
  'cb',
  'do',
  'fd',
  'fs',
  'id',
  'if',
  'in',
  'io',
  'ip',
  'is',
  'of',
  'on',
  'rx',
  'tx',
];

const FIRST = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ$_';
const NEXT = FIRST + '0123456789';

function* shortNames() {
  yield* FIRST;
  for (const first of FIRST) {
    for (const next of NEXT) {
      // `_a` would look like an internal name.
      if (first !== '_' || !/[a-z]/.test(next)) {
        yield first + next;
      }
    }
  }
}

export function readMap(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { keep: [], names: {} };
}

/**
 * The map for these programs: what `map` says wherever it still can, and new names for the rest. Names that never meet
 * in one object may become the same: `conflicts` says which do; without it all become different.
 * @param {string[]} sources
 * @param {{ keep: string[], names: Record<string, string> }} map
 * @param {Map<string, Set<string>>} [conflicts]
 * @returns {{ keep: string[], names: Record<string, string> }}
 */
export function allocate(sources, map, conflicts) {
  const keep = new Set([...map.keep, ...FIRMWARE]);
  const uses = new Map();
  const taken = new Set(RESERVED);
  for (const source of sources) {
    const { dotted, quoted } = propertyNames(parseEs5(source));
    for (const [name, count] of dotted) {
      if (PRIVATE.test(name) && !keep.has(name)) {
        uses.set(name, (uses.get(name) || 0) + count);
      } else {
        taken.add(name);
      }
    }
    for (const text of quoted) {
      if (PRIVATE.test(text) && !keep.has(text)) {
        throw new Error(`'${text}' is quoted, so it cannot be renamed: add it to "keep" in ${MAP}`);
      }
      taken.add(text);
    }
  }
  const names = new Map();
  const users = new Map();
  const give = (name, short) => {
    names.set(name, short);
    users.set(short, [...(users.get(short) ?? []), name]);
  };
  const meet = (name, other) => !conflicts?.has(name) || !conflicts.has(other) || conflicts.get(name).has(other);
  const fits = (name, short) => !taken.has(short) && !users.get(short)?.some((other) => meet(name, other));
  // A public name that has since become equal to a short one takes it away.
  for (const [name, short] of Object.entries(map.names)) {
    if (uses.has(name) && fits(name, short)) {
      give(name, short);
    }
  }
  const wanting = [...uses].filter(([name]) => !names.has(name));
  wanting.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  for (const [name] of wanting) {
    for (const short of shortNames()) {
      if (fits(name, short)) {
        give(name, short);
        break;
      }
    }
  }
  return { keep: [...keep].sort(), names: Object.fromEntries([...names].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

export const mapText = (map) => JSON.stringify({ help: HELP, keep: map.keep, names: map.names }, null, 2) + '\n';

/**
 * TypeScript makes a function of each class, which is called once: its statements do as well in its place. And `X.prototype.`
 * stands before every method: once is enough.
 */
export function shortPrototypes(source) {
  return source.replace(
    /^( *)var (\w+) = (?:\/\*\* @class \*\/ )?\(function \(\) \{\n([\s\S]*?)\n\1 {4}return \2;\n\1\}\(?\)?\(?\)?\);$/gm,
    (_all, indent, name, body) => {
      const start = body.search(new RegExp(`^ *${name}\\.prototype\\.`, 'm'));
      if (start < 0) {
        return body;
      }
      const alias = `${indent}    var ${name}$methods = ${name}.prototype;\n`;
      return body.slice(0, start) + alias + body.slice(start).replaceAll(`${name}.prototype.`, `${name}$methods.`);
    },
  );
}

/**
 * Closure's simple mode inlines functions that have one caller, which terser cannot do without a closure per call:
 * a tenth of the size, and a shallower stack. Property names and the public face are left alone.
 */
async function inlineFunctions(source) {
  const flags = [
    '--compilation_level=SIMPLE',
    '--language_in=ECMASCRIPT5',
    '--language_out=ECMASCRIPT5',
    '--assume_function_wrapper',
    '--warning_level=QUIET',
    '--charset=US-ASCII',
    '--renaming=false',
  ];
  const native = getNativeImagePath();
  const [command, args] = native ? [native, flags] : [javaPath, ['-jar', JAR_PATH, ...flags]];
  const child = spawn(command, args);
  // One that is not there is heard of by its 'error'.
  child.stdin.on('error', () => {}).end(source);
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on('error', (error) => resolve(error.message)).on('close', resolve)),
  ]);
  if (status !== 0) {
    throw new Error(`Closure Compiler failed: ${stderr || status}`);
  }
  return stdout;
}

/**
 * Engines look names up one after the other. JerryScript begins with the one declared last (in a scope of 400 names the
 * first one costs 15,000 cycles more), Espruino with the first: `where` says which end of the scope the functions go to
 * that every packet calls. `source` is one function, called at once.
 */
export function moveHotFunctions(source, where) {
  const [wrapper] = parseEs5(source).body;
  const body = wrapper.expression.callee.body;
  const rank = (node) => (node.type === 'FunctionDeclaration' ? HOT_FUNCTIONS.indexOf(node.id.name) : -1);
  const text = (node) => source.slice(node.start, node.end);
  const hot = body.body.filter((node) => rank(node) >= 0).sort((a, b) => rank(a) - rank(b));
  const rest = body.body.filter((node) => rank(node) < 0);
  const sorted = where === 'first' ? [...hot.reverse(), ...rest] : [...rest, ...hot];
  return source.slice(0, body.start + 1) + sorted.map(text).join('\n') + source.slice(body.end - 1);
}

/** Declares the variables that the functions at the beginning use before them: the minifier would drop what says nothing. */
export function hotVariablesFirst(code) {
  const { body } = parseEs5(code).body[0].expression.argument.callee.body;
  const end = Math.min(
    HOT_FUNCTIONS.length,
    body.findIndex((node) => node.type !== 'FunctionDeclaration'),
  );
  const declared = new Set(
    body.flatMap((node) => (node.type === 'VariableDeclaration' ? node.declarations.map(({ id }) => id.name) : [])),
  );
  const used = new Set();
  body.slice(0, end).forEach((fn) => walk(fn, (node) => void (declared.has(node.name) && used.add(node.name))));
  return used.size ? code.replace('{', `{var ${[...used].join()};`) : code;
}

/** One name each for what is called all over; `source` is one function, called at once. */
export function shortMath(source) {
  const names = [...new Set([...source.matchAll(/\bMath\.(min|max)\b/g)].map((match) => match[1]))];
  const start = source.indexOf('{') + 1;
  const aliases = names.map((name) => `var Math$${name} = Math.${name};`).join('');
  return source.slice(0, start) + aliases + source.slice(start).replace(/\bMath\.(min|max)\b/g, 'Math$$$1');
}

/** @param {{ inline?: boolean, hot?: 'first' | 'last' }} [bundle] see bundles.mjs */
export async function minifyBoard(source, map, { inline = true, hot = 'last' } = {}) {
  const props = Object.fromEntries(Object.entries(map.names).map(([name, short]) => ['$' + name, short]));
  const short = shortPrototypes(source);
  const isJerryScript = hot === 'last';
  const inlined = shortMath(inline ? await inlineFunctions(short) : short);
  const code = await minifyVariables(moveHotFunctions(isJerryScript ? placeFunctions(inlined) : inlined, hot), {
    names: shortNames(),
    // Espruino takes a variable named `of` for the keyword.
    reserved: isJerryScript ? ['do', 'if', 'in'] : ['do', 'if', 'in', 'of'],
    engineNames: isJerryScript ? ENGINE_NAMES : [],
    // Espruino reads a function's text again for each call.
    inline: isJerryScript ? 3 : 1,
    // Espruino would have to carry out what is declared ahead, at every call.
    hoist: isJerryScript,
    properties: { regex: PRIVATE, reserved: map.keep },
    props,
  });
  return (isJerryScript ? withoutArrowLike(code) : hotVariablesFirst(code)) + '\n';
}

async function main() {
  const built = boardBundles.filter(({ file }) => existsSync(debugFile(file)));
  const sources = built.map(({ file }) => readFileSync(debugFile(file), 'utf8'));
  if (!sources.length) {
    return;
  }
  const cold = HOT_FUNCTIONS.filter((name) => !sources.some((source) => source.includes(`function ${name}(`)));
  if (cold.length) {
    throw new Error(`scripts/hot-functions.mjs names what does not exist: ${cold.join(', ')}`);
  }
  const old = readMap(MAP);
  const start = process.env.MANGLE === 'fresh' ? { keep: old.keep, names: {} } : old;
  const map = allocate(sources, start, propertyConflicts('tsconfig.board.json', PRIVATE));
  if (!existsSync(MAP) || readFileSync(MAP, 'utf8') !== mapText(map)) {
    writeFileSync(MAP, mapText(map));
  }
  const minifyOne = async (bundle, source) => {
    const code = await minifyBoard(source, map, bundle);
    const left = [...propertyNames(parseEs5(code)).dotted.keys()].filter(
      (n) => PRIVATE.test(n) && !map.keep.includes(n),
    );
    if (left.length) {
      throw new Error(`${bundle.file}: not renamed: ${left.join(', ')}`);
    }
    writeFileSync(bundle.file, bundle.header ? `${bundle.header}\n${code}` : code);
  };
  // Two at a time: Closure is a process of its own.
  const waiting = built.map((bundle, i) => [bundle, sources[i]]);
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      await minifyOne(...next);
    }
  };
  await Promise.all([work(), work()]);
}

if (/\bminify\.mjs$/.test(process.argv[1] || '')) {
  await main().catch((error) => {
    console.error(`minify: ${error.message}`);
    process.exitCode = 1;
  });
}
