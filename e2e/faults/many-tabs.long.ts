import { crowd, TOKEN_SECONDS } from '../support/crowd.ts'
import { test } from '../support/test.ts'

test.use({ demoOptions: { accessTokenSeconds: TOKEN_SECONDS } })

test('ten tabs that ask for their token each second, for two minutes (I1, P1, P2, P8)', async ({ context, demo }) => {
	await crowd(context, demo, 120_000)
})
