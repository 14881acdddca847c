import { fileURLToPath } from 'node:url'
import { defineConfig } from '@playwright/test'
import { launchOptions } from './support/browser.ts'

const results = (name: string) => fileURLToPath(new URL(`../test-results/${name}`, import.meta.url))

export default defineConfig({
	testDir: '.',
	outputDir: results('journeys'),
	forbidOnly: true,
	// A journey that passes at the second try tells of a race: none is tried again.
	retries: 0,
	// Journeys wait more than they work.
	workers: 4,
	// Bounds for waits, not verdicts: a busy machine is no failure.
	timeout: 300_000,
	expect: { timeout: 60_000 },
	reporter: [['list'], ['json', { outputFile: results('journeys.json') }]],
	// Traces and motion cost more than the journeys themselves on two cores without a GPU; a failure leaves a picture.
	use: { screenshot: 'only-on-failure', contextOptions: { reducedMotion: 'reduce' }, launchOptions },
	fullyParallel: true,
	projects: [
		// Crowds of tabs, one at a time: two would keep each other from the processor. First, so that journeys run beside them.
		{ name: 'faults', testMatch: 'faults/**/*.spec.ts', workers: 1, use: { browserName: 'chromium' } },
		{ name: 'journeys', testMatch: 'journeys/**/*.spec.ts', use: { browserName: 'chromium' } },
	],
})
