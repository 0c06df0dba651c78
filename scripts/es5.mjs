// A little scope analysis for ES5, shared by the checks and the minifier.

import { parse } from 'acorn';

export const parseEs5 = (code) => parse(code, { ecmaVersion: 5, sourceType: 'script', locations: true });

export const isFunction = (node) => node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression';

/** The direct child nodes, in source order. */
export function children(node) {
  const found = [];
  for (const key of Object.keys(node)) {
    const value = node[key];
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child && typeof child.type === 'string') {
        found.push(child);
      }
    }
  }
  return found;
}

/** Source text with other text in some places, none of which overlap: `[start, end, text]`. */
export function withTexts(source, places) {
  return [...places]
    .sort((a, b) => b[0] - a[0] || b[1] - a[1])
    .reduce((all, [start, end, text]) => all.slice(0, start) + text + all.slice(end), source);
}

/** Visits every node with its ancestors, nearest last. */
export function walk(node, visit, ancestors = []) {
  if (visit(node, ancestors) === false) {
    return;
  }
  const inside = ancestors.concat(node);
  for (const child of children(node)) {
    walk(child, visit, inside);
  }
}

/** Whether an Identifier node names a variable, rather than a property, a declaration or a label. */
function isReference(node, parent) {
  switch (parent.type) {
    case 'MemberExpression':
      return parent.object === node || parent.computed;
    case 'Property':
      return parent.value === node;
    case 'VariableDeclarator':
      return parent.init === node;
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'CatchClause':
    case 'LabeledStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return false;
    default:
      return true;
  }
}

/** The names a function, a catch clause or the program declares; `var` reaches up to the function. */
function declaredBy(scope) {
  const names = new Set();
  if (isFunction(scope)) {
    names.add('arguments');
    scope.params.forEach((param) => names.add(param.name));
    if (scope.type === 'FunctionExpression' && scope.id) {
      names.add(scope.id.name);
    }
  }
  if (scope.type === 'CatchClause') {
    names.add(scope.param.name);
    return names;
  }
  walk(scope, (node) => {
    if (node === scope) {
      return true;
    }
    if (node.type === 'VariableDeclarator') {
      names.add(node.id.name);
    }
    if (node.type === 'FunctionDeclaration') {
      names.add(node.id.name);
    }
    return !isFunction(node);
  });
  return names;
}

/** Every use of a variable that nothing declares: `{ node, ancestors }`. */
export function unresolved(program) {
  const declared = new Map();
  const found = [];
  walk(program, (node, ancestors) => {
    if (node === program || isFunction(node) || node.type === 'CatchClause') {
      declared.set(node, declaredBy(node));
    }
    if (node.type === 'Identifier' && isReference(node, ancestors[ancestors.length - 1])) {
      if (!ancestors.some((scope) => declared.has(scope) && declared.get(scope).has(node.name))) {
        found.push({ node, ancestors });
      }
    }
  });
  return found;
}

/** Every place where a name stands that this function declares itself, the declarations among them. */
export function ownNames(fn) {
  const found = [];
  walk(fn, (node, ancestors) => {
    const parent = ancestors.at(-1);
    if (node.type !== 'Identifier') {
      return;
    }
    // A declared function's name is its surroundings'.
    const scopes = parent.type === 'FunctionDeclaration' && parent.id === node ? ancestors.slice(0, -1) : ancestors;
    const isDeclared = isFunction(parent) || (parent.type === 'VariableDeclarator' && parent.id === node);
    const isNear = (scope) => (isFunction(scope) || scope.type === 'CatchClause') && declaredBy(scope).has(node.name);
    if ((isDeclared || isReference(node, parent)) && node.name !== 'arguments' && scopes.findLast(isNear) === fn) {
      found.push(node);
    }
  });
  return found;
}

/** The statements that run when the file is loaded: the program's, or those of the one function wrapped around it. */
export function loadedBody(program) {
  if (program.body.length === 1 && program.body[0].type === 'ExpressionStatement') {
    let expression = program.body[0].expression;
    if (expression.type === 'UnaryExpression') {
      expression = expression.argument;
    }
    if (expression.type === 'CallExpression' && expression.callee.type === 'FunctionExpression') {
      return expression.callee.body.body;
    }
  }
  return program.body;
}

/**
 * Functions needed while the file loads, before the statement that makes them has run. Espruino does not hoist; where
 * an engine does, as the language says, declared functions are there from the start.
 * Follows calls of functions that are there already; callbacks and methods are beyond it.
 */
export function usedTooEarly(program, hoists = false) {
  const body = loadedBody(program);
  const madeAt = new Map();
  body.forEach((statement, index) => {
    if (statement.type === 'FunctionDeclaration') {
      madeAt.set(statement.id.name, { index: hoists ? -1 : index, fn: statement });
    }
    if (statement.type === 'VariableDeclaration') {
      for (const { id, init } of statement.declarations) {
        if (init && init.type === 'FunctionExpression') {
          madeAt.set(id.name, { index, fn: init });
        }
      }
    }
  });
  const found = [];

  function look(node, index, through, seen) {
    walk(node, (inner, ancestors) => {
      const parent = ancestors[ancestors.length - 1];
      const calledHere = parent && parent.type === 'CallExpression' && parent.callee === inner;
      if (inner !== node && isFunction(inner) && !calledHere) {
        return false;
      }
      if (inner.type !== 'Identifier' || !parent || !isReference(inner, parent)) {
        return true;
      }
      // A function called at once has names of its own.
      if (ancestors.some((scope) => isFunction(scope) && declaredBy(scope).has(inner.name))) {
        return true;
      }
      const made = madeAt.get(inner.name);
      if (!made) {
        return true;
      }
      if (made.index > index) {
        found.push({ node: inner, through });
      } else if (calledHere && made.index < index && !seen.has(inner.name)) {
        const local = declaredBy(made.fn);
        const deeper = new Set(seen).add(inner.name);
        children(made.fn.body).forEach((statement) => {
          // A name the function declares for itself is not ours to judge.
          const before = found.length;
          look(statement, index, inner.name, deeper);
          for (let i = found.length; i-- > before;) {
            if (local.has(found[i].node.name)) {
              found.splice(i, 1);
            }
          }
        });
      }
      return true;
    });
  }

  body.forEach((statement, index) => {
    if (statement.type !== 'FunctionDeclaration') {
      look(statement, index, null, new Set());
    }
  });
  return found;
}

/** Property names written in a program: read with a dot, as keys, and strings, which may be either. */
export function propertyNames(program) {
  const dotted = new Map();
  const quoted = new Set();
  const count = (name) => dotted.set(name, (dotted.get(name) || 0) + 1);
  walk(program, (node) => {
    if (node.type === 'MemberExpression' && !node.computed) {
      count(node.property.name);
    } else if (node.type === 'Property' && node.key.type === 'Identifier') {
      count(node.key.name);
    } else if (node.type === 'Literal' && typeof node.value === 'string') {
      quoted.add(node.value);
    }
  });
  return { dotted, quoted };
}
