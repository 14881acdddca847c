// Mutation testing: `npm run mutation` changes the policies' expressions one by one, and each change has to fail one of their unit tests.

/** @type {import('@stryker-mutator/core').PartialStrykerOptions} */
export default {
	mutate: ['packages/core/src/policy/*.ts', '!**/*.test.ts'],
	// The policies stand by themselves. Without a tsconfig there, Stryker looks for no JavaScript API, which TypeScript 7 has not.
	ignorePatterns: ['**', '!package.json', '!stryker.vitest.config.ts', '!packages/core/src/policy/**', '!packages/core/test/fixtures.ts'],
	// pnpm keeps packages apart, so that Stryker finds none by itself.
	plugins: ['@stryker-mutator/vitest-runner'],
	testRunner: 'vitest',
	vitest: { configFile: 'stryker.vitest.config.ts' },
	disableTypeChecks: false,
	concurrency: 1,
	thresholds: { high: 100, low: 100, break: 100 },
	reporters: ['progress', 'clear-text', 'json'],
	clearTextReporter: { reportTests: false, logTests: false },
	jsonReporter: { fileName: 'test-results/mutation.json' },
	warnings: { slow: false },
	tempDirName: '.cache/stryker',
	cleanTempDir: 'always',
}
