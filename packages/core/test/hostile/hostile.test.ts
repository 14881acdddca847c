// The hostile list, row by row; docs/security.md prints it.
import { describe, expect, it } from 'vitest'
// Loaded beforehand: the world's time does not wait for a module.
import '../../src/protocol/signature.ts'
import '../../src/remote/monitor.ts'
import { createPlace } from './place.ts'
import { parts } from './rows.ts'

for (const { title, rows } of parts) {
	describe(title, () => {
		it.each(rows)('$input: $outcome ($standard)', async ({ play, outcome, options }) => {
			const place = createPlace(options)
			expect(await play(place)).toBe(outcome)
			expect(place.leaks()).toEqual([])
			expect(place.unsettled()).toBe(0)
		})
	})
}
