// Functions that are used in one place, and seldom, stand in that place: a name of the bundle's less each.

import { isFunction, ownNames, parseEs5, unresolved, walk, withTexts } from './es5.mjs';
import { HOT_FUNCTIONS } from './hot-functions.mjs';

const LOOPS = ['ForStatement', 'ForInStatement', 'WhileStatement', 'DoWhileStatement'];

/** The names that a function declares anywhere. */
function declaredIn(fn) {
  const names = new Set();
  walk(fn, (node) => {
    if (isFunction(node)) {
      [node.id, ...node.params].forEach((id) => id && names.add(id.name));
    } else if (node.type === 'VariableDeclarator') {
      names.add(node.id.name);
    }
  });
  return names;
}

/** Where the bundle's own names are used, by what stands outside functions: `{ node, ancestors }`, the outermost first. */
function usesIn(statement) {
  const open =
    statement.type === 'FunctionDeclaration' ? { ...statement, type: 'FunctionExpression', id: null } : statement;
  return unresolved({ type: 'Program', body: [open] }).map(({ node, ancestors }) => ({ node, ancestors, statement }));
}

/** A function of `body` and the one place where it is named, or nothing when there is none left. */
function findPlace(body, isBusy) {
  const all = body.flatMap(usesIn);
  for (const fn of body.filter(({ type, id }) => type === 'FunctionDeclaration' && !isBusy(id.name))) {
    const uses = all.filter(({ node }) => node.name === fn.id.name);
    const [{ node, ancestors, statement }] = uses.length === 1 ? uses : [{ ancestors: [], statement: fn }];
    const free = all.filter((use) => use.statement === fn).map((use) => use.node.name);
    const hides = (around) => isFunction(around) && [...declaredIn(around)].some((name) => free.includes(name));
    if (
      statement !== fn &&
      !isBusy(statement.id?.name) &&
      !ancestors.some((around) => LOOPS.includes(around.type) || hides(around))
    ) {
      return { fn, use: node };
    }
  }
  return null;
}

/**
 * JerryScript keeps an object and a name for each function of the bundle, 60 bytes; one that stands where it is used is
 * there while it runs. What every packet needs stays, since it would be made anew each time.
 * @param {string} source one function, called at once
 */
export function placeFunctions(source) {
  const isBusy = (name) => HOT_FUNCTIONS.includes(name);
  for (;;) {
    const { body } = parseEs5(source).body[0].expression.callee.body;
    const place = findPlace(body, isBusy);
    if (!place) {
      return source;
    }
    const { fn, use } = place;
    // With names that are nowhere else the minifier can dissolve it.
    const places = ownNames(fn).map(({ start, end, name }) => [
      start - fn.start,
      end - fn.start,
      `${name}$${fn.id.name}`,
    ]);
    const text = withTexts(source.slice(fn.start, fn.end), [[0, fn.id.end - fn.start, 'function '], ...places]);
    source = withTexts(source, [
      [fn.start, fn.end, ''],
      [use.start, use.end, `(${text})`],
    ]);
  }
}
