// What takes minutes, and so is not part of `npm test`.
import { defineConfig } from '@playwright/test'
import config from './playwright.config.ts'

export default defineConfig({
	...config,
	timeout: 420_000,
	workers: 1,
	projects: [{ name: 'long', testMatch: 'faults/**/*.long.ts', use: { browserName: 'chromium' } }],
})
