// The variables of a minified bundle: one `var` a function, and the shortest names for what is used most.

import { minify } from 'terser';
import { isFunction, parseEs5, unresolved, walk, withTexts } from './es5.mjs';

const COMPRESS = {
  ecma: 5,
  toplevel: true,
  passes: 3,
  pure_getters: true,
  unsafe_arrows: false,
  hoist_funs: false,
  // A function used once must not become a closure made at every call.
  reduce_funcs: false,
};

/** What stands for the parameter of the function that a bundle is, while its body is on its own. */
const PARAMETER = 'parameter$$';

/** A bundle is one function, called at once: its text up to its body, the body, and the rest. */
function unwrap(source) {
  const { body } = parseEs5(source).body[0].expression.callee;
  const places = [0, body.start + 1, body.end - 1, source.length];
  return places.slice(1).map((end, i) => source.slice(places[i], end));
}

/** Gives a variable that the code does not declare another name. */
function renameFree(code, name, other) {
  const uses = unresolved(parseEs5(code)).filter(({ node }) => node.name === name);
  return withTexts(
    code,
    uses.map(({ node }) => [node.start, node.end, other]),
  );
}

const functionsOf = (program) => program.body.filter((node) => node.type === 'FunctionDeclaration');

/** How often each name is used that the code declares outside functions. */
function usesOfDeclared(program) {
  const uses = new Map(functionsOf(program).map(({ id }) => [id.name, 0]));
  for (const node of program.body) {
    (node.type === 'VariableDeclaration' ? node.declarations : []).forEach(({ id }) => uses.set(id.name, 0));
  }
  walk(program, ({ type, name }) => {
    if (type === 'Identifier' && uses.has(name)) {
      uses.set(name, uses.get(name) + 1);
    }
  });
  return uses;
}

/**
 * The code with the functions of the same name of `hoisted`: one `var` a function saves bytes, but hoisting those of the
 * bundle itself would move them to where JerryScript finds them last, which costs a tenth of the speed.
 */
function takeFunctions(code, hoisted) {
  const program = parseEs5(code);
  const known = new Set([...usesOfDeclared(program).keys(), ...unresolved(program).map(({ node }) => node.name)]);
  const others = new Map();
  for (const { id, start, end } of functionsOf(parseEs5(hoisted))) {
    const text = hoisted.slice(start, end);
    // Not where one of them has constants in it that the other has names for.
    if (unresolved(parseEs5(text)).every(({ node }) => known.has(node.name))) {
      others.set(id.name, text);
    }
  }
  return withTexts(
    code,
    functionsOf(program).map(({ id, start, end }) => [start, end, others.get(id.name) ?? code.slice(start, end)]),
  );
}

/** A variable for `this`, four letters each time, where a function says it often: terser itself puts it in the place of one. */
function shortThis(code) {
  const places = [];
  walk(parseEs5(code), (fn) => {
    if (isFunction(fn)) {
      const uses = [];
      walk(fn.body, (node) => {
        if (node.type === 'ThisExpression') {
          uses.push([node.start, node.end, 'this$$']);
        }
        return !isFunction(node);
      });
      const [first] = fn.body.body;
      const at = first?.type === 'VariableDeclaration' ? first.declarations[0].start : fn.body.start + 1;
      if (uses.length > 4) {
        places.push([at, at, at === fn.body.start + 1 ? 'var this$$=this;' : 'this$$=this,'], ...uses);
      }
    }
  });
  return withTexts(code, places);
}

/**
 * Names for what the code declares outside functions: terser goes by the order alone. The shortest for what is used most,
 * and those of the engine for what is used least, where a letter more costs least.
 */
function namesByUse(program, shortNames, reserved, engineNames) {
  const uses = [...usesOfDeclared(program)].sort((a, b) => b[1] - a[1]);
  const free = shortNames.filter((name) => !reserved.includes(name) && !engineNames.includes(name));
  const engines = engineNames.filter((name) => !reserved.includes(name)).sort((a, b) => a.length - b.length);
  const letters = free.filter((name) => name.length === 1).length;
  const others = free.slice(0, Math.max(letters, uses.length - engines.length));
  const names = [...others, ...engines];
  return Object.fromEntries(uses.map(([name], i) => ['$' + name, names[i]]));
}

/**
 * Compresses a bundle and renames its variables, and its internal properties.
 * @param {string} source
 * @param {{ names: Iterable<string>, reserved: string[], engineNames: string[], inline: 1 | 3, hoist: boolean,
 *   properties: object, props: Record<string, string> }} how the names there are, the shortest first; which of them no
 * variable may get; those that cost an engine nothing; what terser inlines; whether a function has one `var`; terser's options
 * and cache of properties
 */
export async function minifyVariables(source, { names, reserved, engineNames, inline, hoist, properties, props }) {
  const [before, body, behind] = unwrap(source);
  const [parameter] = parseEs5(before + behind).body[0].expression.callee.params;
  const open = parameter ? renameFree(body, parameter.name, PARAMETER) : body;
  const compress = async (code, options) =>
    (await minify(code, { ecma: 5, toplevel: true, compress: { ...COMPRESS, inline, ...options }, mangle: false }))
      .code;
  const inOrder = await compress(open, {});
  const compressed = hoist
    ? shortThis(takeFunctions(inOrder, await compress(inOrder, { hoist_vars: true, passes: 1 })))
    : inOrder;
  const all = [...names];
  const program = parseEs5(compressed);
  const used = new Set();
  walk(program, (node) => void (node.type === 'Identifier' && used.add(node.name)));
  // Terser leaves a variable that has a reserved name already as it is.
  const short = all.find((name) => !used.has(name) && !reserved.includes(name));
  // What it takes from outside, as Espruino's E, would be hidden.
  const taken = [short, ...reserved, ...unresolved(program).map(({ node }) => node.name)];
  const { code } = await minify(compressed, {
    ecma: 5,
    toplevel: true,
    compress: false,
    mangle: { toplevel: true, reserved: taken, properties },
    nameCache: { vars: { props: namesByUse(program, all, taken, engineNames) }, props: { props } },
    format: { ecma: 5, comments: false, ascii_only: true },
  });
  const wrapper = await minify(before + `${PARAMETER}()` + behind, {
    ecma: 5,
    compress: { defaults: false, negate_iife: true },
    mangle: false,
    format: { ecma: 5, comments: false },
  });
  const [head, tail] = wrapper.code.split(`${PARAMETER}()`);
  return (
    (parameter ? head.replace(`(${parameter.name})`, () => `(${short})`) : head) +
    code.replace(/;$/, '').replaceAll(PARAMETER, () => short) +
    tail
  );
}
