// The import direction, and what the pure layers may not touch.
//   wire <- ppp | ethernet | inet <- modem <- network <- socket <- board-targets <- scripts
//   node scripts/check-layers.mjs [ROOT]

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import ts from 'typescript';
import { firmwareModules } from './bundles.mjs';

const MAX_LINES = 400;
const LONG = 300;

const MIDDLE = ['wire', 'ppp', 'ethernet', 'inet'];
/** What each folder of modules/ may import, beside itself. */
const MAY_IMPORT = {
  wire: [],
  ppp: ['wire'],
  ethernet: ['wire'],
  inet: ['wire'],
  modem: MIDDLE,
  socket: [...MIDDLE, 'network'],
  network: [...MIDDLE, 'modem'],
};

/** Time, randomness and bytes are handed to these; they do not fetch them. */
const PURE = ['wire', 'ppp', 'ethernet', 'inet', 'modem'];
const FORBIDDEN = new Set(
  (
    'Date setTimeout clearTimeout setInterval clearInterval setImmediate clearImmediate queueMicrotask performance ' +
    'require process console global globalThis'
  ).split(' '),
);

function sources(root, folder) {
  const at = join(root, folder);
  if (!existsSync(at)) {
    return [];
  }
  return readdirSync(at, { recursive: true })
    .map((name) => `${folder}/${String(name).replaceAll('\\', '/')}`)
    .filter((file) => /\.(ts|mjs)$/.test(file) && !/\.d\.ts$/.test(file) && !file.includes('node_modules/'))
    .sort();
}

/** 'modules/wire', 'board-targets' (its shared interface), 'board-targets/node', 'scripts', ... */
function layerOf(file) {
  const parts = file.split('/');
  return parts[0] === 'modules' || (parts[0] === 'board-targets' && parts.length > 2)
    ? `${parts[0]}/${parts[1]}`
    : parts[0];
}

/** Why `from` may not import `to`, or null. */
function forbids(from, to) {
  const [fromTop, fromName] = from.split('/');
  const [toTop, toName] = to.split('/');
  if (fromTop === 'scripts') {
    return null;
  }
  if (fromTop === 'modules') {
    if (toTop !== 'modules') {
      return `modules may not import ${toTop}`;
    }
    return fromName === toName || MAY_IMPORT[fromName].includes(toName) ? null : `${fromName} may not import ${toName}`;
  }
  if (toTop === 'modules' || to === 'board-targets' || from === to) {
    return null;
  }
  return `${from} may not import ${to}`;
}

function importsOf(source) {
  const found = [];
  (function visit(node) {
    const specifier =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : undefined;
    if (specifier && ts.isStringLiteralLike(specifier)) {
      found.push(specifier);
    }
    ts.forEachChild(node, visit);
  })(source);
  return found;
}

/** Whether an identifier stands for a property or a member rather than for a variable. */
function isMemberName({ parent }, node) {
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isQualifiedName(parent) && parent.right === node) ||
    ((ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isEnumMember(parent)) &&
      parent.name === node)
  );
}

function impureUses(source) {
  const declared = new Set();
  const uses = [];
  (function visit(node) {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      if (
        (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isFunctionDeclaration(parent)) &&
        parent.name === node &&
        !(ts.getCombinedModifierFlags(parent) & ts.ModifierFlags.Ambient)
      ) {
        declared.add(node.text);
      } else if (FORBIDDEN.has(node.text) && !isMemberName(node, node)) {
        uses.push({ node, name: node.text });
      }
    }
    if (
      ts.isPropertyAccessExpression(node) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === 'Math' &&
      node.name.text === 'random'
    ) {
      uses.push({ node, name: 'Math.random' });
    }
    ts.forEachChild(node, visit);
  })(source);
  return uses.filter(({ name }) => !declared.has(name));
}

/** `[{ file, line, text, warning }]` for the tree at `root`. */
export function checkLayers(root) {
  const problems = [];
  for (const file of ['modules', 'board-targets', 'scripts'].flatMap((folder) => sources(root, folder))) {
    const text = readFileSync(join(root, file), 'utf8');
    const say = (line, message, warning = false) => problems.push({ file, line, text: message, warning });
    const lines = text.split('\n').length - 1;
    if (lines > LONG) {
      say(lines, `${lines} lines, at most ${MAX_LINES}`, lines <= MAX_LINES);
    }

    const layer = layerOf(file);
    const [top, name] = layer.split('/');
    if (top === 'scripts') {
      continue;
    }
    if (top === 'modules' && !(name in MAY_IMPORT)) {
      say(1, `modules/${name} is no layer: it belongs in one of ${Object.keys(MAY_IMPORT).join(', ')}`);
      continue;
    }
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const lineOf = (node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;

    for (const specifier of importsOf(source)) {
      if (!specifier.text.startsWith('.')) {
        const [firmware] = layer === 'board-targets' ? [] : name.split('-');
        if (top === 'modules' || (name !== 'node' && !(firmwareModules[firmware] || []).includes(specifier.text))) {
          say(lineOf(specifier), `${layer} may not import the package '${specifier.text}'`);
        }
        continue;
      }
      const reason = forbids(layer, layerOf(posix.join(dirname(file), specifier.text)));
      if (reason) {
        say(lineOf(specifier), `${reason} ('${specifier.text}')`);
      }
    }

    if (top === 'modules' && PURE.includes(name)) {
      for (const use of impureUses(source)) {
        say(lineOf(use.node), `${use.name} in modules/${name}: time, randomness and bytes are handed in`);
      }
    }
  }
  return problems;
}

if (/\bcheck-layers\.mjs$/.test(process.argv[1] || '')) {
  const problems = checkLayers(process.argv[2] || '.');
  for (const { file, line, text, warning } of problems) {
    (warning ? console.warn : console.error)(`${file}:${line} ${warning ? 'warning: ' : ''}${text}`);
  }
  process.exitCode = problems.some(({ warning }) => !warning) ? 1 : 0;
}
