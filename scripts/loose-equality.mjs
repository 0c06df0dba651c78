// `===` between two numbers, two strings or two booleans says what `==` says, in fewer bytes. The type checker knows
// which are; values that a program hands in are only said to have their types, so the public faces are left alone.

import ts from 'typescript';

const { SyntaxKind, TypeFlags } = ts;

const OF_THE_STACK = /\/modules\/(wire|ppp|inet)\//;

const KINDS = [TypeFlags.NumberLike, TypeFlags.StringLike, TypeFlags.BooleanLike];

function isOfKind(type, kind) {
  return type.isUnion() ? type.types.every((part) => isOfKind(part, kind)) : (type.flags & kind) !== 0;
}

const LOOSE = {
  [SyntaxKind.EqualsEqualsEqualsToken]: SyntaxKind.EqualsEqualsToken,
  [SyntaxKind.ExclamationEqualsEqualsToken]: SyntaxKind.ExclamationEqualsToken,
};

/** A transformer for the compiler of this program. */
export function looseEquality(program) {
  const checker = program.getTypeChecker();
  const isSafe = (left, right) => {
    const types = [checker.getTypeAtLocation(left), checker.getTypeAtLocation(right)];
    return KINDS.some((kind) => types.every((type) => isOfKind(type, kind)));
  };
  return (context) => (file) => {
    if (!OF_THE_STACK.test(file.fileName)) {
      return file;
    }
    const visit = (node) => {
      const seen = ts.visitEachChild(node, visit, context);
      if (ts.isBinaryExpression(node) && LOOSE[node.operatorToken.kind] && isSafe(node.left, node.right)) {
        return context.factory.updateBinaryExpression(
          seen,
          seen.left,
          context.factory.createToken(LOOSE[node.operatorToken.kind]),
          seen.right,
        );
      }
      return seen;
    };
    return ts.visitNode(file, visit);
  };
}
