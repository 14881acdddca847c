import { faultCrowd, seedOr } from '../support/fault-crowd.ts'
import { expectLostOnlyToUnknownOutcomes, expectNothingLost } from '../support/fault-outcome.ts'
import { test } from '../support/test.ts'

const TOKEN_SECONDS = 10
const also = [
	{ atMs: 1000, kind: 'crash', isInFlight: true, lastsMs: 0, pick: 0 },
	// Long enough for the others to overtake it: 35 s.
	{ atMs: 60_000, kind: 'freeze', isInFlight: true, lastsMs: 45_000, pick: 0 },
] as const
const crowd = { tabs: 20, tokenSeconds: TOKEN_SECONDS, forMs: 180_000, everyMs: 4000, inFlight: 0.15, also }
/** Another storm each time. */
const seed = seedOr(Date.now() % 1_000_000)

test.setTimeout(420_000)

test.describe('a provider with a grace period', () => {
	test.use({ demoOptions: { accessTokenSeconds: TOKEN_SECONDS, rotationGraceSeconds: 60 } })

	test('twenty tabs under a storm of faults for three minutes keep their session (I1, I3, I6, P1, P4, P7)', async ({ rawTabs, demo }) => {
		expectNothingLost(await faultCrowd(rawTabs, demo, { ...crowd, seed }))
	})
})

test.describe('a strict provider', () => {
	test.use({ demoOptions: { accessTokenSeconds: TOKEN_SECONDS } })

	test('twenty tabs under a storm of faults for three minutes lose their session only where an answer was lost (I1, I3, I8)', async ({
		rawTabs,
		demo,
	}) => {
		expectLostOnlyToUnknownOutcomes(await faultCrowd(rawTabs, demo, { ...crowd, seed }))
	})
})
