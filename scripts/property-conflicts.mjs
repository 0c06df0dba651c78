// Which internal property names meet in one object, by the type checker: only those need different short names.

import { dirname, resolve } from 'node:path';
import ts from 'typescript';

/**
 * @param {string} config a tsconfig file
 * @param {RegExp} pattern names that are of interest
 * @returns {Map<string, Set<string>>} each name with those that some type has beside it
 */
export function propertyConflicts(config, pattern) {
  const { config: json } = ts.readConfigFile(config, ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(json, ts.sys, resolve(dirname(config)));
  const program = ts.createProgram(fileNames, options);
  const checker = program.getTypeChecker();
  const conflicts = new Map();

  const note = (type) => {
    const names = checker
      .getPropertiesOfType(type)
      .map((symbol) => symbol.name)
      .filter((name) => pattern.test(name));
    for (const name of names) {
      const others = conflicts.get(name) || new Set();
      names.forEach((other) => other !== name && others.add(other));
      conflicts.set(name, others);
    }
  };

  const visit = (node) => {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeLiteralNode(node) || ts.isObjectLiteralExpression(node)) {
      note(checker.getTypeAtLocation(node));
    } else if (ts.isClassLike(node)) {
      note(checker.getTypeAtLocation(node));
      if (node.name) {
        note(checker.getTypeOfSymbol(checker.getSymbolAtLocation(node.name)));
      }
    }
    ts.forEachChild(node, visit);
  };
  for (const file of program.getSourceFiles()) {
    if (!file.isDeclarationFile) {
      visit(file);
    }
  }
  return conflicts;
}
