// What takes minutes, and so is not part of `npm test`.
import { defineConfig } from '@playwright/test'
import config from './playwright.config.ts'

export default defineConfig(config, { testMatch: '*/**/*.long.ts', timeout: 420_000 })
