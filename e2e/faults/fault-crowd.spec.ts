import { faultCrowd, seedOr } from '../support/fault-crowd.ts'
import { expectLostOnlyToUnknownOutcomes, expectNothingLost } from '../support/fault-outcome.ts'
import { test } from '../support/test.ts'

const TOKEN_SECONDS = 10
/** One fault that no seed may leave out: the tab that renews is killed when the provider has done its part. */
const KILLED_IN_FLIGHT = { atMs: 1000, kind: 'crash', isInFlight: true, lastsMs: 0, pick: 0 } as const
const crowd = { tabs: 8, tokenSeconds: TOKEN_SECONDS, forMs: 22_000, everyMs: 2500, inFlight: 0.2, also: [KILLED_IN_FLIGHT] }

// Pages load at their own pace where the machine is busy.
test.setTimeout(600_000)

test.describe('a provider with a grace period', () => {
	test.use({ demoOptions: { accessTokenSeconds: TOKEN_SECONDS, rotationGraceSeconds: 60 } })

	test('a crowd under a storm of faults keeps its session, and sends one refresh request a period (I1, I3, I6, P1, P4, P7)', async ({
		rawTabs,
		demo,
	}) => {
		expectNothingLost(await faultCrowd(rawTabs, demo, { ...crowd, seed: seedOr(1) }))
	})
})

test.describe('a strict provider', () => {
	test.use({ demoOptions: { accessTokenSeconds: TOKEN_SECONDS } })

	test('a crowd under a storm of faults loses its session only where an answer was lost; all tabs say so, and a sign-in mends it (I1, I3, I8)', async ({
		rawTabs,
		demo,
	}) => {
		expectLostOnlyToUnknownOutcomes(await faultCrowd(rawTabs, demo, { ...crowd, seed: seedOr(2) }))
	})
})
