import { defineConfig } from 'vitest/config'

// For Stryker alone. Each file gets modules of its own: those of another would hide a change in a constant.
export default defineConfig({
	test: { include: ['packages/core/src/policy/*.test.ts'], isolate: true },
})
