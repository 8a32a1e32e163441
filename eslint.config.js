import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] } } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'max-lines': ['error', { max: 300 }],
      eqeqeq: 'error',
    },
  },
  // One folder knows the cloud's SDK, one knows SSH, one file knows the process. The emulator stands apart.
  {
    files: ['src/**/*.ts'],
    ignores: ['src/eci/**', 'src/ssh/**', 'src/emulator/**', 'src/report/vendor.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@alicloud/*', 'ssh2', 'ssh2/*', 'pino'] }] },
  },
  {
    files: ['src/eci/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['ssh2', 'ssh2/*'] }] },
  },
  {
    files: ['src/ssh/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@alicloud/*'] }] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/main.ts', 'src/emulator/**'],
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: 'Only src/main.ts touches the process.' }],
    },
  },
  { files: ['eslint.config.js'], ...tseslint.configs.disableTypeChecked },
);
