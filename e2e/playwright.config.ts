import { fileURLToPath } from 'node:url'
import { defineConfig } from '@playwright/test'
import { launchOptions } from './support/browser.ts'

const results = (name: string) => fileURLToPath(new URL(`../test-results/${name}`, import.meta.url))

export default defineConfig({
	testDir: '.',
	testMatch: '*/**/*.spec.ts',
	outputDir: results('journeys'),
	forbidOnly: true,
	// A journey that passes at the second try tells of a race: none is tried again.
	retries: 0,
	// They wait more than they compute.
	workers: 3,
	timeout: 90_000,
	// A busy machine is no failure.
	expect: { timeout: 15_000 },
	reporter: [['list'], ['json', { outputFile: results('journeys.json') }]],
	// Traces and motion cost more than the journeys themselves on two cores without a GPU; a failure leaves a picture.
	use: { screenshot: 'only-on-failure', contextOptions: { reducedMotion: 'reduce' }, launchOptions },
	projects: [{ name: 'chromium', use: { browserName: 'chromium' } }],
})
