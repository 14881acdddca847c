import { crowd, TOKEN_SECONDS } from '../support/crowd.ts'
import { test } from '../support/test.ts'

// Ten pages load at their own pace where the machine is busy.
test.setTimeout(600_000)
test.use({ demoOptions: { accessTokenSeconds: TOKEN_SECONDS } })

test('ten tabs that ask for their token each second send one refresh request a period (I1, P1, P2, P8)', async ({ context, demo }) => {
	await crowd(context, demo, 25_000)
})
