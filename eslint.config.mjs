import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const board = [
  'modules/**/*.ts',
  'board-targets/target.ts',
  'board-targets/kaluma-rp2/**/*.ts',
  'board-targets/espruino-esp32/**/*.ts',
  'test/bundle/steps.ts',
  'test/bundle/units.ts',
];

/** What TypeScript could only turn into ES5 with a helper, or into much more code than it looks. */
const boardSyntax = [
  ['ForOfStatement', 'for-of: count with an index'],
  ['SpreadElement', 'spread needs a helper'],
  [':function > RestElement', 'rest needs a helper'],
  [':matches(ArrayPattern, ObjectPattern) > RestElement', 'rest needs a helper'],
  [':function[async=true]', 'async needs a helper'],
  [':function[generator=true]', 'generators need a helper'],
  ['MethodDefinition[kind=/^[gs]et$/]', 'no getters and setters'],
  ['Property[kind=/^[gs]et$/]', 'no getters and setters'],
  [':function > ObjectPattern', 'no destructured parameters'],
  [':function > ArrayPattern', 'no destructured parameters'],
  [':function > AssignmentPattern', 'no default parameters: test for undefined'],
  ['TSParameterProperty', 'no parameter properties'],
  ['ClassDeclaration[superClass]', 'extends needs a helper'],
  ['ClassExpression[superClass]', 'extends needs a helper'],
  ['TemplateLiteral', 'template literals become "".concat(): use +'],
  ['LabeledStatement', 'no labels'],
  ['TSEnumDeclaration[const=false]', 'const enum, so that no object is left'],
  ["MemberExpression[object.name='Array'][property.name='prototype']", 'no Array.prototype'],
].map(([selector, message]) => ({ selector, message }));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/'] },
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    rules: {
      'no-undef': 'off', // TypeScript knows
      'default-case-last': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', caughtErrors: 'none' }],
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: false, console: false, setTimeout: false, clearTimeout: false } },
    rules: { 'no-undef': ['error', { typeof: true }] },
  },
  {
    files: board,
    rules: {
      'no-restricted-syntax': ['error', ...boardSyntax],
      'no-loop-func': 'error',
      // ES5's own ways: `arguments` for the documented positions, a local for `this`.
      'prefer-rest-params': 'off',
      'prefer-spread': 'off',
      '@typescript-eslint/no-this-alias': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none', caughtErrors: 'none' }],
      '@typescript-eslint/no-use-before-define': ['error', { functions: false, variables: false, typedefs: false }],
    },
  },
  {
    // Programs for the firmware, whose require is what there is.
    files: ['examples/kaluma/*.js', 'examples/espruino/*.js'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // On the host a promise that nobody waits for is an error that nobody sees.
    files: ['scripts/**/*.ts', 'board-targets/node/**/*.ts', 'test/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
    },
  },
);
