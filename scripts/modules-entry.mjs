// One entry that exports all that modules/wire, ppp and inet export, for tests that run against a bundle of them.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

export const LAYERS = ['wire', 'ppp', 'inet'];

/**
 * What a module exports: names of functions and values; the source behind `export` of its constant enumerations, of which
 * nothing is left in a bundle, and their names.
 * @param {string} file
 * @returns {{ names: string[], enums: string[], enumNames: string[] }}
 */
export function exportsOf(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022);
  const names = [];
  const enums = [];
  const enumNames = [];
  for (const node of source.statements) {
    const exported =
      ts.canHaveModifiers(node) && ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword);
    if (ts.isExportDeclaration(node) && !node.isTypeOnly) {
      if (!node.exportClause || !ts.isNamedExports(node.exportClause)) {
        throw new Error(`${file}: export what has a name`);
      }
      const from = node.moduleSpecifier && `${join(dirname(file), node.moduleSpecifier.text)}.ts`;
      const others = from ? exportsOf(from).enumNames : [];
      for (const { name, isTypeOnly } of node.exportClause.elements) {
        if (others.includes(name.text)) {
          enums.push(`{ ${name.text} } from '${node.moduleSpecifier.text}';`);
        } else if (!isTypeOnly) {
          names.push(name.text);
        }
      }
    } else if (exported && ts.isEnumDeclaration(node)) {
      enums.push(node.getText(source).replace(/^export/, ''));
      enumNames.push(node.name.text);
    } else if (exported && ts.isVariableStatement(node)) {
      names.push(...node.declarationList.declarations.map((one) => one.name.text));
    } else if (exported && (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node))) {
      names.push(node.name.text);
    }
  }
  // Overloads declare a name more than once.
  return { names: [...new Set(names)], enums, enumNames };
}

export const moduleFiles = () =>
  LAYERS.flatMap((layer) => readdirSync(`modules/${layer}`).map((name) => `modules/${layer}/${name}`)).filter((file) =>
    file.endsWith('.ts'),
  );

/** How a module's name is exported: the module's own may be another's, too. */
export const exportedAs = (file, name) => `${file.replace(/^.*modules\/|\.ts$/g, '').replace(/\W/g, '$')}$${name}`;

export const modulesEntry = () =>
  moduleFiles()
    .map((file) => {
      const list = exportsOf(file).names.map((name) => `${name} as ${exportedAs(file, name)}`);
      return list.length ? `export { ${list.join(', ')} } from './${file}';\n` : '';
    })
    .join('');
