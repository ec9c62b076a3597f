// How the viewer's modules are written: see rule 25 of the house, and tsconfig.json beside this for their types.
import js from '@eslint/js';
import globals from 'globals';

const MARKUP = 'Data could become markup: build nodes with h() of dom.js.';

export default [
  {
    files: ['web/js/**/*.js'],
    languageOptions: { ecmaVersion: 2024, sourceType: 'module', globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      ...js.configs.recommended.rules,
      'no-unused-vars': ['error', { args: 'after-used', argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', caughtErrors: 'all' }],
      'no-restricted-properties': ['error',
        { property: 'innerHTML', message: MARKUP },
        { property: 'outerHTML', message: MARKUP },
        { property: 'insertAdjacentHTML', message: MARKUP },
        { property: 'setHTMLUnsafe', message: MARKUP },
        { property: 'createContextualFragment', message: MARKUP },
        { object: 'document', property: 'write', message: MARKUP },
        { object: 'document', property: 'writeln', message: MARKUP },
      ],
      'no-restricted-syntax': ['error', {
        selector: 'Identifier[name="dangerouslySetInnerHTML"], TemplateElement[value.raw=/dangerouslySetInnerHTML/]',
        message: MARKUP,
      }, {
        selector: 'AssignmentExpression[left.type="MemberExpression"][left.object.name=/^(window|globalThis|self)$/]',
        message: 'No globals: what modules share stands in state.js.',
      }],
      'no-implicit-globals': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-script-url': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      eqeqeq: ['error', 'always'],
    },
  },
];
